#include "stub/serve/socketmap/sendmail_policy.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace danebound {
namespace {

HostVerdict Host(Duty duty, Cause cause = Cause::kNone) {
  HostVerdict host;
  host.duty = duty;
  host.cause = cause;
  if (duty == Duty::kAuthenticate || duty == Duty::kEncrypt) {
    host.tlsa.push_back(Tlsa{});
  }
  return host;
}

Verdict Mail(std::vector<HostVerdict> hosts) {
  Verdict verdict;
  verdict.kind = Kind::kMx;
  verdict.security = Security::kSecure;
  verdict.disposition = Disposition::kDeliver;
  verdict.hosts = std::move(hosts);
  return verdict;
}

// The octets that Sendmail gets for a verdict.
std::string ReplyTo(const Verdict& verdict,
                    InsecureMx choice = InsecureMx::kOpportunistic) {
  return EncodeSocketmapReply(
      SendmailReplyFor(PolicyFor(verdict, choice), verdict));
}

const std::string kAuthenticate = "15:OK authenticate,";
const std::string kEncrypt = "16:OK TEMP+ENCR:128,";
const std::string kNotFound = "9:NOTFOUND ,";

TEST(SendmailPolicy, DefersByDefault) {
  EXPECT_EQ(ReplyTo(Verdict()), "18:OK defer:mx-failed,");
}

// RFC 7672 2.2: never served by encryption
TEST(SendmailPolicy, AuthenticatesWhereAnyHostMust) {
  const HostVerdict tlsa = Host(Duty::kAuthenticate);
  EXPECT_EQ(ReplyTo(Mail({tlsa})), kAuthenticate);
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kOpportunistic), tlsa})), kAuthenticate);
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kEncrypt), tlsa})), kAuthenticate);
}

// RFC 7672 2.1.2: a failure is never "no DANE", and Sendmail cannot skip a
// host.
TEST(SendmailPolicy, AuthenticatesWhereAHostMustBeSkipped) {
  for (const Cause cause : {Cause::kAddressFailed, Cause::kTlsaFailed,
                            Cause::kNotEvaluated, Cause::kDaneRequired}) {
    const HostVerdict skipped = Host(Duty::kSkip, cause);
    EXPECT_EQ(ReplyTo(Mail({Host(Duty::kEncrypt), skipped})), kAuthenticate)
        << ToText(cause);
  }
}

TEST(SendmailPolicy, DefersWhereNoHostMayBeUsedNow) {
  Verdict verdict = Mail({Host(Duty::kSkip, Cause::kTlsaFailed)});
  verdict.disposition = Disposition::kDefer;
  EXPECT_EQ(ReplyTo(verdict), "20:OK defer:tlsa-failed,");
}

TEST(SendmailPolicy, AuthenticatesWhereTheListIsNotComplete) {
  Verdict verdict = Mail({Host(Duty::kEncrypt)});
  verdict.truncated = true;
  EXPECT_EQ(ReplyTo(verdict), kAuthenticate);
}

// RFC 7672 2.2: no usable record, hence TLS without authentication
TEST(SendmailPolicy, EncryptsWhereNoHostIsOwedMore) {
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kEncrypt)})), kEncrypt);
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kEncrypt), Host(Duty::kOpportunistic)})),
            kEncrypt);
  EXPECT_EQ(ReplyTo(Mail(
                {Host(Duty::kEncrypt), Host(Duty::kSkip, Cause::kNoAddress)})),
            kEncrypt);
}

TEST(SendmailPolicy, DemandsNothingWhereDaneSaysNothing) {
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kOpportunistic)})), kNotFound);
  EXPECT_EQ(ReplyTo(Mail({Host(Duty::kSkip, Cause::kNoAddress)})), kNotFound);
}

// RFC 7672 2.2.1
TEST(SendmailPolicy, FollowsTheChoiceBehindAnInsecureMx) {
  Verdict verdict = Mail({Host(Duty::kAuthenticate)});
  verdict.insecure_mx = true;
  EXPECT_EQ(ReplyTo(verdict, InsecureMx::kOpportunistic), kNotFound);
  EXPECT_EQ(ReplyTo(verdict, InsecureMx::kEncrypt), kEncrypt);
  EXPECT_EQ(ReplyTo(verdict, InsecureMx::kAuthenticate), kAuthenticate);
}

TEST(SendmailPolicy, DefersWithTheReason) {
  Verdict verdict;
  verdict.reasons.push_back({ReasonId::kMxBogus, "signature expired", 7});
  EXPECT_EQ(ReplyTo(verdict), "17:OK defer:mx-bogus,");
  EXPECT_EQ(EncodeSocketmapReply(SendmailDefer("deadline")),
            "17:OK defer:deadline,");
}

}  // namespace
}  // namespace danebound
