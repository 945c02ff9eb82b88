#include "stub/smtp/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Done = SmtpSession::Done;
using Failed = SmtpSession::Failed;
using TlsDue = SmtpSession::TlsDue;

constexpr absl::string_view kBanner = "220 mx.example ESMTP\r\n";
constexpr absl::string_view kEhlo = "250-mx.example\r\n250 STARTTLS\r\n";
constexpr absl::string_view kReady = "220 go ahead\r\n";

SmtpSession SessionAfter(const std::vector<absl::string_view>& replies) {
  SmtpSession session(TlsStart::kStartTls, "me.example");
  for (const absl::string_view reply : replies) session.OnOctets(reply);
  return session;
}

template <typename State>
bool Is(const SmtpSession& session) {
  return std::holds_alternative<State>(session.state());
}

Failed FailureOf(const SmtpSession& session) {
  const auto* failed = std::get_if<Failed>(&session.state());
  EXPECT_NE(failed, nullptr);
  return failed == nullptr ? Failed() : *failed;
}

// RFC 3207 4, 4.2
TEST(SmtpSession, GoesThroughStartTlsAndSaysEhloAgain) {
  SmtpSession session(TlsStart::kStartTls, "me.example");
  EXPECT_EQ(session.TakeOutput(), "");
  session.OnOctets(kBanner);
  EXPECT_EQ(session.TakeOutput(), "EHLO me.example\r\n");
  session.OnOctets(kEhlo);
  EXPECT_EQ(session.TakeOutput(), "STARTTLS\r\n");
  session.OnOctets(kReady);
  ASSERT_TRUE(Is<TlsDue>(session));
  session.OnTls();
  EXPECT_EQ(session.TakeOutput(), "EHLO me.example\r\n");
  session.OnOctets("250-mx.example\r\n250-REQUIRETLS\r\n250 SMTPUTF8\r\n");
  EXPECT_TRUE(Is<Done>(session));
  EXPECT_EQ(session.seen().banner, "mx.example ESMTP");
  EXPECT_THAT(session.seen().extensions, ElementsAre("STARTTLS"));
  EXPECT_THAT(session.seen().tls_extensions,
              ElementsAre("REQUIRETLS", "SMTPUTF8"));
}

// RFC 8314 3
TEST(SmtpSession, TalksOnlyInsideTlsWhereTlsIsImplicit) {
  SmtpSession session(TlsStart::kImplicit, "me.example");
  ASSERT_TRUE(Is<TlsDue>(session));
  session.OnTls();
  EXPECT_EQ(session.TakeOutput(), "");
  session.OnOctets(kBanner);
  EXPECT_EQ(session.TakeOutput(), "EHLO me.example\r\n");
  session.OnOctets("250-mx.example\r\n250 AUTH PLAIN\r\n");
  EXPECT_TRUE(Is<Done>(session));
}

TEST(SmtpSession, TakesRepliesInAnyPieces) {
  SmtpSession session(TlsStart::kStartTls, "me.example");
  for (const absl::string_view reply : {kBanner, kEhlo, kReady}) {
    for (const char& octet : reply) session.OnOctets({&octet, 1});
  }
  EXPECT_TRUE(Is<TlsDue>(session));
}

TEST(SmtpSession, KnowsStartTlsInAnyCase) {
  EXPECT_FALSE(
      Is<Failed>(SessionAfter({kBanner, "250-mx\r\n250 starttls\r\n"})));
}

// RFC 7672 1.3.1: a downgrade looks like this.
TEST(SmtpSession, FailsWhereStartTlsIsNotOffered) {
  for (const absl::string_view reply :
       {"250 STARTTLS\r\n", "250-mx\r\n250 XXXXXXXA\r\n",
        "250-mx\r\n250 STARTTLSX\r\n"}) {
    const Failed failed = FailureOf(SessionAfter({kBanner, reply}));
    EXPECT_EQ(failed.fault, SmtpFault::kNoStartTls) << reply;
    EXPECT_EQ(failed.step, SmtpStep::kStartTls);
  }
}

TEST(SmtpSession, CountsAnOfferThatIsMadeTwice) {
  const SmtpSession session =
      SessionAfter({kBanner, "250-mx\r\n250-STARTTLS\r\n250 STARTTLS\r\n"});
  EXPECT_EQ(session.seen().starttls_offers, 2U);
  EXPECT_FALSE(Is<Failed>(session));
}

// RFC 5321 3.2: a server that refuses EHLO is asked with HELO, and HELO knows
// no STARTTLS.
TEST(SmtpSession, TriesHeloWhereEhloIsRefused) {
  SmtpSession session = SessionAfter({kBanner, "502 what?\r\n"});
  EXPECT_EQ(session.TakeOutput(), "HELO me.example\r\n");
  session.OnOctets("250 mx.example\r\n");
  EXPECT_EQ(FailureOf(session).fault, SmtpFault::kNoStartTls);
  EXPECT_TRUE(session.seen().helo);
}

TEST(SmtpSession, FailsWhereTheServerRefuses) {
  for (const absl::string_view refusal : {"421 later\r\n", "554 never\r\n"}) {
    const Failed banner = FailureOf(SessionAfter({refusal}));
    EXPECT_EQ(banner.step, SmtpStep::kBanner);
    EXPECT_EQ(banner.fault, SmtpFault::kRefused);
    EXPECT_THAT(banner.why, HasSubstr(std::string(refusal.substr(0, 8))));
    const Failed starttls = FailureOf(SessionAfter({kBanner, kEhlo, refusal}));
    EXPECT_EQ(starttls.step, SmtpStep::kStartTls);
    EXPECT_EQ(starttls.fault, SmtpFault::kStartTlsRefused);
    SmtpSession in_tls = SessionAfter({kBanner, kEhlo, kReady});
    in_tls.OnTls();
    in_tls.OnOctets(refusal);
    EXPECT_EQ(FailureOf(in_tls).step, SmtpStep::kEhloInTls);
  }
  EXPECT_EQ(FailureOf(SessionAfter({kBanner, "421 later\r\n"})).step,
            SmtpStep::kEhlo);
  EXPECT_EQ(FailureOf(SessionAfter({kBanner, "502 no\r\n", "502 no\r\n"})).step,
            SmtpStep::kHelo);
}

// CVE-2011-0411 and its kin: what is said before TLS must not count inside it.
TEST(SmtpSession, FailsWhereClearTextFollowsTheStartTlsReply) {
  for (const std::vector<absl::string_view>& replies :
       {std::vector<absl::string_view>{kBanner, kEhlo,
                                       "220 go ahead\r\n250 injected\r\n"},
        {kBanner, kEhlo, kReady, "2"}}) {
    const Failed failed = FailureOf(SessionAfter(replies));
    EXPECT_EQ(failed.fault, SmtpFault::kPlaintext);
    EXPECT_EQ(failed.step, SmtpStep::kTls);
  }
}

TEST(SmtpSession, FailsWhereTheServerCloses) {
  const std::vector<absl::string_view> replies = {kBanner, kEhlo, kReady};
  const std::vector<SmtpStep> steps = {SmtpStep::kBanner, SmtpStep::kEhlo,
                                       SmtpStep::kStartTls, SmtpStep::kTls};
  for (size_t i = 0; i < steps.size(); ++i) {
    SmtpSession session = SessionAfter({replies.begin(), replies.begin() + i});
    session.OnEnd();
    EXPECT_EQ(FailureOf(session).step, steps[i]);
    EXPECT_EQ(FailureOf(session).fault, SmtpFault::kClosed);
  }
}

TEST(SmtpSession, FailsOnGarbageAndSendsNothingMore) {
  SmtpSession session = SessionAfter({"SSH-2.0-OpenSSH_9.2\r\n"});
  EXPECT_EQ(FailureOf(session).fault, SmtpFault::kGarbage);
  EXPECT_EQ(session.TakeOutput(), "");
  session.OnOctets(kBanner);
  EXPECT_EQ(session.TakeOutput(), "");
}

TEST(SmtpSession, EndsABannerWithoutEnd) {
  SmtpSession session(TlsStart::kStartTls, "me.example");
  for (size_t sent = 0; sent < 2 * kMostReplyOctets; sent += 13) {
    session.OnOctets("220-welcome\r\n");
  }
  EXPECT_EQ(FailureOf(session).fault, SmtpFault::kGarbage);
}

}  // namespace
}  // namespace danebound
