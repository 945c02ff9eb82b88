#include "stub/dane/host_walk.h"

#include <string>
#include <tuple>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

constexpr Security kSecure = Security::kSecure;
constexpr Security kInsecure = Security::kInsecure;

HostWalk Walk(absl::string_view host = "mx.example", uint16_t port = 25) {
  return HostWalk(N(host), 10, port);
}

std::vector<std::string> Open(const HostWalk& walk) {
  std::vector<std::string> open;
  for (const Question& question : walk.questions()) {
    open.push_back(ToText(question));
  }
  return open;
}

// Answers the only open question.
void Give(HostWalk& walk, const Answer& answer) {
  const std::vector<Question> open = walk.questions();
  ASSERT_EQ(open.size(), 1U);
  walk.OnAnswer(open.front(), answer);
}

void GiveAddresses(HostWalk& walk, const Answer& ipv4, const Answer& ipv6) {
  const Name name = walk.facts().name;
  walk.OnAnswer({name, RrType::kA}, ipv4);
  walk.OnAnswer({name, RrType::kAaaa}, ipv6);
}

Answer A(Security security) { return Records(security, {Ipv4("192.0.2.1")}); }
Answer Aaaa(Security security) {
  return Records(security, {Ipv6("2001:db8::1")});
}

// RFC 7672 2.2.2: addresses before TLSA.
TEST(HostWalk, AsksForAddressesFirst) {
  HostWalk walk = Walk();
  EXPECT_THAT(Open(walk), ElementsAre("mx.example A", "mx.example AAAA"));
  walk.OnAnswer({N("mx.example"), RrType::kA}, A(kSecure));
  EXPECT_THAT(Open(walk), ElementsAre("mx.example AAAA"));
  walk.OnAnswer({N("mx.example"), RrType::kAaaa}, NoData(kSecure));
  EXPECT_THAT(Open(walk), ElementsAre("_25._tcp.mx.example TLSA"));
}

TEST(HostWalk, IgnoresAnswersItDidNotAskFor) {
  HostWalk walk = Walk();
  walk.OnAnswer({N("other.example"), RrType::kA}, A(kSecure));
  walk.OnAnswer({N("_25._tcp.mx.example"), RrType::kTlsa},
                Records(kSecure, {Tlsa311()}));
  EXPECT_THAT(Open(walk), ElementsAre("mx.example A", "mx.example AAAA"));
  EXPECT_EQ(walk.facts().state, HostState::kNotEvaluated);
}

// RFC 7672 2.2.3
TEST(HostWalk, AsksForTlsaUnderThePortOfTheServer) {
  HostWalk walk = Walk("mx.example", 587);
  GiveAddresses(walk, A(kSecure), NoData(kSecure));
  EXPECT_THAT(Open(walk), ElementsAre("_587._tcp.mx.example TLSA"));
}

TEST(HostWalk, EndsWithTheSecureTlsaRrset) {
  HostWalk walk = Walk();
  GiveAddresses(walk, A(kSecure), Aaaa(kSecure));
  Give(walk, Records(kSecure, {Tlsa311(), Hex("00")}));
  EXPECT_EQ(walk.facts().state, HostState::kTlsa);
  EXPECT_EQ(walk.facts().base_domain, N("mx.example"));
  EXPECT_THAT(walk.facts().tlsa, ElementsAre(Tlsa311(), Hex("00")));
  EXPECT_EQ(walk.facts().addresses.size(), 2U);
}

// RFC 7672 2.2.2: no TLSA lookup where the addresses are insecure.
TEST(HostWalk, AsksForNoTlsaWhenAddressesAreInsecure) {
  HostWalk walk = Walk();
  GiveAddresses(walk, A(kInsecure), NoData(kInsecure));
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.facts().state, HostState::kNoTlsa);
  EXPECT_THAT(Ids(walk.facts().reasons), ElementsAre("insecure-address"));
}

TEST(HostWalk, SaysWhenOnlyATrustAnchorIsMissing) {
  HostWalk walk = Walk();
  Answer answer = A(kInsecure);
  answer.below_trust_anchor = false;
  GiveAddresses(walk, answer, NoData(kInsecure));
  EXPECT_THAT(Ids(walk.facts().reasons),
              ElementsAre("insecure-address", "no-trust-anchor"));
}

// The truth table of address families. RFC 7672 2.1.2, 2.2.2; a deliberate
// reading: a failed family gives no addresses and the other one decides.
enum Family { kSec, kSecNo, kIns, kInsNo, kFail, kBog };

struct Row {
  Family ipv4;
  Family ipv6;
  HostState state;  // once TLSA, where it is asked for, is answered
};

Answer FamilyAnswer(Family family, bool ipv6) {
  switch (family) {
    case kSec:
      return ipv6 ? Aaaa(kSecure) : A(kSecure);
    case kSecNo:
      return NoData(kSecure);
    case kIns:
      return ipv6 ? Aaaa(kInsecure) : A(kInsecure);
    case kInsNo:
      return NoData(kInsecure);
    case kFail:
      return Failure();
    case kBog:
      return Bogus();
  }
  return {};
}

constexpr HostState kTlsa = HostState::kTlsa;
constexpr HostState kNoTlsa = HostState::kNoTlsa;
constexpr HostState kNone = HostState::kNoAddress;
constexpr HostState kLost = HostState::kAddressFailed;

TEST(HostWalk, DecidesByBothAddressFamilies) {
  const std::vector<Row> table = {
      {kSec, kSec, kTlsa},     {kSec, kSecNo, kTlsa},   {kSec, kIns, kTlsa},
      {kSec, kInsNo, kTlsa},   {kSec, kFail, kTlsa},    {kSec, kBog, kTlsa},
      {kSecNo, kSec, kTlsa},   {kSecNo, kSecNo, kNone}, {kSecNo, kIns, kNoTlsa},
      {kSecNo, kInsNo, kNone}, {kSecNo, kFail, kLost},  {kSecNo, kBog, kLost},
      {kIns, kSec, kTlsa},     {kIns, kSecNo, kNoTlsa}, {kIns, kIns, kNoTlsa},
      {kIns, kInsNo, kNoTlsa}, {kIns, kFail, kNoTlsa},  {kIns, kBog, kNoTlsa},
      {kInsNo, kSec, kTlsa},   {kInsNo, kSecNo, kNone}, {kInsNo, kIns, kNoTlsa},
      {kInsNo, kInsNo, kNone}, {kInsNo, kFail, kLost},  {kInsNo, kBog, kLost},
      {kFail, kSec, kTlsa},    {kFail, kSecNo, kLost},  {kFail, kIns, kNoTlsa},
      {kFail, kInsNo, kLost},  {kFail, kFail, kLost},   {kFail, kBog, kLost},
      {kBog, kSec, kTlsa},     {kBog, kSecNo, kLost},   {kBog, kIns, kNoTlsa},
      {kBog, kInsNo, kLost},   {kBog, kFail, kLost},    {kBog, kBog, kLost},
  };
  for (const Row& row : table) {
    HostWalk walk = Walk();
    GiveAddresses(walk, FamilyAnswer(row.ipv4, false),
                  FamilyAnswer(row.ipv6, true));
    if (!walk.done()) Give(walk, Records(kSecure, {Tlsa311()}));
    EXPECT_EQ(walk.facts().state, row.state)
        << "row " << row.ipv4 << " x " << row.ipv6;
  }
}

TEST(HostWalk, NamesTheQuestionAndTheResolversWordsWhenAddressesFail) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Failure("SERVFAIL"), Bogus("signature expired"));
  ASSERT_EQ(walk.facts().reasons.size(), 2U);
  EXPECT_EQ(walk.facts().reasons[0].text, "mx.example A: SERVFAIL");
  EXPECT_EQ(walk.facts().reasons[1].text, "mx.example AAAA: signature expired");
  EXPECT_THAT(Ids(walk.facts().reasons),
              ElementsAre("address-failed", "address-bogus"));
}

TEST(HostWalk, TakesAnAnswerItCannotReadForAFailure) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Records(kInsecure, {"abc"}), NoData(kInsecure));
  EXPECT_EQ(walk.facts().state, HostState::kAddressFailed);
}

// RFC 7672 2.1.1: what a bogus answer holds is not even read.
TEST(HostWalk, CallsABogusAnswerBogusWhateverItHolds) {
  Answer bogus = Bogus();
  bogus.rdata = {"abc"};
  HostWalk walk = Walk();
  GiveAddresses(walk, bogus, NoData(kSecure));
  EXPECT_EQ(walk.facts().security, Security::kBogus);
  EXPECT_THAT(Ids(walk.facts().reasons), ElementsAre("address-bogus"));
}

// RFC 7672 2.2.2, "Secure CNAME"
TEST(HostWalk, TriesTheExpandedNameThenTheOriginalBehindASecureAlias) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Via({"b.example", "c.example"}, A(kSecure)),
                Via({"b.example", "c.example"}, NoData(kSecure)));
  EXPECT_THAT(Open(walk), ElementsAre("_25._tcp.c.example TLSA"));
  Give(walk, NoData(kSecure));
  EXPECT_THAT(Open(walk), ElementsAre("_25._tcp.mx.example TLSA"));
  Give(walk, Records(kSecure, {Tlsa311()}));
  EXPECT_EQ(walk.facts().base_domain, N("mx.example"));
  EXPECT_EQ(walk.facts().expanded, N("c.example"));
}

TEST(HostWalk, NeverAsksForANameBetween) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Via({"b.example", "c.example"}, A(kSecure)),
                Via({"b.example", "c.example"}, NoData(kSecure)));
  Give(walk, NxDomain(kSecure));
  Give(walk, NxDomain(kSecure));
  EXPECT_TRUE(walk.done());
  EXPECT_EQ(walk.facts().state, HostState::kNoTlsa);
}

// RFC 7672 2.2.3
TEST(HostWalk, TriesTheNextCandidateWhenTlsaIsInsecure) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Via({"c.example"}, A(kSecure)), Failure());
  Give(walk, Records(kInsecure, {Tlsa311()}));
  EXPECT_THAT(Open(walk), ElementsAre("_25._tcp.mx.example TLSA"));
  Give(walk, NoData(kInsecure));
  EXPECT_EQ(walk.facts().state, HostState::kNoTlsa);
  EXPECT_THAT(Ids(walk.facts().reasons),
              ElementsAre("address-failed", "insecure-tlsa", "insecure-tlsa"));
}

// RFC 7672 2.1.2: a failed TLSA lookup ends the walk; no next candidate.
TEST(HostWalk, StopsAtAFailedTlsaLookup) {
  for (const Answer& answer : {Failure(), Bogus()}) {
    HostWalk walk = Walk();
    GiveAddresses(walk, Via({"c.example"}, A(kSecure)), NoData(kSecure));
    Give(walk, answer);
    EXPECT_TRUE(walk.done());
    EXPECT_EQ(walk.facts().state, HostState::kTlsaFailed);
    EXPECT_EQ(walk.facts().addresses.size(), 1U);
  }
}

// RFC 7672 2.2.3: a CNAME at the TLSA name does not change the base domain.
TEST(HostWalk, KeepsTheBaseDomainWhenTlsaIsBehindAnAlias) {
  HostWalk walk = Walk();
  GiveAddresses(walk, A(kSecure), NoData(kSecure));
  Give(walk, Via({"tlsa.example"}, Records(kSecure, {Tlsa311()})));
  EXPECT_EQ(walk.facts().state, HostState::kTlsa);
  EXPECT_EQ(walk.facts().base_domain, N("mx.example"));
}

// RFC 7672 2.2.2, "Insecure CNAME"
TEST(HostWalk, AsksOnlyForTheOriginalNameWhenASecureAliasLeadsOutside) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Via({"c.example"}, kSecure, A(kInsecure)),
                Via({"c.example"}, kSecure, NoData(kInsecure)));
  EXPECT_THAT(Open(walk), ElementsAre("_25._tcp.mx.example TLSA"));
  Give(walk, Records(kSecure, {Tlsa311()}));
  EXPECT_EQ(walk.facts().base_domain, N("mx.example"));
  EXPECT_EQ(walk.facts().security, kInsecure);
}

TEST(HostWalk, AsksForNoTlsaWhenTheAliasIsInsecureToo) {
  HostWalk walk = Walk();
  GiveAddresses(walk, Via({"c.example"}, kInsecure, A(kInsecure)),
                NoData(kInsecure));
  EXPECT_EQ(walk.facts().state, HostState::kNoTlsa);
}

// RFC 7672 2.1.3: a question of type CNAME where the resolver did not tell.
TEST(HostWalk, AsksForTheAliasWhenItsSecurityIsNotTold) {
  const Answer alias = Records(kSecure, {std::string(N("c.example").wire())});
  struct AliasRow {
    Answer answer;
    std::vector<std::string> next;
    HostState state;
  };
  const std::vector<AliasRow> table = {
      {alias, {"_25._tcp.mx.example TLSA"}, HostState::kNotEvaluated},
      {Records(kInsecure, alias.rdata), {}, HostState::kNoTlsa},
      {Failure(), {}, HostState::kTlsaFailed},
      {Bogus(), {}, HostState::kTlsaFailed},
      {NoData(kSecure), {}, HostState::kTlsaFailed},
  };
  for (const AliasRow& row : table) {
    HostWalk walk = Walk();
    GiveAddresses(walk, Via({"c.example"}, A(kInsecure)), NoData(kInsecure));
    EXPECT_THAT(Open(walk), ElementsAre("mx.example CNAME"));
    Give(walk, row.answer);
    EXPECT_EQ(Open(walk), row.next);
    EXPECT_EQ(walk.facts().state, row.state);
  }
}

TEST(HostWalk, PassesOverATlsaNameThatWouldBeTooLong) {
  const std::string label(63, 'a');
  const std::string host =
      label + "." + label + "." + label + "." + std::string(53, 'b');
  HostWalk walk = Walk(host);
  GiveAddresses(walk, A(kSecure), NoData(kSecure));
  EXPECT_EQ(walk.facts().state, HostState::kNoTlsa);
  EXPECT_THAT(Ids(walk.facts().reasons), ElementsAre("tlsa-name-too-long"));
}

TEST(HostWalk, LivesAsLongAsTheShortestAnswerItRestsOn) {
  HostWalk walk = Walk();
  Answer ipv6 = NoData(kSecure);
  ipv6.expires = kNow + 30;
  Answer tlsa = Records(kSecure, {Tlsa311()});
  tlsa.expires = kNow + 20;
  GiveAddresses(walk, A(kSecure), ipv6);
  EXPECT_EQ(walk.facts().expires, kNow + 30);
  Give(walk, tlsa);
  EXPECT_EQ(walk.facts().expires, kNow + 20);
}

// A domain whose AAAA lookup always fails is not asked for again and again.
TEST(HostWalk, IsNotShortenedByTheFailureOfTheOtherFamily) {
  HostWalk walk = Walk();
  GiveAddresses(walk, A(kInsecure), Failure());
  EXPECT_EQ(walk.facts().expires, kNow + kTtl);
  HostWalk lost = Walk();
  GiveAddresses(lost, NoData(kInsecure), Failure());
  EXPECT_EQ(lost.facts().expires, kNow + kFailureLife);
}

Answer WithTtlZero(Answer answer) {
  answer.expires = kNow;
  return answer;
}

TEST(HostWalk, IsAskedForAgainWhenItsFailureSaysSoWhateverLivedShorter) {
  HostWalk address = Walk();
  GiveAddresses(address, WithTtlZero(NoData(kSecure)), Failure());
  EXPECT_EQ(address.facts().state, HostState::kAddressFailed);
  EXPECT_EQ(address.facts().expires, kNow + kFailureLife);

  HostWalk tlsa = Walk();
  GiveAddresses(tlsa, WithTtlZero(A(kSecure)), NoData(kSecure));
  Give(tlsa, Failure());
  EXPECT_EQ(tlsa.facts().state, HostState::kTlsaFailed);
  EXPECT_EQ(tlsa.facts().expires, kNow + kFailureLife);

  HostWalk alias = Walk();
  GiveAddresses(alias, WithTtlZero(Via({"b.example"}, A(kInsecure))),
                NoData(kInsecure));
  Give(alias, Failure());
  EXPECT_EQ(alias.facts().state, HostState::kTlsaFailed);
  EXPECT_EQ(alias.facts().expires, kNow + kFailureLife);
}

}  // namespace
}  // namespace danebound
