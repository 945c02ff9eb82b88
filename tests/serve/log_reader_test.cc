#include "stub/serve/log/log_reader.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/serve/log/decision_log.h"
#include "stub/serve/log/log_summary.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr absl::string_view kDeferred =
    "decision protocol=socketmap next_hop=a.example policy=audit answer=may "
    "would_answer=TEMP kind=failed security=bogus disposition=defer "
    "reasons=mx-bogus";
constexpr absl::string_view kDelivered =
    "decision protocol=socketmap next_hop=a.example policy=audit answer=may "
    "would_answer=dane-only kind=mx security=secure disposition=deliver "
    "hosts=mx.a.example:authenticate";

LoggedDecision Read(absl::string_view line) {
  const auto decision = ReadLogLine(line);
  EXPECT_TRUE(decision.ok() && decision->has_value()) << line;
  return decision.ok() && decision->has_value() ? **decision : LoggedDecision();
}

bool IsOther(absl::string_view line) {
  const auto decision = ReadLogLine(line);
  return decision.ok() && !decision->has_value();
}

TEST(LogReader, ReadsADecisionThatDefers) {
  const LoggedDecision decision = Read(kDeferred);
  EXPECT_EQ(decision.next_hop, "a.example");
  EXPECT_EQ(decision.policy, "audit");
  EXPECT_TRUE(decision.defers);
  EXPECT_TRUE(decision.demands_tls);
  EXPECT_THAT(decision.reasons, ElementsAre("mx-bogus"));
  EXPECT_EQ(decision.time, "");
}

// The verdict delivers, and the mail waits all the same.
TEST(LogReader, CountsAsDeferredWhatWaitsForTheMailServersResolver) {
  const std::string line =
      "decision protocol=socketmap next_hop=a.example policy=audit "
      "answer=NOTFOUND would_answer=TEMP kind=mx security=secure "
      "disposition=deliver hosts=mx.a.example:encrypt";
  EXPECT_TRUE(Read(line).defers);
  const LoggedDecision decision =
      Read(line + " reasons=mta-resolver error=\"a file: no\"");
  EXPECT_TRUE(decision.defers);
  EXPECT_THAT(decision.reasons, ElementsAre("mta-resolver"));
}

TEST(LogReader, ReadsADecisionThatDemandsTls) {
  const LoggedDecision decision = Read(kDelivered);
  EXPECT_FALSE(decision.defers);
  EXPECT_TRUE(decision.demands_tls);
}

// What the log writes, the reader reads: whatever a value holds.
TEST(LogReader, ReadsWhatTheLogWrites) {
  const std::string odd = "a\nb \"c\\\" =d \x1b: decision next_hop=e";
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    const std::string line =
        LogLine(format, 0, "decision",
                {{"key", odd}, {"answer", "TEMP"}, {"error", "no key"}});
    EXPECT_EQ(Read(line).next_hop, odd) << line;
    EXPECT_TRUE(Read(line).defers);
  }
}

TEST(LogReader, TakesTheTimeOfTheLineOrOfWhatStandsBeforeIt) {
  EXPECT_EQ(Read(LogLine(LogFormat::kJson, 1795332600, "decision",
                         {{"next_hop", "a.example"}}))
                .time,
            "2026-11-22T07:30:00Z");
  for (const auto& [before, time] :
       std::vector<std::pair<std::string, std::string>>{
           {"Nov 22 07:30:00 mx danebound[712]: ", "Nov 22 07:30:00"},
           {"Nov  2 07:30:00 mx danebound[712]: ", "Nov  2 07:30:00"},
           {"2026-11-22T07:30:00+0100 mx danebound[712]: ",
            "2026-11-22T07:30:00+0100"},
           {"danebound[712]: ", ""},
           {"", ""}}) {
    const LoggedDecision decision = Read(before + std::string(kDeferred));
    EXPECT_EQ(decision.time, time);
    EXPECT_EQ(decision.next_hop, "a.example");
  }
}

TEST(LogReader, ReadsJsonBehindAPrefix) {
  EXPECT_EQ(Read("Nov 22 07:30:00 mx danebound[712]: "
                 R"({"event":"decision","next_hop":"a.example"})")
                .next_hop,
            "a.example");
}

// Policy `off` looks nothing up, and so nothing would be deferred.
TEST(LogReader, DefersNothingThatWasNotLookedUp) {
  const LoggedDecision decision = Read(
      "decision protocol=socketmap next_hop=a.example policy=off answer=may");
  EXPECT_FALSE(decision.defers);
  EXPECT_FALSE(decision.demands_tls);
}

TEST(LogReader, KnowsTheExceptionThatWasInForce) {
  EXPECT_EQ(Read("decision protocol=socketmap next_hop=a.example "
                 "policy=enforce exception=\"ticket 1234\" answer=may")
                .exception,
            "ticket 1234");
}

// RFC 7672 2.2.1, 6
TEST(LogReader, KnowsByWhichChoicesWasDecided) {
  const std::string insecure =
      "decision next_hop=a.example policy=require security=insecure hosts=";
  EXPECT_TRUE(Read(insecure + "b:skip/dane-required").require);
  EXPECT_EQ(Read(insecure + "b:opportunistic").insecure_mx,
            InsecureMx::kOpportunistic);
  EXPECT_EQ(Read(insecure + "b:encrypt").insecure_mx, InsecureMx::kEncrypt);
  EXPECT_EQ(Read(insecure + "b:encrypt,c:authenticate").insecure_mx,
            InsecureMx::kAuthenticate);
}

TEST(LogReader, PassesOverWhatIsNoDecision) {
  for (const absl::string_view line :
       {"", " ", "=", "{", "{}", "[]", "reloaded", "decision",
        "serving listeners=2 asks=/run/danebound/module.sock",
        "-- Boot 4f2a --", "Nov 22 07:30:00 mx postfix/smtp[1]: to=<a@b>",
        R"({"event":"reloaded"})", R"({"event":1})", R"({"decision":{}})",
        "warning error=\"x: decision next_hop=forged.example answer=TEMP\"",
        "\xff\xfe\x00"}) {
    EXPECT_TRUE(IsOther(line)) << line;
  }
}

TEST(LogReader, RefusesADecisionThatIsCutOrChanged) {
  for (const absl::string_view line :
       {"decision protocol=socketmap", "decision next_hop=\"a.example",
        "decision next_hop=\"a\"b answer=may", "decision next_hop=a.example x",
        "decision next_hop=\"\\", R"({"event":"decision","next_hop":"a)",
        R"({"event":"decision"})", R"({"event":"decision","next_hop":1})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ReadLogLine(line).status())) << line;
  }
}

TEST(LogSummary, CountsByNextHopWhatEnforcingWouldDefer) {
  LogSummary summary;
  for (const std::string& line :
       {"Nov 20 01:00:00 mx d[1]: " + std::string(kDelivered),
        "Nov 21 01:00:00 mx d[1]: " + std::string(kDeferred),
        "Nov 22 01:00:00 mx d[1]: " + std::string(kDeferred),
        std::string("Nov 23 01:00:00 mx d[1]: decision next_hop=b.example "
                    "policy=off answer=may"),
        std::string("reloaded"), std::string("decision next_hop=\"")}) {
    AddLogLine(line, summary);
  }
  EXPECT_EQ(summary.decisions, 4);
  EXPECT_EQ(summary.other_lines, 1);
  EXPECT_EQ(summary.unreadable_lines, 1);
  ASSERT_EQ(summary.next_hops.size(), 2u);
  const NextHopSummary& a = summary.next_hops.at("a.example");
  EXPECT_EQ(a.decisions, 3);
  EXPECT_EQ(a.deferred, 2);
  EXPECT_EQ(a.first_deferred, "Nov 21 01:00:00");
  EXPECT_EQ(a.last_deferred, "Nov 22 01:00:00");
  EXPECT_THAT(a.reasons, ElementsAre(Pair("mx-bogus", 2)));
  EXPECT_TRUE(a.demands_tls);
  EXPECT_EQ(summary.next_hops.at("b.example").deferred, 0);
}

TEST(LogSummary, NamesADeferralThatTheLogGivesNoReasonFor) {
  LogSummary summary;
  AddLogLine("decision asked=a.example answer=error error=gone", summary);
  EXPECT_THAT(summary.next_hops.at("a.example").reasons,
              ElementsAre(Pair("no-verdict", 1)));
}

}  // namespace
}  // namespace danebound
