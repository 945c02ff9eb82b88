#include "stub/cli/command_line.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "stub/cli/check_command.h"
#include "stub/cli/command.h"
#include "stub/cli/completion_command.h"
#include "stub/cli/examples.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/log_summary_command.h"
#include "stub/cli/lookup_command.h"
#include "stub/cli/module_commands.h"
#include "stub/cli/nearest.h"
#include "stub/cli/opensmtpd_table_command.h"
#include "stub/cli/rollover_command.h"
#include "stub/cli/self_test_command.h"
#include "stub/cli/serve_command.h"
#include "stub/cli/setup/setup_command.h"
#include "stub/cli/tlsa_command.h"
#include "stub/cli/verify_command.h"
#include "stub/client/version.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

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

const CLI::App& ParsedCommand(const CLI::App& command) {
  const std::vector<CLI::App*> parsed = command.get_subcommands();
  return parsed.empty() ? command : ParsedCommand(*parsed.front());
}

// "danebound tlsa create"
std::string PathOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr
             ? command.get_name()
             : absl::StrCat(PathOf(*parent), " ", command.get_name());
}

// The command that the arguments begin with the name of.
const CLI::App& NamedCommand(const CLI::App& danebound, int argc, char** argv) {
  const CLI::App* command = &danebound;
  for (int i = 1; i < argc; ++i) {
    const CLI::App* below = FindSubcommand(*command, argv[i]);
    if (below == nullptr) break;
    command = below;
  }
  return *command;
}

// What the subcommand that was parsed, or the command that needs one, is given
// in the place of one.
void RefuseUnknownCommand(const CLI::App& danebound, int argc, char** argv) {
  const CLI::App* command = &danebound;
  for (int i = 1; i < argc && command->get_require_subcommand_min() > 0; ++i) {
    const std::string name = argv[i];
    if (absl::StartsWith(name, "-")) return;
    const CLI::App* below = FindSubcommand(*command, name);
    if (below == nullptr) throw NoSuchCommand(*command, name);
    command = below;
  }
}

// Names the option that a mistyped one may be.
std::string NearestOption(const CLI::App& danebound) {
  std::vector<std::string> names;
  const CLI::App& command = ParsedCommand(danebound);
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back(absl::StrCat("--", name));
    }
  }
  for (const std::string& typed : danebound.remaining(true)) {
    if (!absl::StartsWith(typed, "--")) continue;
    const std::string nearest =
        Nearest(typed.substr(0, typed.find('=')), names);
    if (!nearest.empty()) return absl::StrCat(". Did you mean ", nearest, "?");
  }
  return "";
}

// Names the subcommand that the first argument may be of a command that takes
// another one there too, as rollover does.
std::string NearestSubcommand(const CLI::App& command) {
  std::vector<std::string> names;
  const auto any = [](const CLI::App*) { return true; };
  for (const CLI::App* each : command.get_subcommands(any)) {
    names.push_back(each->get_name());
  }
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_positional() || option->empty()) continue;
    const std::string nearest = Nearest(option->results().front(), names);
    if (nearest.empty()) return "";
    return absl::StrCat(". Did you mean \"", PathOf(command), " ", nearest,
                        "\"?");
  }
  return "";
}

// What may have been meant by what is no option and no command.
std::string Hint(const CLI::App& danebound, const CLI::ParseError& error) {
  const std::string subcommand = NearestSubcommand(ParsedCommand(danebound));
  if (!subcommand.empty()) return subcommand;
  const bool has_extras =
      dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  return has_extras ? NearestOption(danebound) : "";
}

// It repeats arguments. Where none was parsed, `named` is the command.
void PrintError(const CLI::App& danebound, const CLI::App& named,
                const CLI::ParseError& error) {
  for (const absl::string_view line :
       absl::StrSplit(absl::StrCat(error.what(), Hint(danebound, error)), '\n',
                      absl::SkipEmpty())) {
    std::cerr << "danebound: " << Printable(line) << "\n";
  }
  const CLI::App& parsed = ParsedCommand(danebound);
  std::cerr << "danebound: \"" << PathOf(&parsed == &danebound ? named : parsed)
            << " --help\" says more\n";
}

// At the end of each help.
void AddExamples(CLI::App& command, const std::string& path) {
  const std::vector<std::string> examples = ExamplesOf(path);
  if (!examples.empty()) {
    command.footer(absl::StrCat(command.get_footer(), "\n\nExamples:\n  ",
                                absl::StrJoin(examples, "\n  ")));
  }
  const auto any = [](const CLI::App*) { return true; };
  for (CLI::App* each : command.get_subcommands(any)) {
    AddExamples(*each,
                absl::StrCat(path, path.empty() ? "" : " ", each->get_name()));
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

CLI::App* FindSubcommand(const CLI::App& parent, const std::string& name) {
  const auto found = parent.get_subcommands(
      [&name](const CLI::App* each) { return each->get_name() == name; });
  return found.empty() ? nullptr : const_cast<CLI::App*>(found.front());
}

CLI::ValidationError NoSuchCommand(const CLI::App& parent,
                                   const std::string& name) {
  std::vector<std::string> names;
  const auto any = [](const CLI::App*) { return true; };
  for (const CLI::App* each : parent.get_subcommands(any)) {
    names.push_back(each->get_name());
  }
  const std::string nearest = Nearest(name, names);
  return CLI::ValidationError(absl::StrCat(
      "\"", name, "\" is no command of ", PathOf(parent),
      nearest.empty() ? absl::StrCat(", which has ", absl::StrJoin(names, ", "))
                      : absl::StrCat(". Did you mean \"", nearest, "\"?")));
}

std::vector<Command> AddCommands(CLI::App& danebound) {
  danebound.set_version_flag("--version",
                             absl::StrCat("danebound ", Version()));
  danebound.require_subcommand(1);
  danebound.footer(
      "Exit codes: each subcommand's --help lists its own; 0 is good.");
  std::vector<Command> commands = {
      AddLookup(danebound),         AddStats(danebound),
      AddFlush(danebound),          AddSelfTest(danebound),
      AddCheck(danebound),          AddTlsa(danebound),
      AddRollover(danebound),       AddVerify(danebound),
      AddServe(danebound),          AddLogSummary(danebound),
      AddOpensmtpdTable(danebound), AddSetup(danebound),
      AddCompletion(danebound)};
  commands.push_back(AddHelp(danebound));
  AddExamples(danebound, "");
  return commands;
}

int RunCommandLine(int argc, char** argv) {
  CLI::App danebound("DANE verdicts for mail servers, from inside Unbound",
                     "danebound");
  auto format = std::make_shared<HelpFormat>();
  format->column_width(24);
  danebound.formatter(format);
  const std::vector<Command> commands = AddCommands(danebound);
  UnguardValues(danebound);
  try {
    RefuseUnknownCommand(danebound, argc, argv);
    danebound.parse(GuardedArguments(argc, argv));
    for (const Command& command : commands) {
      if (command.app->parsed()) return command.run();
    }
    return UsageCode(commands);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return danebound.exit(error);
    PrintError(danebound, NamedCommand(danebound, argc, argv), error);
    return UsageCode(commands);
  }
}

}  // namespace danebound
