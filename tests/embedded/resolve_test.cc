// libunbound against the signed zones of zones/, served by tests/tree/tree.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "stub/embedded/answer.h"
#include "stub/embedded/conf.h"
#include "stub/embedded/embedded.h"
#include "tests/embedded/folder.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kDay = 86400;
// A DS record that matches no key here.
constexpr const char* kForeignKey =
    "1 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";
constexpr absl::Duration kPlenty = absl::Seconds(20);

NextHop Hop(absl::string_view text) { return ParseNextHop(text).value(); }

class ResolveTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* conf = std::getenv("DANEBOUND_TREE_CONF");
    ASSERT_NE(conf, nullptr) << "run this below tests/tree/tree.py";
    tree_conf_ = conf;
    Use("");
  }

  // Starts a resolver from the tree's configuration and more lines.
  void Use(absl::string_view more) {
    UseConf(absl::StrCat("include: \"", tree_conf_, "\"\n", more));
  }

  void UseConf(absl::string_view text) {
    EmbeddedOptions options;
    options.unbound_conf = folder_.Write("unbound.conf", text);
    absl::StatusOr<std::unique_ptr<Embedded>> embedded = Embedded::New(options);
    ASSERT_TRUE(embedded.ok()) << embedded.status();
    embedded_ = *std::move(embedded);
  }

  Verdict Look(absl::string_view next_hop, absl::Duration timeout = kPlenty) {
    absl::StatusOr<Verdict> verdict =
        embedded_->Lookup(Hop(next_hop), {}, timeout);
    EXPECT_TRUE(verdict.ok()) << verdict.status();
    return verdict.value_or(Verdict());
  }

  Folder folder_;
  std::string tree_conf_;
  std::unique_ptr<Embedded> embedded_;
};

// Seconds until the end of a verdict or a host.
template <typename T>
int64_t LifeOf(const T& what) {
  return what.expires - absl::ToUnixSeconds(absl::Now());
}

void ExpectAuthenticated(const Verdict& verdict) {
  EXPECT_EQ(verdict.security, Security::kSecure);
  EXPECT_EQ(verdict.disposition, Disposition::kDeliver);
  ASSERT_THAT(verdict.hosts, SizeIs(1));
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kAuthenticate);
}

// --- Answers

// RFC 7672 2.2
TEST_F(ResolveTest, AuthenticatesAHostOfSignedZones) {
  const Verdict verdict = Look("good.example");
  ExpectAuthenticated(verdict);
  EXPECT_THAT(verdict.hosts[0].addresses, SizeIs(2));
  EXPECT_THAT(verdict.hosts[0].tlsa, SizeIs(1));
}

TEST_F(ResolveTest, IsOpportunisticInUnsignedZones) {
  const Verdict verdict = Look("plain.unsigned");
  EXPECT_EQ(verdict.security, Security::kInsecure);
  ASSERT_THAT(verdict.hosts, SizeIs(1));
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kOpportunistic);
}

// RFC 7672 2.2.2, "Insecure CNAME": libunbound does not tell that the alias
// alone is secure, a question of type CNAME does.
TEST_F(ResolveTest, SeesASecureAliasToAnUnsignedHost) {
  const Verdict verdict = Look("alias.example");
  ExpectAuthenticated(verdict);
  EXPECT_EQ(verdict.hosts[0].security, Security::kInsecure);
  EXPECT_EQ(verdict.hosts[0].base_domain.ToText(), "mx.alias.example");
}

// RFC 7672 2.1.3: libunbound calls that CNAME bogus when it is asked for it.
TEST_F(ResolveTest, TakesAnAliasMadeFromASecureDnameForSecure) {
  const Verdict verdict = Look("dname.example");
  ASSERT_THAT(verdict.hosts, SizeIs(1));
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kOpportunistic);
  EXPECT_EQ(verdict.hosts[0].security, Security::kInsecure);
  // TLSA was asked for: the alias is secure, where the DNAME leads is not.
  ASSERT_THAT(verdict.hosts[0].reasons, Not(IsEmpty()));
  EXPECT_EQ(verdict.hosts[0].reasons.back().id, ReasonId::kInsecureTlsa);
}

TEST_F(ResolveTest, TakesATlsaRecordOfSixtyThousandOctets) {
  const Verdict verdict = Look("large.example");
  ASSERT_THAT(verdict.hosts, SizeIs(1));
  ASSERT_THAT(verdict.hosts[0].tlsa, SizeIs(1));
  EXPECT_THAT(verdict.hosts[0].tlsa[0].rdata, SizeIs(60003));
}

// --- Failures. RFC 7672 2.1.1, 2.1.2

// The second answer comes from libunbound's error cache.
TEST_F(ResolveTest, DefersOnServfailEachTimeItIsAsked) {
  for (int i = 0; i < 3; ++i) {
    const Verdict verdict = Look("servfail.unsigned");
    EXPECT_EQ(verdict.security, Security::kFailed);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer);
    ASSERT_THAT(verdict.reasons, SizeIs(1));
    EXPECT_EQ(verdict.reasons[0].id, ReasonId::kMxFailed);
    EXPECT_THAT(
        verdict.reasons[0].text,
        AllOf(HasSubstr("servfail.unsigned MX"), HasSubstr("SERVFAIL")));
  }
}

TEST_F(ResolveTest, GivesTheValidatorsReasonForBogusAnswers) {
  for (int i = 0; i < 2; ++i) {
    const Verdict verdict = Look("expired.example");
    EXPECT_EQ(verdict.security, Security::kBogus);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer);
    ASSERT_THAT(verdict.reasons, SizeIs(1));
    EXPECT_EQ(verdict.reasons[0].id, ReasonId::kMxBogus);
    EXPECT_EQ(verdict.reasons[0].ede, 6);
    EXPECT_THAT(verdict.reasons[0].text, HasSubstr("signature expired"));
  }
}

TEST_F(ResolveTest, KeepsTheHostsItKnowsAtTheDeadline) {
  const absl::Time start = absl::Now();
  const Verdict verdict = Look("silent.example", absl::Seconds(2));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(2500));
  EXPECT_EQ(verdict.disposition, Disposition::kDeliver);
  ASSERT_THAT(verdict.hosts, SizeIs(2));
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kOpportunistic);
  EXPECT_EQ(verdict.hosts[1].duty, Duty::kSkip);
  EXPECT_EQ(verdict.hosts[1].cause, Cause::kTlsaFailed);
  ASSERT_THAT(verdict.hosts[1].reasons, SizeIs(1));
  EXPECT_THAT(verdict.hosts[1].reasons[0].text, HasSubstr("within 2s"));
}

TEST_F(ResolveTest, StaysUsableAfterADeadline) {
  Look("silent.example", absl::Milliseconds(100));
  ExpectAuthenticated(Look("good.example"));
}

// --- Lives. RFC 4035 5.3.3

// The TTLs are 104 days, the signatures end in 30.
TEST_F(ResolveTest, LivesNoLongerThanItsSignatures) {
  Use("server: cache-max-ttl: 10000000\n");
  const Verdict verdict = Look("good.example");
  ExpectAuthenticated(verdict);
  for (const int64_t life : {LifeOf(verdict), LifeOf(verdict.hosts[0])}) {
    EXPECT_LE(life, 30 * kDay);
    EXPECT_GT(life, 29 * kDay);
  }
}

TEST_F(ResolveTest, LivesNoLongerThanItsTtlWhateverTheCacheMayDo) {
  Use("server: cache-min-ttl: 3000\n serve-original-ttl: yes\n"
      " serve-expired: yes\n serve-expired-reply-ttl: 3000\n"
      " serve-expired-client-timeout: 50\n");
  EXPECT_LE(LifeOf(Look("short.example")), 20);
  EXPECT_LE(LifeOf(Look("brief.unsigned")), 1);  // its server takes 300 ms
  absl::SleepFor(absl::Milliseconds(2100));
  EXPECT_LE(LifeOf(Look("short.example")), 18);
  EXPECT_LE(LifeOf(Look("brief.unsigned")), 1);
}

// RFC 4035 5.3.4: the proof that there is no closer name lives 900 seconds.
TEST_F(ResolveTest, LivesNoLongerThanTheProofOfItsWildcard) {
  Use("server: minimal-responses: yes\n");
  const Verdict verdict = Look("any.wild.example");
  EXPECT_EQ(verdict.security, Security::kSecure);
  EXPECT_EQ(verdict.kind, Kind::kMx);
  EXPECT_LE(LifeOf(verdict), 900);
}

// --- Configurations

TEST_F(ResolveTest, PassesItsSelfTest) {
  for (const SelfTestCheck& check : embedded_->SelfTest(kPlenty)) {
    EXPECT_EQ(check.result, SelfTestCheck::Result::kPassed)
        << check.name << ": " << check.text;
  }
}

TEST_F(ResolveTest, FailsItsSelfTestWithATrustAnchorForAnotherZone) {
  const std::string text = ReadFile(tree_conf_).value();
  UseConf(
      absl::StrReplaceAll(text, {{"trust-anchor-file:",
                                  "trust-anchor: \"other.example. DS 1 8 2 "
                                  "E06D44B80B8F1D39A95C0B0D7C65D08458E880409"
                                  "BBC683457104237C7F8EC8D\" #"}}));
  const SelfTestCheck check = embedded_->SelfTest(kPlenty).back();
  EXPECT_EQ(check.result, SelfTestCheck::Result::kFailed);
  EXPECT_THAT(check.text, HasSubstr("does not work"));
  EXPECT_EQ(Look("good.example").disposition, Disposition::kDefer);
}

// Unbound then takes the zone for insecure, and says nothing.
TEST_F(ResolveTest, GivesNoVerdictWithATrustAnchorThatItCannotUse) {
  const std::string text = ReadFile(tree_conf_).value();
  UseConf(absl::StrReplaceAll(
      text, {{"trust-anchor-file:",
              absl::StrCat("trust-anchor: \". DS 1 200 2 ",
                           "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457"
                           "104237C7F8EC8D\" #")}}));
  for (const char* next_hop : {"good.example", "plain.unsigned"}) {
    const Verdict verdict = Look(next_hop);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer) << next_hop;
    EXPECT_THAT(verdict.reasons.at(0).text, HasSubstr("does not work"));
  }
  const auto checks = embedded_->SelfTest(kPlenty);
  EXPECT_EQ(checks[2].name, "trust-anchor");
  EXPECT_EQ(checks[2].result, SelfTestCheck::Result::kFailed);
}

// Beside a good one of a zone below.
TEST_F(ResolveTest, GivesNoVerdictBelowATrustAnchorThatItCannotUse) {
  const Answer keys = embedded_->Ask(
      {Name::ParseText("good.example").value(), kDnskeyType}, kPlenty);
  std::string anchors = absl::StrCat(
      "trust-anchor: \". DS 1 200 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409B",
      "BC683457104237C7F8EC8D\"\n");
  for (const std::string& rdata : keys.rdata) {
    if (rdata[1] != 1) continue;  // no SEP
    absl::StrAppend(&anchors, " trust-anchor: \"good.example. DNSKEY 257 3 ",
                    static_cast<int>(rdata[3]), " ",
                    absl::Base64Escape(rdata.substr(4)), "\"\n");
  }
  UseConf(absl::StrReplaceAll(
      ReadFile(tree_conf_).value(),
      {{"trust-anchor-file:", absl::StrCat(anchors, " #")}}));
  ExpectAuthenticated(Look("good.example"));
  for (const char* next_hop : {"large.example", "plain.unsigned"}) {
    const Verdict verdict = Look(next_hop);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer) << next_hop;
    EXPECT_THAT(verdict.reasons.at(0).text,
                HasSubstr("the trust anchor at . does not work"));
  }
  const auto checks = embedded_->SelfTest(kPlenty);
  EXPECT_EQ(checks[2].result, SelfTestCheck::Result::kFailed);
  EXPECT_THAT(checks[2].text, HasSubstr("the one at . vouches for nothing"));
}

TEST_F(ResolveTest, TakesTheConfigurationOfTheModulesUnbound) {
  Use("server:\n module-config: \"dynlib validator iterator\"\n"
      " username: nobody-has-this-name\n chroot: \"/var/empty\"\n"
      "dynlib:\n dynlib-file: /gone/danebound-module.so\n");
  ExpectAuthenticated(Look("good.example"));
}

// libunbound would rewrite that file once it had the root's keys.
TEST_F(ResolveTest, TrustsButNeverWritesTheResolversTrustAnchorFile) {
  const std::string text = ReadFile(tree_conf_).value();
  const std::string key_file =
      std::filesystem::path(tree_conf_).parent_path() / "root.key";
  const std::string key = ReadFile(key_file).value();
  const std::string copy = folder_.Write("root.key", key);
  UseConf(absl::StrReplaceAll(
      text, {{absl::StrCat("trust-anchor-file: \"", key_file),
              absl::StrCat("auto-trust-anchor-file: \"", copy)}}));
  ExpectAuthenticated(Look("good.example"));
  EXPECT_EQ(ReadFile(copy).value(), key);
}

// The zone's own copy here would be answered without validation.
TEST_F(ResolveTest, ValidatesWhatComesFromAnAuthZone) {
  std::string zone_file;
  const auto folder = std::filesystem::path(tree_conf_).parent_path() / "zones";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string text = ReadFile(file.path()).value();
    if (absl::StartsWith(text, "good.example.") &&
        absl::StrContains(text, "RRSIG")) {
      zone_file = file.path();
    }
  }
  ASSERT_NE(zone_file, "");
  Use(
      absl::StrCat("auth-zone:\n name: good.example\n for-downstream: yes\n"
                   " for-upstream: yes\n zonefile: \"",
                   zone_file, "\"\n"));
  ExpectAuthenticated(Look("good.example"));
}

// With that setting libunbound takes all for insecure when the root's keys do
// not match the trust anchor, or do not come at all.
TEST_F(ResolveTest, IsBogusWhereTheTrustAnchorFailsWhateverIsSet) {
  const std::string text = ReadFile(tree_conf_).value();
  UseConf(absl::StrReplaceAll(
      text, {{"trust-anchor-file:",
              absl::StrCat("harden-dnssec-stripped: no\n trust-anchor: \". DS ",
                           kForeignKey, "\" #")}}));
  for (const char* next_hop : {"good.example", "plain.unsigned"}) {
    const Verdict verdict = Look(next_hop);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer) << next_hop;
    EXPECT_THAT(verdict.reasons.at(0).text, HasSubstr("bogus"));
  }
}

TEST_F(ResolveTest, TakesLargeAnswersWhateverBufferIsSet) {
  Use("server: msg-buffer-size: 4096\n");
  const Verdict verdict = Look("large.example");
  ASSERT_THAT(verdict.hosts, SizeIs(1));
  EXPECT_THAT(verdict.hosts[0].tlsa, SizeIs(1));
}

// --- Many at once

TEST_F(ResolveTest, AnswersManySideBySide) {
  std::vector<NextHop> next_hops;
  next_hops.reserve(300);
  for (int i = 0; i < 300; ++i) {
    next_hops.push_back(
        Hop(i % 3 == 0 ? "good.example"
                       : absl::StrCat("no", i, ".such.plain.unsigned")));
  }
  std::vector<int> calls(next_hops.size());
  const absl::Status status = embedded_->LookupAll(
      next_hops, {}, kPlenty, [&](size_t index, const Verdict& verdict) {
        ++calls[index];
        EXPECT_EQ(verdict.next_hop, next_hops[index]);
        EXPECT_EQ(verdict.kind,
                  index % 3 == 0 ? Kind::kMx : Kind::kNoSuchDomain);
      });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(calls, Each(1));
}

}  // namespace
}  // namespace danebound
