// The table that OpenSMTPD looks up, smtpd-tables(7): lines, and the command.
#include "stub/cli/opensmtpd_table.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/run_command.h"

namespace danebound {
namespace {

std::string Answer(absl::string_view line) {
  const auto answer = AnswerTableLine(
      line, [](const std::string& domain) { return domain == "in.example"; });
  return answer.ok() ? *answer : std::string(answer.status().message());
}

TEST(OpensmtpdTable, RegistersForDomainsWhenTheConfigurationIsComplete) {
  EXPECT_EQ(Answer("config|smtpd-version|7.6.0"), "");
  EXPECT_EQ(Answer("config|ready"), "register|domain\nregister|ready\n");
}

TEST(OpensmtpdTable, SaysWhetherADomainIsInIt) {
  EXPECT_EQ(Answer("table|0.1|1713795103.3|dane|check|domain|e5|in.example"),
            "check-result|e5|found\n");
  EXPECT_EQ(Answer("table|0.1|1713795103.3|dane|check|domain|e5|out.example"),
            "check-result|e5|not-found\n");
  EXPECT_EQ(Answer("table|0.1|1713795103.3|dane|lookup|domain|e5|in.example"),
            "lookup-result|e5|found|in.example\n");
}

TEST(OpensmtpdTable, TakesTheSeparatorInAKey) {
  EXPECT_EQ(Answer("table|0.1|1.0|dane|check|domain|e5|in.example|x"),
            "check-result|e5|not-found\n");
}

TEST(OpensmtpdTable, AnswersWhatElseSmtpdMayAsk) {
  EXPECT_EQ(Answer("table|0.1|1713795097.3|dane|update|47"),
            "update-result|47|ok\n");
  EXPECT_EQ(Answer("table|0.1|1713795097.3|dane|fetch|domain|47"),
            "fetch-result|47|not-found\n");
}

TEST(OpensmtpdTable, RefusesAnotherProtocol) {
  for (const absl::string_view line :
       {"", "hello", "table", "table|0.1|1.0|dane",
        "table|0.2|1.0|dane|check|domain|e5|in.example",
        "table|0.1|1.0|dane|check|domain|e5",
        "table|0.1|1.0|dane|destroy|domain|e5|in.example"}) {
    EXPECT_THAT(Answer(line), testing::HasSubstr("not a line of")) << line;
  }
}

std::string Check(const std::string& id, const std::string& domain) {
  return "table|0.1|1.0|dane|check|domain|" + id + "|" + domain + "\n";
}

TEST(OpensmtpdTableCommand, GivesTheRelayAllWhileNobodyAnswers) {
  const CommandResult result = RunCommand(
      {"opensmtpd-table", "--socket", "/nonexistent", "--timeout", "0.1"},
      {Check("1", "plain.example"), {}});
  EXPECT_EQ(result.output, "check-result|1|found\n");
  EXPECT_THAT(result.errors, testing::StartsWith("danebound: /nonexistent: "));
}

TEST(OpensmtpdTableCommand, EndsAtALineOfAnotherProtocol) {
  const CommandResult result = RunCommand({"opensmtpd-table"}, {"hello\n", {}});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, "");
}

}  // namespace
}  // namespace danebound
