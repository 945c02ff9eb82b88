#include "stub/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "stub/cli/check_command.h"
#include "stub/cli/command.h"
#include "stub/cli/log_summary_command.h"
#include "stub/cli/lookup_command.h"
#include "stub/cli/module_commands.h"
#include "stub/cli/opensmtpd_table_command.h"
#include "stub/cli/rollover_command.h"
#include "stub/cli/self_test_command.h"
#include "stub/cli/serve_command.h"
#include "stub/cli/setup_command.h"
#include "stub/cli/tlsa_command.h"
#include "stub/cli/verify_command.h"
#include "stub/cli/words.h"
#include "stub/client/version.h"

namespace danebound {
namespace {

std::vector<Command> AddCommands(CLI::App& danebound) {
  return {AddLookup(danebound),         AddStats(danebound),
          AddFlush(danebound),          AddSelfTest(danebound),
          AddCheck(danebound),          AddTlsa(danebound),
          AddRollover(danebound),       AddVerify(danebound),
          AddServe(danebound),          AddLogSummary(danebound),
          AddOpensmtpdTable(danebound), AddSetup(danebound)};
}

// Help for 80 columns, without CLI11's notes on types and exclusions.
class HelpFormat : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string type = option->get_type_name();
    const bool named = option->get_expected_min() > 0 && !type.empty() &&
                       !option->get_positional();
    return named ? absl::StrCat(" ", type) : "";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    return absl::StrJoin(Wrap(option->get_description(), 54), "\n");
  }
};

// CLI11 takes "[a]" for a list and drops the brackets, which here make a
// literal of an address; a blank behind keeps them.
std::string Guarded(absl::string_view argument) {
  const bool bracketed =
      absl::StartsWith(argument, "[") && absl::EndsWith(argument, "]");
  return absl::StrCat(argument, bracketed ? " " : "");
}

std::string Unguarded(std::string argument) {
  if (absl::StartsWith(argument, "[") && absl::EndsWith(argument, "] ")) {
    argument.pop_back();
  }
  return argument;
}

void UnguardValues(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() > 0) {
      option->transform(Unguarded, "", "");
    }
  }
  for (CLI::App* subcommand : command.get_subcommands({})) {
    UnguardValues(*subcommand);
  }
}

// The last first, as CLI11 wants them.
std::vector<std::string> GuardedArguments(int argc, char** argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(Guarded(argv[i]));
  return arguments;
}

// The exit code for wrong arguments, of the subcommand that they are for.
int UsageCode(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    if (command.app->parsed()) return command.usage_code;
  }
  return Command().usage_code;
}

// They repeat arguments.
void PrintErrors(const std::string& text) {
  for (const absl::string_view line :
       absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    if (!text.empty()) std::cerr << Printable(line) << "\n";
  }
}

}  // namespace

CLI::App* AddSubcommand(CLI::App& parent, const std::string& name,
                        const std::string& description,
                        const std::string& exit_codes) {
  CLI::App* command = parent.add_subcommand(name, description);
  command->set_version_flag("--version", absl::StrCat("danebound ", Version()));
  command->footer(exit_codes);
  return command;
}

int RunCommandLine(int argc, char** argv) {
  CLI::App danebound("DANE verdicts for mail servers, from inside Unbound",
                     "danebound");
  danebound.set_version_flag("--version",
                             absl::StrCat("danebound ", Version()));
  danebound.require_subcommand(1);
  danebound.footer(
      "Exit codes: each subcommand's --help lists its own; 0 is good.");
  auto format = std::make_shared<HelpFormat>();
  format->column_width(24);
  danebound.formatter(format);
  const std::vector<Command> commands = AddCommands(danebound);
  UnguardValues(danebound);
  try {
    danebound.parse(GuardedArguments(argc, argv));
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run();
    }
    return UsageCode(commands);
  } catch (const CLI::ParseError& error) {
    std::ostringstream errors;
    const int code = danebound.exit(error, std::cout, errors);
    PrintErrors(errors.str());
    return code == 0 ? 0 : UsageCode(commands);
  }
}

}  // namespace danebound
