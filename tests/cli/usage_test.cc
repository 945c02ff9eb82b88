// The help of every command that the parser knows, and its examples.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/cli/command_line.h"
#include "stub/cli/completion.h"
#include "stub/cli/examples.h"
#include "tests/cli/run_command.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

// Every command, those below others too: "tlsa create".
std::vector<std::vector<std::string>> AllCommands() {
  CLI::App danebound("", "danebound");
  const auto commands = AddCommands(danebound);
  const CommandForm form = FormOf(danebound);
  std::vector<std::vector<std::string>> paths;
  for (const CommandForm* each : AllOf(form)) {
    if (each->path.size() == 1) continue;
    paths.emplace_back(each->path.begin() + 1, each->path.end());
  }
  return paths;
}

TEST(Usage, OfEachCommandHasItsExitCodesAndTwoExamples) {
  ASSERT_GE(AllCommands().size(), 15U);
  for (std::vector<std::string> command : AllCommands()) {
    const std::string path = absl::StrJoin(command, " ");
    command.emplace_back("--help");
    const std::string help = RunCommand(command).output;
    EXPECT_THAT(help, HasSubstr("\n  0  ")) << path;
    EXPECT_THAT(help, HasSubstr("\nExamples:\n")) << path;
    EXPECT_EQ(ExamplesOf(path).size(), 2U) << path;
    for (const std::string& example : ExamplesOf(path)) {
      EXPECT_THAT(help, HasSubstr(example));
    }
  }
}

// What is behind "danebound" in an example, as a shell splits it.
std::vector<std::string> ArgumentsOf(absl::string_view example) {
  const size_t begin = example.rfind("danebound ");
  const std::string joined =
      absl::StrReplaceAll(example.substr(begin + 10), {{"\\\n", " "}});
  const absl::string_view line =
      absl::string_view(joined).substr(0, joined.find_first_of("|>"));
  return absl::StrSplit(line, ' ', absl::SkipEmpty());
}

TEST(Usage, HasExamplesThatParse) {
  for (const std::vector<std::string>& command : AllCommands()) {
    for (const std::string& example : ExamplesOf(absl::StrJoin(command, " "))) {
      if (absl::StrContains(example, "danebound/")) continue;
      CLI::App danebound("", "danebound");
      const auto commands = AddCommands(danebound);
      std::vector<std::string> arguments = ArgumentsOf(example);
      std::reverse(arguments.begin(), arguments.end());
      EXPECT_NO_THROW(danebound.parse(arguments)) << example;
    }
  }
}

TEST(Usage, IsWhatHelpPrints) {
  for (const std::vector<std::string>& command : AllCommands()) {
    std::vector<std::string> with_option = command;
    with_option.emplace_back("--help");
    std::vector<std::string> with_command = command;
    with_command.insert(with_command.begin(), "help");
    const CommandResult result = RunCommand(with_command);
    EXPECT_EQ(result.exit_code, 0);
    EXPECT_EQ(result.output, RunCommand(with_option).output);
  }
  EXPECT_EQ(RunCommand({"help"}).output, RunCommand({"--help"}).output);
}

TEST(Usage, OfHelpFits80Columns) {
  for (std::vector<std::string> command : AllCommands()) {
    command.emplace_back("--help");
    std::istringstream lines(RunCommand(command).output);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 80U) << line;
    }
  }
}

}  // namespace
}  // namespace danebound
