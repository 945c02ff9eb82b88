#include "stub/check/advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "made_reports.h"

namespace danebound {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// What the probe saw of a server that sends so many certificates, each matching
// these records.
AddressEvidence Shown(const std::vector<std::vector<size_t>>& records) {
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  for (const std::vector<size_t>& each : records) {
    evidence.tls.chain.emplace_back().records = each;
  }
  return evidence;
}

HostVerdict HostWith(const std::vector<Tlsa>& records) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.tlsa = records;
  return host;
}

std::vector<std::string> SectionsOf(const std::vector<Advice>& advices) {
  std::vector<std::string> sections;
  for (const Advice& each : advices) sections.push_back(each.section);
  return sections;
}

// What the probe finds where names and dates are right: DANE-EE(3) by the
// server's own certificate, DANE-TA(2) by those above it.
void AddVouching(const HostVerdict& host, TlsSeen& tls) {
  for (size_t i = 0; i < tls.chain.size(); ++i) {
    for (const size_t index : tls.chain[i].records) {
      const Tlsa& record = host.tlsa[index];
      if ((record.usage == 3) != (i == 0)) continue;
      tls.vouching.push_back({record.usage, record.selector, record.matching});
    }
  }
}

std::vector<Advice> AdviceFor(const HostVerdict& host,
                              AddressEvidence evidence) {
  AddVouching(host, evidence.tls);
  if (evidence.other_key.has_value()) AddVouching(host, *evidence.other_key);
  return Advise(Domain({host}), Seen({evidence}), kTestNow);
}

std::vector<std::string> SectionsFor(const HostVerdict& host,
                                     const AddressEvidence& evidence) {
  return SectionsOf(AdviceFor(host, evidence));
}

// RFC 7672 3.1.1: SHOULD be 3 1 1
TEST(Advice, IsNoneForWhatTheRfcRecommends) {
  EXPECT_THAT(
      SectionsFor(HostWith({Record(3, 1, 1), Record(3, 1, 1)}), Shown({{0}})),
      IsEmpty());
  // RFC 7672 3.1.2
  EXPECT_THAT(SectionsFor(HostWith({Record(2, 0, 1)}), Shown({{}, {0}})),
              IsEmpty());
}

// RFC 7671 5.1, 5.2.1; RFC 7672 3.1.3
TEST(Advice, IsAgainstCombinationsOncePerCombination) {
  EXPECT_THAT(SectionsFor(HostWith({Record(3, 0, 1), Record(3, 0, 1)}),
                          Shown({{0, 1}})),
              ElementsAre("RFC 7671 5.1", "RFC 7671 8.1"));
  EXPECT_THAT(SectionsFor(HostWith({Record(2, 1, 1)}), Shown({{}, {0}})),
              ElementsAre("RFC 7671 5.2.1"));
  EXPECT_THAT(SectionsFor(HostWith({Record(3, 1, 1), Record(1, 1, 1)}),
                          Shown({{0, 1}})),
              Contains("RFC 7672 3.1.3"));
}

// RFC 7671 8.1
TEST(Advice, IsToPublishARecordOfTheNextKey) {
  EXPECT_THAT(SectionsFor(HostWith({Record(3, 1, 1)}), Shown({{0}})),
              ElementsAre("RFC 7671 8.1"));
  AddressEvidence two_keys = Shown({{0}});
  two_keys.other_key = Shown({{1}}).tls;
  const HostVerdict two = HostWith({Record(3, 1, 1), Record(3, 1, 1)});
  EXPECT_THAT(SectionsFor(two, two_keys), ElementsAre("RFC 7671 8.1"));
  EXPECT_THAT(SectionsFor(two, Shown({{0}})), IsEmpty());
  EXPECT_THAT(SectionsFor(HostWith({Record(3, 1, 1), Record(2, 0, 1)}),
                          Shown({{0}, {1}})),
              IsEmpty());
}

// RFC 7671 10.1.1
TEST(Advice, IsAgainstAnswersThatDoNotFitAUdpPacket) {
  const std::vector<Tlsa> fit(25, Record(3, 1, 1));
  ASSERT_EQ(TlsaAnswerOctets(HostWith(fit)), 12 + 25 + 4 + 25 * (12 + 35));
  EXPECT_THAT(SectionsFor(HostWith(fit), Shown({{0}})), IsEmpty());
  const std::vector<Tlsa> many(26, Record(3, 1, 1));
  EXPECT_THAT(SectionsFor(HostWith(many), Shown({{0}})),
              ElementsAre("RFC 7671 10.1.1"));
}

// RFC 7671 13
TEST(Advice, IsAgainstLivesThatMakeAnEmergencyLastDays) {
  HostVerdict host = HostWith({Record(3, 1, 1), Record(3, 1, 1)});
  host.expires = kTestNow + kLongLifeSeconds;
  EXPECT_THAT(SectionsFor(host, Shown({{0}})), IsEmpty());
  ++host.expires;
  EXPECT_THAT(SectionsFor(host, Shown({{0}})), ElementsAre("RFC 7671 13"));
}

// RFC 7671 5.2.2
TEST(Advice, IsToSendTheTrustAnchor) {
  EXPECT_THAT(SectionsFor(HostWith({Record(2, 0, 1)}), Shown({{}, {}})),
              ElementsAre("RFC 7671 5.2.2"));
  AddressEvidence whole_in_dns = Shown({{}});
  whole_in_dns.tls.vouching = {{2, 0, 0}};
  EXPECT_THAT(SectionsFor(HostWith({Record(2, 0, 0)}), whole_in_dns),
              Not(Contains("RFC 7671 5.2.2")));
  // 2 1 1 of the server's own certificate is of no anchor.
  EXPECT_THAT(SectionsFor(HostWith({Record(2, 1, 1)}), Shown({{0}})),
              Contains("RFC 7671 5.2.2"));
}

// RFC 7671 8
TEST(Advice, IsThatEachCombinationMatchesOnItsOwn) {
  const HostVerdict host = HostWith({Record(3, 1, 1), Record(3, 1, 2)});
  EXPECT_THAT(SectionsFor(host, Shown({{0}})), Contains("RFC 7671 8"));
  EXPECT_THAT(SectionsFor(host, Shown({{0, 1}})), Not(Contains("RFC 7671 8")));
  // A record of the next key beside that of the current one.
  EXPECT_THAT(
      SectionsFor(HostWith({Record(3, 1, 1), Record(3, 1, 1)}), Shown({{1}})),
      IsEmpty());
  // DANE-EE(3) names the server's own certificate, not those above it.
  EXPECT_THAT(SectionsFor(HostWith({Record(3, 1, 1)}), Shown({{}, {0}})),
              ElementsAre("RFC 7671 8"));
  // Nothing is said of a server that was not reached.
  EXPECT_THAT(SectionsFor(host, Failed(Trouble::kTimeout)),
              Not(Contains("RFC 7671 8")));
}

// A server may show either of two certificates.
TEST(Advice, IsThatEachCombinationMatchesEachKey) {
  const HostVerdict host = HostWith({Record(3, 1, 1), Record(3, 1, 2)});
  AddressEvidence evidence = Shown({{0, 1}});
  evidence.other_key = Shown({{0}}).tls;
  evidence.other_key->key_type = KeyType::kRsa;
  EXPECT_THAT(AdviceFor(host, evidence),
              Contains(Field(&Advice::text,
                             HasSubstr("none of the 3 1 2 records matches the "
                                       "server's RSA certificate"))));
  evidence.other_key->chain[0].records = {0, 1};
  EXPECT_THAT(SectionsFor(host, evidence), Not(Contains("RFC 7671 8")));
}

// RFC 7672 2.2.1
TEST(Advice, IsTlsaForAllMxHosts) {
  const HostVerdict with = HostWith({Record(3, 1, 1), Record(3, 1, 1)});
  const HostVerdict without = Host("mx2.example.org", Duty::kOpportunistic, 20);
  AddressEvidence good = Shown({{0}});
  AddVouching(with, good.tls);
  const std::vector<Advice> advices =
      Advise(Domain({with, without}),
             Seen({good, Reached(TlsOutcome::kEncrypted)}), kTestNow);
  ASSERT_THAT(SectionsOf(advices), ElementsAre("RFC 7672 2.2.1"));
  EXPECT_EQ(advices[0].host, "mx2.example.org");
  EXPECT_THAT(SectionsFor(without, Reached(TlsOutcome::kEncrypted)), IsEmpty());
}

// RFC 7672 2.2.1
TEST(Advice, IsToSignTheMxRecords) {
  Verdict verdict = Domain({HostWith({Record(3, 1, 1), Record(3, 1, 1)})});
  verdict.insecure_mx = true;
  AddressEvidence good = Shown({{0}});
  AddVouching(verdict.hosts[0], good.tls);
  EXPECT_THAT(SectionsOf(Advise(verdict, Seen({good}), kTestNow)),
              ElementsAre("RFC 7672 2.2.1"));
}

// RFC 7672 9.2
TEST(Advice, IsToOfferStartTlsToAll) {
  EXPECT_THAT(
      SectionsFor(HostWith({Record(3, 1, 1)}), Failed(Trouble::kNoStartTls)),
      ElementsAre("RFC 7672 9.2"));
}

ServerView View(const std::string& server, const std::set<std::string>& rdata,
                uint32_t hold = 3600) {
  ServerView view;
  view.server = server;
  view.answered = true;
  view.rdata = rdata;
  view.hold = hold;
  return view;
}

// RFC 7671 8, 13; RFC 7672 2.1.2
TEST(NameServers, AgreeAnswerAndHoldShortlyOrGetAdvice) {
  const HostVerdict host = HostWith({Record(3, 1, 1)});
  const ServerView one = View("ns1", {"a"});
  EXPECT_THAT(AdviseOnNameServers(host, {one, View("ns2", {"a"})}), IsEmpty());
  const std::vector<Advice> lagging =
      AdviseOnNameServers(host, {one, View("ns2", {"a", "b"})});
  ASSERT_THAT(SectionsOf(lagging), ElementsAre("RFC 7671 8"));
  EXPECT_THAT(lagging[0].text, HasSubstr("than ns1: ns2"));
  EXPECT_EQ(lagging[0].host, "mx.example.org");
  ServerView silent;
  silent.server = "ns2";
  silent.why = "timeout";
  const std::vector<Advice> unanswered =
      AdviseOnNameServers(host, {silent, one});
  ASSERT_THAT(SectionsOf(unanswered), ElementsAre("RFC 7672 2.1.2"));
  EXPECT_THAT(unanswered[0].text, HasSubstr("ns2 (timeout)"));
  EXPECT_THAT(SectionsOf(AdviseOnNameServers(
                  host, {View("ns1", {"a"}, kLongLifeSeconds + 1)})),
              ElementsAre("RFC 7671 13"));
}

// RFC 4035 5.3: the only one, too
TEST(NameServers, ThatAreNotBelievedGetAdvice) {
  ServerView bogus;
  bogus.server = "ns1";
  bogus.why = "its denial of TLSA records is not valid by DNSSEC: bad";
  bogus.disbelieved = true;
  const std::vector<Advice> advices =
      AdviseOnNameServers(HostWith({Record(3, 1, 1)}), {bogus});
  ASSERT_THAT(SectionsOf(advices), ElementsAre("RFC 4035 5.3"));
  EXPECT_THAT(advices[0].text, HasSubstr("ns1 (its denial of TLSA records"));
}

// RFC 8020 2
TEST(NameServers, ThatDenyWhatStandsAboveTheRecordsGetAdvice) {
  const HostVerdict host = HostWith({Record(3, 1, 1)});
  ServerView wrong = View("ns2", {"a"});
  wrong.owner = NameOf("_25._tcp.mx.example.org");
  wrong.denies_above = true;
  const std::vector<Advice> advices =
      AdviseOnNameServers(host, {View("ns1", {"a"}), wrong});
  ASSERT_THAT(SectionsOf(advices), ElementsAre("RFC 8020 2"));
  EXPECT_EQ(DeniersText({View("ns1", {"a"}), wrong}),
            "name servers say that _tcp.mx.example.org does not exist, though "
            "there are TLSA records below it: ns2");
  EXPECT_EQ(DeniersText({View("ns1", {"a"})}), "");
  EXPECT_THAT(advices[0].text, HasSubstr("_tcp.mx.example.org. TXT"));
  EXPECT_THAT(advices[0].text, HasSubstr(": ns2"));
}

// RFC 4035 3.1.3
TEST(NameServers, ThatDenyWithoutSignaturesGetAdvice) {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  ServerView good = View("ns1", {});
  good.signature = SignatureTime{0, 86400};
  EXPECT_THAT(AdviseOnNameServers(host, {good}), IsEmpty());
  const std::vector<Advice> advices =
      AdviseOnNameServers(host, {good, View("ns2", {})});
  ASSERT_THAT(SectionsOf(advices), ElementsAre("RFC 4035 3.1.3"));
  EXPECT_THAT(advices[0].text, HasSubstr(": ns2"));
  host.security = Security::kInsecure;
  EXPECT_THAT(AdviseOnNameServers(host, {good, View("ns2", {})}), IsEmpty());
}

// RFC 4035 5.2: by delegation or CNAME the records may be in an unsigned zone.
TEST(NameServers, OfAnUnsignedZoneGetNoAdviceToSignDenials) {
  const HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  ServerView signs = View("ns1", {});
  signs.signature = SignatureTime{0, 86400};
  signs.owner = NameOf("_25._tcp.mx.example.org");
  signs.zone = NameOf("example.org");
  ServerView elsewhere = View("ns.unsigned", {});
  elsewhere.owner = NameOf("tlsa.unsigned");
  elsewhere.zone = NameOf("unsigned");
  EXPECT_THAT(AdviseOnNameServers(host, {elsewhere}), IsEmpty());
  EXPECT_THAT(AdviseOnNameServers(host, {signs, elsewhere}), IsEmpty());
}

constexpr int64_t kDay = 86400;

// RFC 7671 11, 13
TEST(NameServers, SignForSomeWeeksOrGetAdvice) {
  const HostVerdict host = HostWith({Record(3, 1, 1)});
  ServerView view = View("ns1", {"a"});
  view.signature = SignatureTime{0, kLongSignatureDays * kDay};
  EXPECT_THAT(AdviseOnNameServers(host, {view}), IsEmpty());
  view.signature->ends += kDay;
  const std::vector<Advice> advices = AdviseOnNameServers(host, {view});
  ASSERT_THAT(SectionsOf(advices), ElementsAre("RFC 7671 13"));
  EXPECT_THAT(advices[0].text, HasSubstr("holds for 32 days"));
}

}  // namespace
}  // namespace danebound
