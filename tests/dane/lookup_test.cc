#include "stub/dane/lookup.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Security kSecure = Security::kSecure;
constexpr Security kInsecure = Security::kInsecure;

Lookup Start(absl::string_view next_hop, LookupLimits limits = {}) {
  return Lookup(Hop(next_hop), limits, kNow);
}

std::vector<std::string> Take(Lookup& lookup) {
  std::vector<std::string> taken;
  for (const Question& question : lookup.TakeQuestions()) {
    taken.push_back(ToText(question));
  }
  return taken;
}

void GiveMx(Lookup& lookup, const Answer& answer) {
  lookup.OnAnswer({lookup.facts().next_hop.name, RrType::kMx}, answer);
}

void Give(Lookup& lookup, absl::string_view name, RrType type,
          const Answer& answer) {
  lookup.OnAnswer({N(name), type}, answer);
}

// A host with a secure address and a 3 1 1 record.
void GiveGoodHost(Lookup& lookup, const std::string& name) {
  Give(lookup, name, RrType::kA, Records(kSecure, {Ipv4("192.0.2.1")}));
  Give(lookup, name, RrType::kAaaa, NoData(kSecure));
  Give(lookup, "_25._tcp." + name, RrType::kTlsa,
       Records(kSecure, {Tlsa311()}));
}

std::vector<std::string> HostNames(const Facts& facts) {
  std::vector<std::string> names;
  for (const HostFacts& host : facts.hosts) names.push_back(host.name.ToText());
  return names;
}

// RFC 7672 2.2.1
TEST(Lookup, AsksForMxThenForTheHosts) {
  Lookup lookup = Start("example.com");
  EXPECT_THAT(Take(lookup), ElementsAre("example.com MX"));
  EXPECT_FALSE(lookup.done());
  GiveMx(lookup, Records(kSecure, {Mx(10, "mx.example")}));
  EXPECT_THAT(Take(lookup), ElementsAre("mx.example A", "mx.example AAAA"));
  GiveGoodHost(lookup, "mx.example");
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().kind, Kind::kMx);
  EXPECT_EQ(lookup.facts().security, kSecure);
  EXPECT_EQ(lookup.facts().hosts[0].state, HostState::kTlsa);
}

// RFC 7672 2.1.2
TEST(Lookup, KnowsNothingWhenTheMxLookupFails) {
  Lookup failed = Start("example.com");
  GiveMx(failed, Failure("SERVFAIL"));
  EXPECT_TRUE(failed.done());
  EXPECT_EQ(failed.facts().kind, Kind::kFailed);
  EXPECT_EQ(failed.facts().reasons[0].text, "example.com MX: SERVFAIL");
  EXPECT_EQ(failed.facts().expires, kNow + kFailureLife);

  Lookup bogus = Start("example.com");
  GiveMx(bogus, Bogus());
  EXPECT_EQ(bogus.facts().kind, Kind::kFailed);
  EXPECT_EQ(bogus.facts().security, Security::kBogus);
  EXPECT_THAT(Ids(bogus.facts().reasons), ElementsAre("mx-bogus"));
}

TEST(Lookup, FailsWhenAnMxRecordCannotBeRead) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "mx.example"), "x"}));
  EXPECT_EQ(lookup.facts().kind, Kind::kFailed);
  EXPECT_EQ(lookup.facts().security, Security::kFailed);
}

// RFC 5321 5.1: MX absence for a name that exists, secure or insecure.
TEST(Lookup, TakesTheDomainForItsOwnHostWhenItHasNoMx) {
  for (const Security security : {kSecure, kInsecure}) {
    Lookup lookup = Start("example.com");
    GiveMx(lookup, Via({"real.example"}, NoData(security)));
    EXPECT_EQ(lookup.facts().kind, Kind::kImplicitMx);
    EXPECT_EQ(lookup.facts().expanded, N("real.example"));
    EXPECT_THAT(HostNames(lookup.facts()), ElementsAre("example.com"));
  }
}

TEST(Lookup, HasNoHostForADomainThatDoesNotExist) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, NxDomain(kSecure));
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().kind, Kind::kNoSuchDomain);
  EXPECT_THAT(lookup.facts().hosts, IsEmpty());
}

// RFC 7505 3
TEST(Lookup, KnowsANullMx) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(0, ".")}));
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().kind, Kind::kNullMx);
}

TEST(Lookup, IgnoresANullMxBesideOthers) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(0, "."), Mx(10, "mx.example")}));
  EXPECT_EQ(lookup.facts().kind, Kind::kMx);
  EXPECT_THAT(HostNames(lookup.facts()), ElementsAre("mx.example"));
  EXPECT_THAT(Ids(lookup.facts().reasons), ElementsAre("null-mx-ignored"));
}

// RFC 7672 2.2, RFC 5321 5.1
TEST(Lookup, AsksNothingForAnMxThatIsAnAddress) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "192.0.2.1")}));
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().hosts[0].state, HostState::kMxIsAddress);
}

// RFC 7672 2.2.1: preference decides, never security.
TEST(Lookup, ListsHostsByPreference) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(20, "b.example"), Mx(10, "c.example"),
                                   Mx(20, "a.example"), Mx(30, "c.example")}));
  EXPECT_THAT(HostNames(lookup.facts()),
              ElementsAre("c.example", "a.example", "b.example"));
}

TEST(Lookup, SaysThatTheMxRecordsAreInsecure) {
  Lookup lookup = Start("example.com");
  Answer answer = Records(kInsecure, {Mx(10, "mx.example")});
  answer.below_trust_anchor = false;
  GiveMx(lookup, answer);
  EXPECT_THAT(Ids(lookup.facts().reasons),
              ElementsAre("no-trust-anchor", "insecure-mx"));
}

// RFC 7672 2.2.2: a host given by the administrator.
TEST(Lookup, AsksForNoMxOfAHost) {
  Lookup lookup = Start("[relay.example]:587");
  EXPECT_THAT(Take(lookup),
              ElementsAre("relay.example A", "relay.example AAAA"));
  Give(lookup, "relay.example", RrType::kA,
       Via({"real.example"}, Records(kSecure, {Ipv4("192.0.2.1")})));
  Give(lookup, "relay.example", RrType::kAaaa,
       Via({"real.example"}, NoData(kSecure)));
  EXPECT_THAT(Take(lookup), ElementsAre("_587._tcp.real.example TLSA"));
  Give(lookup, "_587._tcp.real.example", RrType::kTlsa,
       Records(kSecure, {Tlsa311()}));
  EXPECT_EQ(lookup.facts().kind, Kind::kHost);
  EXPECT_EQ(lookup.facts().security, kSecure);
  EXPECT_EQ(lookup.facts().expanded, N("real.example"));
  EXPECT_EQ(ExpiryOf(lookup.facts()), kNow + kTtl);
}

// RFC 7672 2.2: DANE does not apply to a literal.
TEST(Lookup, AsksNothingForAnAddress) {
  Lookup lookup = Start("[192.0.2.1]");
  EXPECT_TRUE(lookup.done());
  EXPECT_THAT(Take(lookup), IsEmpty());
  EXPECT_EQ(lookup.facts().kind, Kind::kAddress);
  EXPECT_EQ(lookup.facts().hosts[0].addresses[0].address.ToText(), "192.0.2.1");
}

TEST(Lookup, AsksAQuestionOnceForAllHostsThatNeedIt) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "a.example"), Mx(10, "b.example")}));
  Take(lookup);
  for (const char* host : {"a.example", "b.example"}) {
    Give(lookup, host, RrType::kA,
         Via({"c.example"}, Records(kSecure, {Ipv4("192.0.2.1")})));
    Give(lookup, host, RrType::kAaaa, Via({"c.example"}, NoData(kSecure)));
  }
  EXPECT_THAT(Take(lookup), ElementsAre("_25._tcp.c.example TLSA"));
  Give(lookup, "_25._tcp.c.example", RrType::kTlsa,
       Records(kSecure, {Tlsa311()}));
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().hosts[1].base_domain, N("c.example"));
}

TEST(Lookup, IgnoresAnswersToQuestionsThatAreNotOpen) {
  Lookup lookup = Start("example.com");
  Give(lookup, "other.example", RrType::kMx, NxDomain(kSecure));
  EXPECT_FALSE(lookup.done());
  GiveMx(lookup, Records(kSecure, {Mx(10, "mx.example")}));
  GiveMx(lookup, NxDomain(kSecure));
  EXPECT_EQ(lookup.facts().kind, Kind::kMx);
}

// A question about a host that fails is asked once more, at once; what its
// second answer says counts. RFC 7672 2.1.2.
TEST(FailedQuestion, IsAskedAgainBeforeItCounts) {
  Lookup lookup = Start("[mx.example]");
  Take(lookup);
  Give(lookup, "mx.example", RrType::kA, Failure());
  EXPECT_THAT(Take(lookup), ElementsAre("mx.example A"));
  EXPECT_FALSE(lookup.done());
  Give(lookup, "mx.example", RrType::kA,
       Via({"b.example"}, Records(kInsecure, {Ipv4("192.0.2.1")})));
  Give(lookup, "mx.example", RrType::kAaaa, Bogus());
  EXPECT_THAT(Take(lookup), ElementsAre("mx.example AAAA"));
  Give(lookup, "mx.example", RrType::kAaaa, NoData(kInsecure));
  EXPECT_THAT(Take(lookup), ElementsAre("mx.example CNAME"));
  Give(lookup, "mx.example", RrType::kCname, Failure());
  EXPECT_THAT(Take(lookup), ElementsAre("mx.example CNAME"));
  Give(lookup, "mx.example", RrType::kCname,
       Records(kSecure, {std::string(N("b.example").wire())}));
  EXPECT_THAT(Take(lookup), ElementsAre("_25._tcp.mx.example TLSA"));
  Give(lookup, "_25._tcp.mx.example", RrType::kTlsa, Bogus());
  EXPECT_THAT(Take(lookup), ElementsAre("_25._tcp.mx.example TLSA"));
  Give(lookup, "_25._tcp.mx.example", RrType::kTlsa,
       Records(kSecure, {Tlsa311()}));
  EXPECT_TRUE(lookup.done());
  EXPECT_THAT(Take(lookup), IsEmpty());
  EXPECT_EQ(lookup.facts().hosts[0].state, HostState::kTlsa);
  EXPECT_THAT(Ids(lookup.facts().hosts[0].reasons),
              ElementsAre("insecure-address"));
}

// A lookup in which only the TLSA answer is missing.
Lookup BeforeTlsa(LookupLimits limits = {}) {
  Lookup lookup = Start("[mx.example]", limits);
  Give(lookup, "mx.example", RrType::kA, Records(kSecure, {Ipv4("192.0.2.1")}));
  Give(lookup, "mx.example", RrType::kAaaa, NoData(kSecure));
  Take(lookup);
  return lookup;
}

void GiveTlsa(Lookup& lookup, const Answer& answer) {
  Give(lookup, "_25._tcp.mx.example", RrType::kTlsa, answer);
}

TEST(FailedQuestion, CountsWithItsLastFailureWhenItFailsAgain) {
  Lookup lookup = BeforeTlsa();
  GiveTlsa(lookup, Failure("SERVFAIL"));
  GiveTlsa(lookup, Bogus("signature expired"));
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().hosts[0].state, HostState::kTlsaFailed);
  ASSERT_EQ(lookup.facts().hosts[0].reasons.size(), 1U);
  EXPECT_EQ(lookup.facts().hosts[0].reasons[0].id, ReasonId::kTlsaBogus);
  EXPECT_EQ(lookup.facts().hosts[0].reasons[0].text,
            "_25._tcp.mx.example TLSA: signature expired");
}

TEST(FailedQuestion, IsAskedAsOftenAsTheLimitSays) {
  for (int tries = 1; tries <= 3; ++tries) {
    LookupLimits limits;
    limits.tries = tries;
    Lookup lookup = BeforeTlsa(limits);
    for (int tried = 1; tried < tries; ++tried) {
      GiveTlsa(lookup, Failure());
      EXPECT_EQ(Take(lookup).size(), 1U);
    }
    GiveTlsa(lookup, Failure());
    EXPECT_TRUE(lookup.done());
  }
}

TEST(FailedQuestion, IsNotAskedAgainOfMx) {
  Lookup lookup = Start("example.com");
  Take(lookup);
  GiveMx(lookup, Failure());
  EXPECT_TRUE(lookup.done());
  EXPECT_THAT(Take(lookup), IsEmpty());
}

TEST(FailedQuestion, IsAskedAgainOnceForAllHostsThatWaitForIt) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "a.example"), Mx(10, "b.example")}));
  for (const char* host : {"a.example", "b.example"}) {
    Give(lookup, host, RrType::kA,
         Via({"c.example"}, Records(kSecure, {Ipv4("192.0.2.1")})));
    Give(lookup, host, RrType::kAaaa, Via({"c.example"}, NoData(kSecure)));
  }
  Take(lookup);
  Give(lookup, "_25._tcp.c.example", RrType::kTlsa, Failure());
  EXPECT_THAT(Take(lookup), ElementsAre("_25._tcp.c.example TLSA"));
  Give(lookup, "_25._tcp.c.example", RrType::kTlsa, Failure());
  EXPECT_TRUE(lookup.done());
}

// What was learned of the failure says more than that time is up.
TEST(FailedQuestion, KeepsItsFailureWhenTheLookupIsGivenUp) {
  Lookup lookup = BeforeTlsa();
  GiveTlsa(lookup, Bogus("signature expired"));
  lookup.GiveUp("no answer within 10 s", kNow + 10);
  EXPECT_TRUE(lookup.done());
  EXPECT_THAT(Take(lookup), IsEmpty());
  EXPECT_EQ(lookup.facts().hosts[0].reasons[0].text,
            "_25._tcp.mx.example TLSA: signature expired");
  EXPECT_EQ(lookup.facts().hosts[0].expires, kNow + 10 + kFailureLife);
}

// RFC 7672 2.1.2: the hosts that are known stand.
TEST(Lookup, KeepsWhatIsKnownWhenGivenUp) {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "a.example"), Mx(20, "b.example")}));
  GiveGoodHost(lookup, "a.example");
  lookup.GiveUp("no answer within 10 s", kNow + 10);
  EXPECT_TRUE(lookup.done());
  EXPECT_THAT(Take(lookup), IsEmpty());
  EXPECT_EQ(lookup.facts().hosts[0].state, HostState::kTlsa);
  EXPECT_EQ(lookup.facts().hosts[1].state, HostState::kAddressFailed);
  EXPECT_EQ(lookup.facts().hosts[1].expires, kNow + 10 + kFailureLife);
  EXPECT_EQ(lookup.facts().hosts[1].reasons[0].text,
            "b.example A: no answer within 10 s");
}

TEST(Lookup, EvaluatesTheBestHostsAndListsTheRest) {
  std::vector<std::string> records;
  records.reserve(600);
  for (int i = 0; i < 600; ++i) {
    records.push_back(
        Mx(static_cast<uint16_t>(i), absl::StrCat("h", i, ".example")));
  }
  Lookup lookup = Start("example.com");
  Take(lookup);
  GiveMx(lookup, Records(kSecure, records));
  EXPECT_EQ(Take(lookup).size(), 32U);  // A and AAAA of 16 hosts
  EXPECT_EQ(lookup.facts().hosts.size(), 500U);
  EXPECT_TRUE(lookup.facts().truncated);
  EXPECT_THAT(Ids(lookup.facts().reasons), ElementsAre("hosts-not-evaluated"));
  EXPECT_THAT(Ids(lookup.facts().hosts[16].reasons),
              ElementsAre("not-evaluated"));
}

TEST(Lookup, IsNotTruncatedWhenEveryHostIsEvaluated) {
  LookupLimits limits;
  limits.evaluated_hosts = 1;
  Lookup lookup = Start("example.com", limits);
  GiveMx(lookup, Records(kSecure, {Mx(5, "192.0.2.1"), Mx(10, "a.example")}));
  EXPECT_FALSE(lookup.facts().truncated);
}

// A domain with one host that stands and one that failed.
Facts HalfFailed() {
  Lookup lookup = Start("example.com");
  GiveMx(lookup, Records(kSecure, {Mx(10, "a.example"), Mx(20, "b.example")}));
  GiveGoodHost(lookup, "a.example");
  lookup.GiveUp("SERVFAIL", kNow);
  return lookup.facts();
}

TEST(Renewal, AsksOnlyForTheHostThatFailed) {
  const Facts earlier = HalfFailed();
  EXPECT_EQ(ExpiryOf(earlier), kNow + kTtl);
  Lookup lookup(earlier, {}, kNow + kFailureLife);
  EXPECT_THAT(Take(lookup), ElementsAre("b.example A", "b.example AAAA"));
  GiveGoodHost(lookup, "b.example");
  EXPECT_TRUE(lookup.done());
  EXPECT_EQ(lookup.facts().hosts[0], earlier.hosts[0]);
  EXPECT_EQ(lookup.facts().hosts[1].state, HostState::kTlsa);
  EXPECT_EQ(lookup.facts().hosts[1].preference, 20);
}

TEST(Renewal, AsksNothingWhileEverythingLives) {
  Lookup lookup(HalfFailed(), {}, kNow + kFailureLife - 1);
  EXPECT_TRUE(lookup.done());
}

TEST(Renewal, KeepsLivingHostsWhenTheMxRecordsAreAskedAgain) {
  Facts earlier = HalfFailed();
  earlier.expires = kNow + 10;
  Lookup lookup(earlier, {}, kNow + 10);
  EXPECT_THAT(Take(lookup), ElementsAre("example.com MX"));
  GiveMx(lookup, Records(kSecure, {Mx(30, "a.example"), Mx(20, "c.example")}));
  EXPECT_THAT(Take(lookup),
              UnorderedElementsAre("c.example A", "c.example AAAA"));
  EXPECT_THAT(HostNames(lookup.facts()), ElementsAre("c.example", "a.example"));
  EXPECT_EQ(lookup.facts().hosts[1].state, HostState::kTlsa);
  EXPECT_EQ(lookup.facts().hosts[1].preference, 30);
}

TEST(Renewal, AsksForTheMxRecordsAgainAfterTheirFailure) {
  Lookup failed = Start("example.com");
  GiveMx(failed, Failure());
  Lookup lookup(failed.facts(), {}, kNow + 1);
  EXPECT_THAT(Take(lookup), ElementsAre("example.com MX"));
}

}  // namespace
}  // namespace danebound
