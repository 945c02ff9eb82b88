#include "stub/check/trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "made_reports.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kRecord = "\3\1\1" + std::string(32, 'x');
const std::string kUnusable = "\1\1\1" + std::string(32, 'x');

// A secure domain of one host in a signed zone, without TLSA records.
Verdict Without() {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  host.reasons = {{ReasonId::kNoTlsa, "no TLSA records", {}}};
  return Domain({host});
}

Verdict TriedWith(const Verdict& verdict, const std::vector<std::string>& rdata,
                  const Choices& choices = {}) {
  Trial trial;
  trial.tlsa = rdata;
  return Tried(verdict, trial, choices);
}

// RFC 7672 2.2
TEST(Trial, GivesTheDutyUnderTheRecords) {
  const HostVerdict host = TriedWith(Without(), {kRecord}).hosts[0];
  EXPECT_EQ(host.duty, Duty::kAuthenticate);
  EXPECT_EQ(host.tlsa_name.ToText(), "_25._tcp.mx.example.org");
  EXPECT_EQ(host.sni, "mx.example.org");
  EXPECT_THAT(host.names, ElementsAre("mx.example.org", "example.org"));
  EXPECT_THAT(host.reasons, IsEmpty());
  EXPECT_EQ(TriedWith(Without(), {kUnusable}).hosts[0].duty, Duty::kEncrypt);
}

TEST(Trial, TakesThePlaceOfWhatIsPublished) {
  const Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  const Verdict tried = TriedWith(verdict, {kRecord});
  ASSERT_EQ(tried.hosts[0].tlsa.size(), 1U);
  EXPECT_EQ(tried.hosts[0].tlsa[0].rdata, kRecord);
  EXPECT_NE(tried.hosts[0].tls_key, verdict.hosts[0].tls_key);
}

// RFC 7672 2.1.2: what failed is not looked at any more
TEST(Trial, MendsAHostWhoseTlsaLookupFailed) {
  HostVerdict host = Host("mx.example.org", Duty::kSkip);
  host.reasons = {{ReasonId::kTlsaBogus, "expired", {}}};
  Verdict verdict = Domain({host});
  verdict.disposition = Disposition::kDefer;
  const Verdict tried = TriedWith(verdict, {kRecord});
  EXPECT_EQ(tried.hosts[0].duty, Duty::kAuthenticate);
  EXPECT_EQ(tried.disposition, Disposition::kDeliver);
}

// RFC 7672 2.2.2, 2.2.1: records that would not count
TEST(Trial, LeavesUnsignedZonesAsTheyAre) {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  host.security = Security::kInsecure;
  host.addresses[0].security = Security::kInsecure;
  host.reasons = {{ReasonId::kInsecureAddress, "insecure", {}}};
  const HostVerdict tried = TriedWith(Domain({host}), {kRecord}).hosts[0];
  EXPECT_EQ(tried.duty, Duty::kOpportunistic);
  EXPECT_EQ(tried.reasons, host.reasons);
  Verdict insecure = Without();
  insecure.insecure_mx = true;
  insecure.security = Security::kInsecure;
  EXPECT_EQ(TriedWith(insecure, {kRecord}).hosts[0].duty, Duty::kOpportunistic);
  Choices choices;
  choices.insecure_mx = InsecureMx::kAuthenticate;
  EXPECT_EQ(TriedWith(insecure, {kRecord}, choices).hosts[0].duty,
            Duty::kAuthenticate);
}

// RFC 7672 2.2.3: _25._tcp is a CNAME or a delegation out of the signed zone.
TEST(Trial, SaysWhyRecordsInAnUnsignedZoneWouldNotCount) {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  host.reasons = {{ReasonId::kInsecureTlsa, "its denial is insecure", {}}};
  const HostVerdict tried = TriedWith(Domain({host}), {kRecord}).hosts[0];
  EXPECT_EQ(tried.duty, Duty::kOpportunistic);
  EXPECT_THAT(tried.tlsa, IsEmpty());
  ASSERT_EQ(tried.reasons.size(), 1U);
  EXPECT_EQ(tried.reasons[0].text,
            "its denial is insecure; records there would not count, nor do "
            "those tried");
}

// RFC 7672 2.2.2
TEST(Trial, GoesOnToTheNameThatIsInASignedZone) {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  host.expanded = NameOf("a.example.net");
  host.reasons = {{ReasonId::kInsecureTlsa, "its denial is insecure", {}},
                  {ReasonId::kNoTlsa, "no TLSA records", {}}};
  const HostVerdict tried = TriedWith(Domain({host}), {kRecord}).hosts[0];
  EXPECT_EQ(tried.duty, Duty::kAuthenticate);
  EXPECT_EQ(tried.base_domain.ToText(), "mx.example.org");
  EXPECT_EQ(tried.reasons.size(), 1U);
}

// RFC 7672 2.2.2: TLSA records at the name of a secure alias count, whatever
// the zone of its addresses.
TEST(Trial, CountsAtASecureAliasOfAnUnsignedHost) {
  HostVerdict host = Host("mx.example.org", Duty::kOpportunistic);
  host.expanded = NameOf("a.unsigned");
  host.security = Security::kInsecure;
  host.addresses[0].security = Security::kInsecure;
  host.reasons = {{ReasonId::kInsecureAddress, "insecure", {}},
                  {ReasonId::kNoTlsa, "no TLSA records", {}}};
  const HostVerdict tried = TriedWith(Domain({host}), {kRecord}).hosts[0];
  EXPECT_EQ(tried.duty, Duty::kAuthenticate);
  EXPECT_EQ(tried.base_domain.ToText(), "mx.example.org");
  host.duty = Duty::kAuthenticate;
  host.base_domain = host.name;
  host.tlsa = {Record(3, 1, 1)};
  host.reasons.pop_back();
  const HostVerdict replaced = TriedWith(Domain({host}), {kRecord}).hosts[0];
  ASSERT_EQ(replaced.tlsa.size(), 1U);
  EXPECT_EQ(replaced.tlsa[0].rdata, kRecord);
}

TEST(Trial, LeavesHostsWithoutAddressesSkipped) {
  HostVerdict host = Host("mx.example.org", Duty::kSkip);
  host.cause = Cause::kNoAddress;
  host.permanent = true;
  host.addresses.clear();
  const HostVerdict tried = TriedWith(Domain({host}), {kRecord}).hosts[0];
  EXPECT_EQ(tried.duty, Duty::kSkip);
  EXPECT_EQ(tried.cause, Cause::kNoAddress);
}

std::vector<std::string> AddressesOf(const Trial& trial) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.addresses.push_back({AddressOf("2001:db8::1"), Security::kSecure});
  std::vector<std::string> texts;
  const Verdict tried = Tried(Domain({host}), trial, {});
  for (const HostAddress& each : tried.hosts[0].addresses) {
    texts.push_back(each.address.ToText());
  }
  return texts;
}

TEST(Trial, ChoosesAddresses) {
  Trial trial;
  EXPECT_THAT(AddressesOf(trial), ElementsAre("192.0.2.1", "2001:db8::1"));
  trial.ipv6 = false;
  EXPECT_THAT(AddressesOf(trial), ElementsAre("192.0.2.1"));
  trial = {};
  trial.ipv4 = false;
  EXPECT_THAT(AddressesOf(trial), ElementsAre("2001:db8::1"));
  trial = {};
  trial.addresses = {AddressOf("192.0.2.7"), AddressOf("2001:db8::7")};
  EXPECT_THAT(AddressesOf(trial), ElementsAre("192.0.2.7", "2001:db8::7"));
}

}  // namespace
}  // namespace danebound
