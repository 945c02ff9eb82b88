// `danebound log-summary` without any network, and the report it prints.
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/cli/forms/log_summary_report.h"
#include "tests/cli/run_command.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kDelivered =
    "decision protocol=socketmap next_hop=good.example policy=audit answer=may "
    "would_answer=dane-only kind=mx security=secure disposition=deliver "
    "hosts=mx.good.example:authenticate\n";
constexpr const char* kDeferred =
    "Nov 22 09:00:00 mx danebound[712]: decision protocol=socketmap "
    "next_hop=bogus.example policy=audit answer=may would_answer=TEMP "
    "kind=failed security=bogus disposition=defer reasons=mx-bogus\n";

CommandResult Summarize(const std::string& log) {
  return RunCommand({"log-summary", "--no-check"}, {log, {}});
}

TEST(LogSummaryCommand, SaysWhoWouldBeDeferredAndForWhat) {
  const CommandResult result =
      Summarize(std::string(kDelivered) + kDeferred + "reloaded\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output,
            "2 decisions on 2 next hops, 1 other line\n"
            "\n"
            "bogus.example: deferred\n"
            "  policy     audit\n"
            "  log        1 of 1 decision: mx-bogus 1\n"
            "             Nov 22 09:00:00\n");
}

TEST(LogSummaryCommand, EndsWellWhereNobodyWouldBeDeferred) {
  const CommandResult result = Summarize(kDelivered);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("nobody would be deferred for what DNS "
                                       "said; no server was checked\n"));
}

// A bad line ends nothing, and is not hidden.
TEST(LogSummaryCommand, CountsLinesThatCannotBeRead) {
  const CommandResult result =
      Summarize(std::string("decision next_hop=\"\n\xff\n") + kDelivered);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output,
              StartsWith("1 decision on 1 next hop, 1 other line, 1 decision "
                         "that cannot be read\n"));
}

TEST(LogSummaryCommand, SaysNothingOfALogWithoutDecisions) {
  const CommandResult result = Summarize("reloaded\n");
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, Not(HasSubstr("nobody")));
}

TEST(LogSummaryCommand, NamesAFileThatItCannotRead) {
  const CommandResult result =
      RunCommand({"log-summary", "--no-check", "/nonexistent/log"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("/nonexistent/log: No such file"));
}

TEST(LogSummaryCommand, LeavesOutWhatIsOlder) {
  const std::string log =
      std::string(kDelivered) +
      "2026-11-20T08:00:00Z decision protocol=socketmap next_hop=old.example "
      "policy=audit disposition=defer reasons=mx-bogus\n"
      "2026-11-22T08:00:00Z decision protocol=socketmap next_hop=new.example "
      "policy=audit disposition=defer reasons=mx-bogus\n";
  const CommandResult result = RunCommand(
      {"log-summary", "--no-check", "--since", "2026-11-21T00:00:00Z"},
      {log, {}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output,
              StartsWith("2 decisions on 2 next hops, 0 other lines\n"
                         "1 earlier decision left out\n"
                         "1 decision without a time counted\n"));
  EXPECT_THAT(result.output, HasSubstr("new.example: deferred"));
  EXPECT_THAT(result.output, Not(HasSubstr("old.example")));
}

TEST(LogSummaryCommand, RefusesATimeThatIsNone) {
  const CommandResult result =
      RunCommand({"log-summary", "--since", "long ago"}, {kDelivered, {}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.errors, HasSubstr("danebound: --since: long ago is no "
                                       "time"));
}

// The log of serve says what Postfix was told, Postfix's own what it did.
TEST(LogSummaryCommand, SaysWhatBecameOfTheMessages) {
  TemporaryFolder folder;
  const std::string mail_log = folder.path() + "/mail.log";
  std::ofstream(mail_log)
      << "Nov 22 09:00:00 mx postfix/smtp[7]: 4A: to=<a@good.example>, "
         "relay=mx.good.example[192.0.2.1]:25, dsn=4.7.5, status=deferred "
         "(Server certificate not trusted)\n"
         "Nov 22 09:00:00 mx postfix/smtp[8]: 4B: to=<a@bogus.example>, "
         "relay=mx.bogus.example[192.0.2.2]:25, dsn=2.0.0, status=sent (250)\n";
  const std::vector<std::string> arguments = {"log-summary", "--no-check",
                                              "--mail-log", mail_log};
  const CommandInput input = {std::string(kDelivered) + kDeferred, {}};
  const CommandResult result = RunCommand(arguments, input);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output,
            "2 decisions on 2 next hops, 0 other lines\n"
            "2 deliveries in the mail log\n"
            "\n"
            "bogus.example: deferred\n"
            "  policy     audit\n"
            "  log        1 of 1 decision: mx-bogus 1\n"
            "             Nov 22 09:00:00\n"
            "  mail       1 sent (not-logged 1), 0 deferred, 0 bounced\n"
            "\n"
            "good.example: mail was deferred\n"
            "  policy     audit\n"
            "  log        0 of 1 decision\n"
            "  mail       0 sent, 1 deferred, 0 bounced\n"
            "             Nov 22 09:00:00: Server certificate not trusted\n");
  std::vector<std::string> as_json = arguments;
  as_json.emplace_back("--json");
  const auto objects = JsonLines(RunCommand(as_json, input).output);
  ASSERT_EQ(objects.size(), 1U);
  const auto& json = objects[0];
  EXPECT_EQ(json["deliveries"], 2);
  EXPECT_EQ(json["next_hops"][1]["mail"]["last_reason"],
            "Server certificate not trusted");
  as_json[3] = "/nonexistent/mail.log";
  EXPECT_EQ(RunCommand(as_json, input).exit_code, 3);
}

// What cannot be found out is not "nobody".
TEST(LogSummaryCommand, SaysWhereItCouldNotCheck) {
  const CommandResult result = RunCommand(
      {"log-summary", "--socket", "/nonexistent", "--timeout", "0.1"},
      {kDelivered, {}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_THAT(result.output, HasSubstr("good.example: not known\n"));
}

TEST(LogSummaryCommand, RefusesWrongArguments) {
  EXPECT_EQ(RunCommand({"log-summary", "--frobnicate"}).exit_code, 3);
}

NextHopsNow Mismatching() {
  NextHopsNow now;
  NextHopNow& each = now["good.example"];
  each.outcome = Outcome::kDeferred;
  each.causes = {{"mx.good.example 192.0.2.1",
                  {Health::kBroken, "not-authenticated",
                   "no certificate of the chain matches a TLSA record",
                   "certificate-not-trusted"}}};
  return now;
}

// The log cannot know it: serve never sees a handshake.
TEST(LogSummaryReport, AddsWhatTheCertificatesWouldDefer) {
  LogSummary summary;
  AddLogLine(absl::StripSuffix(kDelivered, "\n"), summary);
  EXPECT_EQ(
      ToTable(summary, Mismatching(), TableStyle()),
      "1 decision on 1 next hop, 0 other lines\n"
      "checked 1 next hop\n"
      "\n"
      "good.example: deferred\n"
      "  policy     audit\n"
      "  log        0 of 1 decision\n"
      "  now        deferred\n"
      "  broken     mx.good.example 192.0.2.1: no certificate of the chain "
      "matches a\n"
      "             TLSA record (not-authenticated, TLSRPT "
      "certificate-not-trusted)\n");
}

TEST(LogSummaryReport, SteersNoTerminal) {
  LogSummary summary;
  AddLogLine(
      "decision key=\"\\u001b[2J \\u009b\" exception=\"\u001b[2J\" error=x",
      summary);
  const std::string table = ToTable(summary, {}, TableStyle());
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
  EXPECT_THAT(table, Not(HasSubstr("\xc2\x9b")));
}

}  // namespace
}  // namespace danebound
