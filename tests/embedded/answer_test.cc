#include "stub/embedded/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/embedded/octets.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kNow = 1700000000;
// libunbound's numbers.
constexpr int kInsecure = 0;
constexpr int kBogus = 1;
constexpr int kSecure = 2;

Name N(absl::string_view text) { return Name::ParseText(text).value(); }

Answer Judge(const Question& question, const std::string& packet,
             int security) {
  UnboundResult result;
  result.rcode = 0;
  result.packet = packet;
  result.security = security;
  return AnswerFrom(question, result, kNow);
}

// The answer to "a.example TYPE" from a message with these parts.
Answer Judge(MessageParts parts, int security) {
  parts.name = "a.example";
  return Judge({N("a.example"), static_cast<RrType>(parts.type)},
               MessageOctets(parts), security);
}

std::string MxRdata(absl::string_view host) {
  return absl::StrCat(U16(10), WireName(host));
}

// One MX record at `owner`, TTL 300.
std::string MxRecord(absl::string_view owner = QuestionPointer()) {
  return Record(owner, kMx, 300, MxRdata("mx.example"));
}

std::string CnameRecord(absl::string_view owner, absl::string_view target,
                        uint32_t ttl = 300) {
  return Record(WireName(owner), kCname, ttl, WireName(target));
}

std::string SoaRecord(uint32_t ttl, uint32_t minimum) {
  return Record(WireName("example"), kSoa, ttl, SoaRdata(minimum));
}

MessageParts MxAnswer() {
  MessageParts parts;
  parts.answer = {MxRecord()};
  return parts;
}

MessageParts Denial(uint16_t rcode) {
  MessageParts parts;
  parts.flags = kResponse | rcode;
  parts.authority = {SoaRecord(900, 600)};
  return parts;
}

int64_t LifeOf(const Answer& answer) { return answer.expires - kNow; }

// --- Failures. RFC 7672 2.1.1, 2.1.2: none of them may look like a denial.

void ExpectFailure(const Answer& answer, absl::string_view why) {
  EXPECT_EQ(answer.security, Security::kFailed);
  EXPECT_THAT(answer.why, HasSubstr(std::string(why)));
  EXPECT_THAT(answer.rdata, IsEmpty());
  EXPECT_THAT(answer.aliases, IsEmpty());
  EXPECT_EQ(LifeOf(answer), kFailureLife);
}

TEST(AnswerFrom, FailsByDefault) {
  ExpectFailure(AnswerFrom({N("a.example"), RrType::kMx}, {}, kNow),
                "SERVFAIL");
}

TEST(AnswerFrom, FailsOnAnyRcodeWithoutPacket) {
  for (const int rcode : {1, 2, 3, 4, 5, 9, 16}) {
    UnboundResult result;
    result.rcode = rcode;
    result.security = kInsecure;
    ExpectFailure(AnswerFrom({N("a.example"), RrType::kMx}, result, kNow), "");
  }
}

// Unbound's error cache: "no error", insecure, and SERVFAIL in the header only.
TEST(AnswerFrom, FailsWhenOnlyTheHeaderSaysServfail) {
  MessageParts parts;
  parts.flags = kResponse | 2;
  ExpectFailure(Judge(parts, kInsecure), "SERVFAIL");
}

TEST(AnswerFrom, FailsOnEveryOtherRcodeInTheHeader) {
  for (uint16_t rcode = 1; rcode < 16; ++rcode) {
    if (rcode == 3) continue;
    MessageParts parts = Denial(rcode);
    EXPECT_EQ(Judge(parts, kInsecure).security, Security::kFailed) << rcode;
    EXPECT_EQ(Judge(parts, kSecure).security, Security::kFailed) << rcode;
  }
}

TEST(AnswerFrom, FailsWithoutPacketEvenWhenCalledSecure) {
  ExpectFailure(Judge({N("a.example"), RrType::kMx}, "", kSecure),
                "unreadable");
}

TEST(AnswerFrom, FailsOnUnreadablePacket) {
  MessageParts parts;
  parts.name = "a.example";
  const std::string whole = MessageOctets(parts);
  ExpectFailure(Judge({N("a.example"), RrType::kMx},
                      whole.substr(0, whole.size() - 1), kSecure),
                "unreadable answer: the question section");
}

TEST(AnswerFrom, FailsOnTruncatedPacket) {
  MessageParts parts = MxAnswer();
  parts.flags |= kTruncated;
  ExpectFailure(Judge(parts, kSecure), "truncated");
}

TEST(AnswerFrom, FailsOnPacketThatIsAQuery) {
  MessageParts parts = MxAnswer();
  parts.flags = 0;
  ExpectFailure(Judge(parts, kSecure), "no response");
}

TEST(AnswerFrom, FailsOnAnswerToAnotherQuestion) {
  MessageParts parts = MxAnswer();
  parts.name = "a.example";
  const std::string octets = MessageOctets(parts);
  ExpectFailure(Judge({N("b.example"), RrType::kMx}, octets, kSecure),
                "another question");
  ExpectFailure(Judge({N("a.example"), RrType::kA}, octets, kSecure),
                "another question");
}

TEST(AnswerFrom, SaysThatTheResolversOwnRateLimitFailedIt) {
  UnboundResult result;
  result.rate_limited = true;
  ExpectFailure(AnswerFrom({N("a.example"), RrType::kMx}, result, kNow),
                "ratelimit");
}

TEST(AnswerFrom, FailsOnRecordsForANameThatDoesNotExist) {
  MessageParts parts = MxAnswer();
  parts.flags |= 3;
  ExpectFailure(Judge(parts, kSecure), "NXDOMAIN, yet");
}

// RFC 2308 2.2
TEST(AnswerFrom, FailsOnReferral) {
  MessageParts parts;
  parts.authority = {
      Record(WireName("example"), kNs, 300, WireName("ns.example"))};
  ExpectFailure(Judge(parts, kInsecure), "referral");
}

TEST(AnswerFrom, FailsOnAliasLoop) {
  MessageParts parts;
  parts.answer = {CnameRecord("a.example", "b.example"),
                  CnameRecord("b.example", "a.example")};
  ExpectFailure(Judge(parts, kInsecure), "loop");
}

// --- Bogus

TEST(AnswerFrom, IsBogusWithTheValidatorsWords) {
  MessageParts parts = MxAnswer();
  parts.name = "a.example";
  const std::string octets = MessageOctets(parts);
  UnboundResult result;
  result.rcode = 0;
  result.packet = octets;
  result.security = kBogus;
  result.why_bogus = "signature expired";
  const Answer answer = AnswerFrom({N("a.example"), RrType::kMx}, result, kNow);
  EXPECT_EQ(answer.security, Security::kBogus);
  EXPECT_EQ(answer.why, "signature expired");
  EXPECT_EQ(answer.ede, 6);  // RFC 8914 4.7, DNSSEC Bogus
  EXPECT_THAT(answer.rdata, IsEmpty());
  EXPECT_EQ(LifeOf(answer), kFailureLife);
}

TEST(AnswerFrom, IsBogusWhereThereAreWordsAgainstIt) {
  MessageParts parts = MxAnswer();
  parts.name = "a.example";
  const std::string octets = MessageOctets(parts);
  UnboundResult result;
  result.rcode = 0;
  result.packet = octets;
  result.security = kInsecure;
  result.why_bogus = "sentinel";
  EXPECT_EQ(AnswerFrom({N("a.example"), RrType::kMx}, result, kNow).security,
            Security::kBogus);
}

TEST(AnswerFrom, IsBogusForAnUnknownSecurity) {
  for (const int security : {-1, 1, 3, 99}) {
    EXPECT_EQ(Judge(MxAnswer(), security).security, Security::kBogus);
  }
}

// --- Records

TEST(AnswerFrom, GivesRecordsWithTheirSecurity) {
  MessageParts parts = MxAnswer();
  parts.answer.push_back(
      Record(QuestionPointer(), kMx, 300, MxRdata("mx2.example")));
  const Answer answer = Judge(parts, kSecure);
  EXPECT_EQ(answer.security, Security::kSecure);
  EXPECT_TRUE(answer.name_exists);
  EXPECT_THAT(answer.rdata,
              ElementsAre(MxRdata("mx.example"), MxRdata("mx2.example")));
  EXPECT_EQ(Judge(parts, kInsecure).security, Security::kInsecure);
}

TEST(AnswerFrom, IgnoresRecordsOutsideTheChain) {
  MessageParts parts = MxAnswer();
  parts.answer.push_back(
      Record(WireName("other.example"), kMx, 1, MxRdata("evil.example")));
  parts.additional = {Record(QuestionPointer(), kMx, 1, MxRdata("x.example"))};
  const Answer answer = Judge(parts, kSecure);
  EXPECT_THAT(answer.rdata, ElementsAre(MxRdata("mx.example")));
  EXPECT_EQ(LifeOf(answer), 300);
}

TEST(AnswerFrom, KeepsTlsaOfTooFewOctets) {
  MessageParts parts;
  parts.type = kTlsa;
  parts.answer = {Record(QuestionPointer(), kTlsa, 300, ""),
                  Record(QuestionPointer(), kTlsa, 300, "\3\1")};
  EXPECT_THAT(Judge(parts, kSecure).rdata, ElementsAre("", "\3\1"));
}

// --- Denials. RFC 7672 2.1.1: they are no failures.

TEST(AnswerFrom, TakesNodataAsDenial) {
  const Answer answer = Judge(Denial(0), kSecure);
  EXPECT_EQ(answer.security, Security::kSecure);
  EXPECT_TRUE(answer.name_exists);
  EXPECT_THAT(answer.rdata, IsEmpty());
}

TEST(AnswerFrom, TakesNxdomainAsDenial) {
  const Answer answer = Judge(Denial(3), kInsecure);
  EXPECT_EQ(answer.security, Security::kInsecure);
  EXPECT_FALSE(answer.name_exists);
}

// RFC 2308 5: the SOA's TTL or its minimum, whichever is less.
TEST(AnswerFrom, GivesDenialTheNegativeTtl) {
  EXPECT_EQ(LifeOf(Judge(Denial(0), kSecure)), 600);
  MessageParts parts = Denial(3);
  parts.authority = {SoaRecord(120, 600)};
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 120);
}

TEST(AnswerFrom, GivesDenialNoMoreLifeThanItsProofs) {
  for (const uint16_t type : {kNsec, kNsec3}) {
    MessageParts parts = Denial(0);
    parts.authority.push_back(Record(WireName("a.example"), type, 90, "proof"));
    EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 90);
    parts.authority.push_back(Record(WireName("a.example"), kRrsig, 900,
                                     RrsigRdata(type, 900, kNow + 40)));
    EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 40);
  }
}

// RFC 2308 5: a denial without SOA is not kept.
TEST(AnswerFrom, GivesDenialWithoutSoaNoLife) {
  EXPECT_EQ(LifeOf(Judge(MessageParts(), kInsecure)), 0);
}

// --- Aliases

TEST(AnswerFrom, FollowsAliasesInAnyOrder) {
  MessageParts parts;
  parts.answer = {MxRecord(WireName("c.example")),
                  CnameRecord("b.example", "c.example", 200),
                  CnameRecord("a.example", "b.example")};
  const Answer answer = Judge(parts, kSecure);
  EXPECT_THAT(answer.aliases, ElementsAre(N("b.example"), N("c.example")));
  EXPECT_THAT(answer.rdata, ElementsAre(MxRdata("mx.example")));
  EXPECT_EQ(LifeOf(answer), 200);
}

TEST(AnswerFrom, KeepsAliasesOfADenial) {
  MessageParts parts = Denial(3);
  parts.answer = {CnameRecord("a.example", "gone.example")};
  const Answer answer = Judge(parts, kSecure);
  EXPECT_THAT(answer.aliases, ElementsAre(N("gone.example")));
  EXPECT_FALSE(answer.name_exists);
}

// RFC 7672 2.2.2: the alias alone may be secure where the whole is not, which
// libunbound does not tell.
TEST(AnswerFrom, KnowsTheAliasSecureOnlyWhereTheWholeIs) {
  MessageParts parts;
  parts.answer = {CnameRecord("a.example", "b.example"),
                  MxRecord(WireName("b.example"))};
  EXPECT_EQ(Judge(parts, kSecure).alias_security, Security::kSecure);
  EXPECT_EQ(Judge(parts, kInsecure).alias_security, absl::nullopt);
  EXPECT_EQ(Judge(MxAnswer(), kSecure).alias_security, absl::nullopt);
}

TEST(AnswerFrom, AnswersAQuestionForTheAliasWithItsRdata) {
  MessageParts parts;
  parts.type = kCname;
  parts.answer = {CnameRecord("a.example", "b.example", 70)};
  const Answer answer = Judge(parts, kSecure);
  EXPECT_THAT(answer.rdata, ElementsAre(WireName("b.example")));
  EXPECT_THAT(answer.aliases, IsEmpty());
  EXPECT_EQ(LifeOf(answer), 70);
}

// RFC 6672 3.1: such a CNAME has no signature of its own.
TEST(AnswerFrom, GivesAliasMadeFromDnameTheLifeOfTheDname) {
  MessageParts parts;
  parts.answer = {
      Record(WireName("example"), kDname, 500, WireName("test.example")),
      Record(WireName("example"), kRrsig, 500,
             RrsigRdata(kDname, 500, kNow + 50)),
      CnameRecord("a.example", "a.test.example", 0),
      MxRecord(WireName("a.test.example"))};
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 50);
  parts.type = kCname;
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 50);
}

// --- The DNAME above an alias. RFC 6672 2.2

MessageParts AliasMadeFromDname() {
  MessageParts parts;
  parts.name = "a.example";
  parts.type = kCname;
  parts.answer = {
      Record(WireName("example"), kDname, 500, WireName("test.example")),
      CnameRecord("a.example", "a.test.example")};
  return parts;
}

TEST(DnameAbove, FindsTheOwner) {
  const std::string packet = MessageOctets(AliasMadeFromDname());
  EXPECT_EQ(DnameAbove({N("a.example"), RrType::kCname}, packet), N("example"));
  EXPECT_EQ(DnameAbove({N("a.example"), RrType::kA}, packet), absl::nullopt);
  EXPECT_EQ(DnameAbove({N("example"), RrType::kCname}, packet), absl::nullopt);
  EXPECT_EQ(DnameAbove({N("a.test"), RrType::kCname}, packet), absl::nullopt);
  EXPECT_EQ(DnameAbove({N("a.example"), RrType::kCname}, ""), absl::nullopt);
}

Answer DnameAnswer(absl::string_view target, Security security) {
  Answer answer;
  answer.security = security;
  answer.rdata = {WireName(target)};
  answer.expires = kNow + 70;
  return answer;
}

TEST(AliasFromDname, SubstitutesNamesAndKeepsSecurityAndLife) {
  for (const Security security : {Security::kInsecure, Security::kSecure}) {
    const Answer answer =
        AliasFromDname({N("mx.a.example"), RrType::kCname}, N("example"),
                       DnameAnswer("other.test", security), kNow);
    EXPECT_EQ(answer.security, security);
    EXPECT_THAT(answer.rdata, ElementsAre(WireName("mx.a.other.test")));
    EXPECT_EQ(LifeOf(answer), 70);
  }
}

TEST(AliasFromDname, FailsWhereTheDnameDoes) {
  const Question question{N("mx.example"), RrType::kCname};
  EXPECT_EQ(AliasFromDname(question, N("example"),
                           FailedAnswer("SERVFAIL", kNow), kNow)
                .security,
            Security::kFailed);
  Answer denial;
  denial.security = Security::kSecure;
  EXPECT_EQ(AliasFromDname(question, N("example"), denial, kNow).security,
            Security::kFailed);
}

TEST(AliasFromDname, FailsWhereTheNameGetsTooLong) {
  const std::string label(63, 'a');
  const std::string longest =
      absl::StrCat(label, ".", label, ".", label, ".", std::string(55, 'b'));
  EXPECT_EQ(AliasFromDname({N("mx.long.example"), RrType::kCname}, N("example"),
                           DnameAnswer(longest, Security::kSecure), kNow)
                .security,
            Security::kFailed);
}

// --- Life. RFC 4035 5.3.3, RFC 7672 2.1: no longer than its signatures.

MessageParts SignedMx(const std::vector<std::string>& rrsigs) {
  MessageParts parts = MxAnswer();
  for (const std::string& rrsig : rrsigs) {
    parts.answer.push_back(Record(QuestionPointer(), kRrsig, 300, rrsig));
  }
  return parts;
}

TEST(AnswerFrom, LivesForTheLeastTtl) {
  MessageParts parts = MxAnswer();
  parts.answer.push_back(
      Record(QuestionPointer(), kMx, 30, MxRdata("mx2.example")));
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 30);
}

TEST(AnswerFrom, LivesNoLongerThanItsSignature) {
  EXPECT_EQ(
      LifeOf(Judge(SignedMx({RrsigRdata(kMx, 300, kNow + 100)}), kSecure)),
      100);
}

TEST(AnswerFrom, LivesNoLongerThanTheOriginalTtl) {
  EXPECT_EQ(
      LifeOf(Judge(SignedMx({RrsigRdata(kMx, 60, kNow + 100000)}), kSecure)),
      60);
}

TEST(AnswerFrom, IgnoresSignaturesOfOtherRecords) {
  MessageParts parts = SignedMx({RrsigRdata(kA, 1, kNow + 1)});
  parts.answer.push_back(
      Record(WireName("example"), kRrsig, 300, RrsigRdata(kMx, 1, kNow + 1)));
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 300);
}

TEST(AnswerFrom, IgnoresAnExpiredSignatureBesideALivingOne) {
  EXPECT_EQ(LifeOf(Judge(SignedMx({RrsigRdata(kMx, 300, kNow - 9),
                                   RrsigRdata(kMx, 300, kNow + 200)}),
                         kSecure)),
            200);
}

// The validator allows some skew; what it let pass is not kept.
TEST(AnswerFrom, GivesNoLifeWhereAllSignaturesHaveExpired) {
  EXPECT_EQ(LifeOf(Judge(SignedMx({RrsigRdata(kMx, 300, kNow - 9)}), kSecure)),
            0);
}

TEST(AnswerFrom, DoesNotTieInsecureAnswersToExpiredSignatures) {
  EXPECT_EQ(
      LifeOf(Judge(SignedMx({RrsigRdata(kMx, 300, kNow - 9)}), kInsecure)),
      300);
}

// RFC 4034 3.1.5: 32 bits, in serial number arithmetic.
TEST(AnswerFrom, ReadsExpirationsBeyond2106) {
  constexpr int64_t kLate = 4294967290;  // six seconds before the wrap
  UnboundResult result;
  MessageParts parts = SignedMx({RrsigRdata(kMx, 300, kLate + 20)});
  parts.name = "a.example";
  const std::string octets = MessageOctets(parts);
  result.rcode = 0;
  result.packet = octets;
  result.security = kSecure;
  const Answer answer =
      AnswerFrom({N("a.example"), RrType::kMx}, result, kLate);
  EXPECT_EQ(answer.expires, kLate + 20);
}

// RFC 4035 5.3.4: the proof that no closer name exists is part of the answer.
TEST(AnswerFrom, LivesNoLongerThanTheProofOfItsWildcard) {
  MessageParts parts = MxAnswer();
  parts.authority = {Record(WireName("a.example"), kNsec, 20, "proof"),
                     Record(WireName("example"), kNs, 5, WireName("ns.x"))};
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 20);
}

TEST(AnswerFrom, SurvivesShortRrsigAndSoa) {
  MessageParts parts = Denial(0);
  parts.authority = {Record(WireName("example"), kSoa, 900, "xyz"),
                     Record(WireName("example"), kRrsig, 900, "short")};
  EXPECT_EQ(LifeOf(Judge(parts, kSecure)), 0);
}

}  // namespace
}  // namespace danebound
