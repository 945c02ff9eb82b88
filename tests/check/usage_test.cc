// The command line of `danebound check`, without any network.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/cli/run_command.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(CheckUsage, HelpListsTheExitCodesIn80Columns) {
  const CommandResult result = RunCommand({"check", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("Exit codes"));
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
  }
}

// 1 and 2 would be a warning and a failure to monitoring.
TEST(CheckUsage, EndsWithUnknownOnWrongArguments) {
  const std::vector<std::vector<std::string>> wrong = {
      {"check", "--frobnicate", "example.org"},
      {"check", "--port", "0", "example.org"},
      {"check", "--at", "30", "example.org"},
      {"check", "--at", "+x", "example.org"},
      {"check", "--at", "+-1", "example.org"},
      {"check", "--at", "+99999999", "example.org"},
      {"check", "--warn-days", "-1", "example.org"},
      {"check", "--helo-name", "a\r\nDATA", "example.org"},
      {"check", "--helo-name", "", "example.org"},
      {"check", "--critical", "-1", "example.org"},
      {"check", "--expect", "3 1", "example.org"},
      {"check", "--expect", "9 X 1", "example.org"},
      {"check", "--tlsa", "3 1 1 abc", "example.org"},
      {"check", "--tlsa", "", "example.org"},
      {"check", "--address", "mx.example.org", "example.org"},
      {"check", "-4", "-6", "example.org"},
      {"check", "--json", "--nagios", "example.org"},
      {"check", "--openmetrics", "--nagios", "example.org"},
      {"check", "--openmetrics", "--json", "example.org"},
      {"check", "--state", "/nowhere/state.json", "example.org"},
      {"check", "--unordered", "--nagios", "example.org"},
      {"check", "--name-servers", "example.org"},
      {"check", "-"},
  };
  for (const auto& arguments : wrong) {
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 3) << ::testing::PrintToString(arguments);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.errors, Not(IsEmpty()));
  }
}

TEST(CheckUsage, IsUnknownWhereNobodyAnswers) {
  const CommandResult result =
      RunCommand({"check", "--json", "--socket", "/nowhere", "--timeout", "0.1",
                  "example.org", "a..b"});
  EXPECT_EQ(result.exit_code, 3);
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["outcome"], "deferred");
    EXPECT_EQ(object["health"], "unknown");
    EXPECT_THAT(object["error"].get<std::string>(), Not(IsEmpty()));
  }
}

TEST(CheckUsage, TakesDaysInEveryForm) {
  for (const char* days : {"+0", "+30", "+1d", "+1 day", "+30 days"}) {
    EXPECT_THAT(RunCommand({"check", "--at", days, "--socket", "/nowhere",
                            "--timeout", "0.1", "example.org"})
                    .errors,
                IsEmpty())
        << days;
  }
}

}  // namespace
}  // namespace danebound
