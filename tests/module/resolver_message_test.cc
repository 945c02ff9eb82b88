#include "module/resolver_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "stub/dane/rr_type.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kNow = 1000;

Name N(absl::string_view text) { return Name::ParseText(text).value(); }
std::string Wire(absl::string_view text) { return std::string(N(text).wire()); }

const Question kQuestion{N("mx.example"), RrType::kA};
const std::string kAddress("\xc0\x00\x02\x01", 4);

bool EverywhereBelowAnchor(const Name&) { return true; }
bool NowhereBelowAnchor(const Name&) { return false; }

Rrset RrsetOf(absl::string_view owner, uint16_t type, ResolverSecurity security,
              int64_t ttl, std::vector<std::string> rdata) {
  return {N(owner), type, SecurityOf(security), ttl, std::move(rdata)};
}

Rrset Addresses(absl::string_view owner, ResolverSecurity security,
                int64_t ttl = 300) {
  return RrsetOf(owner, 1, security, ttl, {kAddress});
}

Rrset Alias(absl::string_view owner, absl::string_view target,
            ResolverSecurity security, int64_t ttl = 300) {
  return RrsetOf(owner, 5, security, ttl, {Wire(target)});
}

ResolverMessage Message(ResolverSecurity security, std::vector<Rrset> answer) {
  ResolverMessage message;
  message.has_reply = true;
  message.rcode = 0;
  message.security = security;
  message.ttl = 7777;
  message.answer = std::move(answer);
  return message;
}

Answer Read(const ResolverMessage& message, const Question& of = kQuestion) {
  return ToAnswer(of, message, kNow, EverywhereBelowAnchor);
}

TEST(ResolverMessage, GivesSecureRecords) {
  const Answer answer =
      Read(Message(ResolverSecurity::kSecure,
                   {Addresses("mx.example", ResolverSecurity::kSecure, 60)}));
  EXPECT_EQ(answer.security, Security::kSecure);
  EXPECT_TRUE(answer.name_exists);
  EXPECT_THAT(answer.rdata, ElementsAre(kAddress));
  EXPECT_EQ(answer.expires, kNow + 60);
}

// RFC 7672 2.1.2: Unbound's error cache shows a SERVFAIL as an insecure answer
// without records.
TEST(ResolverMessage, IsAFailureWhenTheRcodeSaysSoWhateverTheSecurity) {
  for (const int rcode : {1, kRcodeServFail, 4, 5, 9}) {
    ResolverMessage message = Message(ResolverSecurity::kIndeterminate, {});
    message.rcode = rcode;
    EXPECT_EQ(Read(message).security, Security::kFailed) << rcode;
    message.security = ResolverSecurity::kSecure;
    EXPECT_EQ(Read(message).security, Security::kFailed) << rcode;
  }
}

TEST(ResolverMessage, IsAFailureWithoutAReply) {
  ResolverMessage message;
  message.rcode = 0;
  const Answer answer = Read(message);
  EXPECT_EQ(answer.security, Security::kFailed);
  EXPECT_EQ(answer.why, "SERVFAIL");
  EXPECT_EQ(answer.expires, kNow + kFailureLife);
}

TEST(ResolverMessage, SaysWhatTheResolverNotedOfAFailure) {
  ResolverMessage message;
  message.rcode = 5;
  message.reasons = "from 192.0.2.53";
  message.ede = 22;
  EXPECT_EQ(Read(message).why, "REFUSED: from 192.0.2.53");
  EXPECT_EQ(Read(message).ede, absl::nullopt);
}

TEST(ResolverMessage, IsBogusWithReasonAndCode) {
  ResolverMessage message = Message(ResolverSecurity::kBogus, {});
  message.reasons = "signature expired";
  message.ede = 7;
  const Answer answer = Read(message);
  EXPECT_EQ(answer.security, Security::kBogus);
  EXPECT_EQ(answer.why, "signature expired");
  EXPECT_EQ(answer.ede, 7);
}

TEST(ResolverMessage, TakesAFailedSentinelForBogus) {
  EXPECT_EQ(Read(Message(ResolverSecurity::kSentinelFail, {})).security,
            Security::kBogus);
}

TEST(ResolverMessage, IsAFailureWhenNobodyValidatedIt) {
  EXPECT_EQ(
      Read(Message(ResolverSecurity::kUnchecked,
                   {Addresses("mx.example", ResolverSecurity::kUnchecked)}))
          .security,
      Security::kFailed);
}

// A secure message rests on secure records alone.
TEST(ResolverMessage, IsAFailureWhenARecordOfASecureMessageIsNot) {
  EXPECT_EQ(
      Read(Message(ResolverSecurity::kSecure,
                   {Addresses("mx.example", ResolverSecurity::kUnchecked)}))
          .security,
      Security::kFailed);
  EXPECT_EQ(
      Read(Message(ResolverSecurity::kSecure,
                   {Alias("mx.example", "host.example",
                          ResolverSecurity::kInsecure),
                    Addresses("host.example", ResolverSecurity::kSecure)}))
          .security,
      Security::kFailed);
}

// RFC 7672 2.1.1: a name below no trust anchor is insecure, and says so.
TEST(ResolverMessage, IsInsecureBelowNoTrustAnchor) {
  const Answer answer = ToAnswer(
      kQuestion,
      Message(ResolverSecurity::kIndeterminate,
              {Addresses("mx.example", ResolverSecurity::kIndeterminate)}),
      kNow, NowhereBelowAnchor);
  EXPECT_EQ(answer.security, Security::kInsecure);
  EXPECT_FALSE(answer.below_trust_anchor);
}

// val-permissive-mode turns bogus into indeterminate, also in the cache.
TEST(ResolverMessage, IsBogusWhenIndeterminateBelowATrustAnchor) {
  const Answer answer =
      Read(Message(ResolverSecurity::kIndeterminate,
                   {Addresses("mx.example", ResolverSecurity::kUnchecked)}));
  EXPECT_EQ(answer.security, Security::kBogus);
  EXPECT_THAT(answer.why, HasSubstr("val-permissive-mode"));
}

TEST(ResolverMessage, MayLeaveTheTrustAnchorsThroughAnAlias) {
  const Answer answer = ToAnswer(
      kQuestion,
      Message(ResolverSecurity::kIndeterminate,
              {Alias("mx.example", "host.other", ResolverSecurity::kSecure),
               Addresses("host.other", ResolverSecurity::kIndeterminate)}),
      kNow, [](const Name& name) { return name.IsAtOrBelow(N("example")); });
  EXPECT_EQ(answer.security, Security::kInsecure);
  EXPECT_FALSE(answer.below_trust_anchor);
  EXPECT_EQ(answer.alias_security, Security::kSecure);
}

TEST(ResolverMessage, FollowsAliasesInOrder) {
  const Answer answer = Read(
      Message(ResolverSecurity::kInsecure,
              {Addresses("c.example", ResolverSecurity::kInsecure, 40),
               Alias("b.example", "c.example", ResolverSecurity::kInsecure, 30),
               Alias("mx.example", "b.example", ResolverSecurity::kSecure)}));
  EXPECT_THAT(answer.aliases, ElementsAre(N("b.example"), N("c.example")));
  EXPECT_THAT(answer.rdata, ElementsAre(kAddress));
  EXPECT_EQ(answer.security, Security::kInsecure);
  EXPECT_EQ(answer.alias_security, Security::kSecure);
  EXPECT_EQ(answer.expires, kNow + 30);
}

TEST(ResolverMessage, IgnoresRecordsThatNoAliasLeadsTo) {
  const Answer answer =
      Read(Message(ResolverSecurity::kSecure,
                   {Addresses("evil.example", ResolverSecurity::kSecure)}));
  EXPECT_TRUE(answer.rdata.empty());
}

TEST(ResolverMessage, LeavesTheAliasToBeAskedWhenItsSecurityIsNotKnown) {
  EXPECT_EQ(Read(Message(ResolverSecurity::kInsecure,
                         {Alias("mx.example", "b.example",
                                ResolverSecurity::kUnchecked),
                          Addresses("b.example", ResolverSecurity::kInsecure)}))
                .alias_security,
            absl::nullopt);
}

// RFC 5155 9.2, RFC 7672 2.2.2 "Insecure CNAME": the signature of a CNAME made
// from a wildcard does not say that the wildcard applies.
TEST(ResolverMessage, LeavesTheAliasToBeAskedWhenTheProofOfItsWildcardMayFail) {
  constexpr auto kSecure = ResolverSecurity::kSecure;
  constexpr auto kInsecure = ResolverSecurity::kInsecure;
  constexpr auto kIndeterminate = ResolverSecurity::kIndeterminate;
  struct Row {
    ResolverSecurity message;
    ResolverSecurity alias;
    bool is_from_wildcard;
    absl::optional<Security> alias_security;
  };
  const std::vector<Row> table = {
      {kInsecure, kSecure, true, absl::nullopt},
      {kIndeterminate, kSecure, true, absl::nullopt},
      {kInsecure, kSecure, false, Security::kSecure},
      {kSecure, kSecure, true, Security::kSecure},
      {kInsecure, kInsecure, true, Security::kInsecure},
  };
  for (const Row& row : table) {
    ResolverMessage message =
        Message(row.message, {Alias("mx.example", "b.other", row.alias),
                              Addresses("b.other", row.message)});
    message.answer[0].is_from_wildcard = row.is_from_wildcard;
    const Answer answer = ToAnswer(
        kQuestion, message, kNow,
        [](const Name& name) { return name.IsAtOrBelow(N("example")); });
    EXPECT_EQ(answer.security,
              row.message == kSecure ? Security::kSecure : Security::kInsecure);
    EXPECT_EQ(answer.alias_security, row.alias_security);
  }
}

// RFC 6672 5.3.1: a question for a CNAME made from a DNAME is SERVFAIL.
TEST(ResolverMessage, NeverLeavesTheAliasOfADnameToBeAsked) {
  ResolverMessage message =
      Message(ResolverSecurity::kInsecure,
              {RrsetOf("example", kTypeDname, ResolverSecurity::kSecure, 90,
                       {Wire("test")}),
               Alias("mx.example", "mx.test", ResolverSecurity::kUnchecked, 0),
               Addresses("mx.test", ResolverSecurity::kInsecure, 300)});
  message.answer[0].is_from_wildcard = true;
  message.answer[1].is_from_wildcard = true;
  EXPECT_EQ(Read(message).alias_security, Security::kSecure);
}

// RFC 7672 2.1.2: what is missing must not read as a denial.
TEST(ResolverMessage, IsAFailureWhenAnRrsetOfItCannotBeRead) {
  ResolverMessage message = Message(ResolverSecurity::kSecure, {});
  message.is_readable = false;
  EXPECT_EQ(Read(message).security, Security::kFailed);
  EXPECT_THAT(Read(message).why, HasSubstr("cannot be read"));
}

TEST(ResolverMessage, IsAFailureWhenAliasesGoRound) {
  EXPECT_EQ(
      Read(Message(
               ResolverSecurity::kSecure,
               {Alias("mx.example", "b.example", ResolverSecurity::kSecure),
                Alias("b.example", "mx.example", ResolverSecurity::kSecure)}))
          .security,
      Security::kFailed);
}

// RFC 6672 3.1: the CNAME is made on the way; the DNAME is what is signed.
TEST(ResolverMessage, TakesSecurityAndLifeOfAnAliasFromItsDname) {
  const Answer answer = Read(
      Message(ResolverSecurity::kInsecure,
              {RrsetOf("example", kTypeDname, ResolverSecurity::kSecure, 90,
                       {Wire("test")}),
               Alias("mx.example", "mx.test", ResolverSecurity::kUnchecked, 0),
               Addresses("mx.test", ResolverSecurity::kInsecure, 300)}));
  EXPECT_EQ(answer.alias_security, Security::kSecure);
  EXPECT_EQ(answer.expires, kNow + 90);
}

TEST(ResolverMessage, TrustsNoDnameThatDoesNotMakeTheAlias) {
  const Answer answer = Read(
      Message(ResolverSecurity::kInsecure,
              {RrsetOf("example", kTypeDname, ResolverSecurity::kSecure, 90,
                       {Wire("test")}),
               Alias("mx.example", "mx.evil", ResolverSecurity::kInsecure, 60),
               Addresses("mx.evil", ResolverSecurity::kInsecure, 300)}));
  EXPECT_EQ(answer.alias_security, Security::kInsecure);
  EXPECT_EQ(answer.expires, kNow + 60);
}

TEST(ResolverMessage, AnswersAQuestionOfTypeCnameWithTheAlias) {
  const Answer answer = Read(
      Message(ResolverSecurity::kSecure,
              {Alias("mx.example", "b.example", ResolverSecurity::kSecure)}),
      {N("mx.example"), RrType::kCname});
  EXPECT_TRUE(answer.aliases.empty());
  EXPECT_THAT(answer.rdata, ElementsAre(Wire("b.example")));
}

std::string SoaRdata(uint32_t minimum) {
  std::string rdata =
      Wire("ns.example") + Wire("h.example") + std::string(16, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    rdata.push_back(static_cast<char>(minimum >> shift & 0xff));
  }
  return rdata;
}

// RFC 2308 5; RFC 7672 2.1.1: a denial is no failure.
TEST(ResolverMessage, DeniesForTheLeastOfSoaAndProof) {
  ResolverMessage message = Message(ResolverSecurity::kSecure, {});
  message.authority = {
      RrsetOf("example", kTypeSoa, ResolverSecurity::kSecure, 3600,
              {SoaRdata(900)}),
      RrsetOf("mx.example", kTypeNsec, ResolverSecurity::kSecure, 1200, {"x"})};
  Answer answer = Read(message);
  EXPECT_EQ(answer.security, Security::kSecure);
  EXPECT_TRUE(answer.name_exists);
  EXPECT_TRUE(answer.rdata.empty());
  EXPECT_EQ(answer.expires, kNow + 900);
  message.authority[1].ttl = 20;
  message.rcode = kRcodeNxDomain;
  answer = Read(message);
  EXPECT_FALSE(answer.name_exists);
  EXPECT_EQ(answer.expires, kNow + 20);
}

// Denials made from the negative cache have a message TTL of 0.
TEST(ResolverMessage, TakesTheMessagesLifeOnlyWithoutAnyRecord) {
  ResolverMessage message = Message(ResolverSecurity::kInsecure, {});
  EXPECT_EQ(Read(message).expires, kNow + 7777);
  message.ttl = 0;
  message.authority = {RrsetOf("example", kTypeSoa, ResolverSecurity::kInsecure,
                               50, {SoaRdata(900)})};
  EXPECT_EQ(Read(message).expires, kNow + 50);
}

// The proof that no closer name matches is part of a wildcard's answer.
TEST(ResolverMessage, LivesNoLongerThanTheProofOfAWildcard) {
  ResolverMessage message =
      Message(ResolverSecurity::kSecure,
              {Addresses("mx.example", ResolverSecurity::kSecure, 300)});
  message.authority = {
      RrsetOf("a.example", kTypeNsec, ResolverSecurity::kSecure, 25, {"x"})};
  EXPECT_EQ(Read(message).expires, kNow + 25);
}

TEST(ResolverMessage, HasNoRecordsWhereTheNameDoesNotExist) {
  ResolverMessage message =
      Message(ResolverSecurity::kSecure,
              {Addresses("mx.example", ResolverSecurity::kSecure)});
  message.rcode = kRcodeNxDomain;
  EXPECT_TRUE(Read(message).rdata.empty());
}

}  // namespace
}  // namespace danebound
