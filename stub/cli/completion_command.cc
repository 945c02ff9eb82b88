#include "stub/cli/completion_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/cli/completion.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/nearest.h"
#include "stub/cli/options.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  it is printed\n"
    "  1  wrong arguments, or output that can't be written";

ExitCode Printed() {
  if (std::cout.flush()) return ExitCode::kSuccess;
  std::cerr << "danebound: cannot write the output\n";
  return ExitCode::kUsage;
}

ExitCode RunCompletion(const CLI::App& danebound, const std::string& shell) {
  const CommandForm form = FormOf(danebound);
  std::cout << (shell == "bash"  ? BashCompletion(form)
                : shell == "zsh" ? ZshCompletion(form)
                                 : FishCompletion(form));
  return Printed();
}

ExitCode RunHelp(CLI::App& danebound, const std::vector<std::string>& path) {
  CLI::App* command = &danebound;
  std::string before;
  for (const std::string& name : path) {
    CLI::App* below = FindSubcommand(*command, name);
    if (below == nullptr) throw NoSuchCommand(*command, name);
    absl::StrAppend(&before, before.empty() ? "" : " ", command->get_name());
    command = below;
  }
  // Formatted as it is: App::help would go on to the command that was parsed.
  std::cout << command->get_formatter()->make_help(
      command,
      before.empty() ? command->get_name()
                     : absl::StrCat(before, " ", command->get_name()),
      CLI::AppFormatMode::Normal);
  return Printed();
}

// All names, for completion; RunHelp knows which follows which.
std::vector<std::string> CommandNames(const CLI::App& danebound) {
  std::vector<std::string> names;
  const CommandForm form = FormOf(danebound);
  for (const CommandForm* each : AllOf(form)) {
    if (each->path.size() > 1) names.push_back(each->path.back());
  }
  return names;
}

}  // namespace

Command AddCompletion(CLI::App& danebound) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command =
      AddSubcommand(danebound, "completion",
                    "Print a script by which a shell completes", kExitCodes);
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(OneOf({"bash", "zsh", "fish"}));
  return {command, [&danebound, shell] {
            return static_cast<int>(RunCompletion(danebound, *shell));
          }};
}

Command AddHelp(CLI::App& danebound) {
  auto path = std::make_shared<std::vector<std::string>>();
  CLI::App* command = AddSubcommand(danebound, "help",
                                    "Print the help of a command", kExitCodes);
  CLI::Option* names = command->add_option(
      "COMMAND", *path, "The command, \"lookup\" or \"tlsa create\"");
  names->check(CLI::Validator([](std::string&) { return std::string(); }, "",
                              absl::StrJoin(CommandNames(danebound), "|")));
  return {command, [&danebound, path] {
            return static_cast<int>(RunHelp(danebound, *path));
          }};
}

}  // namespace danebound
