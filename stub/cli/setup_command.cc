#include "stub/cli/setup_command.h"

#include <unistd.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/options.h"
#include "stub/cli/setup_memory.h"
#include "stub/cli/setup_postfix.h"
#include "stub/cli/setup_step.h"
#include "stub/cli/setup_undo.h"
#include "stub/cli/words.h"
#include "stub/system/descriptor.h"

namespace danebound {
namespace {

const char* const kSetupExitCodes =
    "Exit codes:\n"
    "  0  all is set up, or undone\n"
    "  1  wrong arguments, or a change that could not be made\n"
    "  4  a step does not hold: mend what it says first; with --check also:\n"
    "     there is something to do";

struct SetupArguments {
  PostfixSetup postfix;
  bool yes = false;
  bool check = false;
  bool undo = false;
};

ExitCode RunSetup(const SetupArguments& arguments) {
  if (arguments.check) return SetUpPostfix(arguments.postfix, Consent::kNever);
  if (geteuid() != 0) {
    return Complain(
        "setup changes the files of the system: run it as root, or with "
        "--check");
  }
  const absl::StatusOr<Descriptor> lock = LockSetup(kSetupMemory);
  if (!lock.ok()) return Complain(lock.status().message());
  const Consent consent = arguments.yes ? Consent::kGiven : Consent::kAsk;
  return arguments.undo ? UndoSetup(consent)
                        : SetUpPostfix(arguments.postfix, consent);
}

}  // namespace

Command AddSetup(CLI::App& danebound) {
  auto arguments = std::make_shared<SetupArguments>();
  CLI::App* setup = AddSubcommand(
      danebound, "setup", "Put a mail server on danebound", kSetupExitCodes);
  setup->require_subcommand(1);
  CLI::App* postfix =
      AddSubcommand(*setup, "postfix",
                    "Put Postfix on it; each step is shown before it is done",
                    kSetupExitCodes);
  CLI::Option* yes =
      postfix->add_flag("--yes", arguments->yes, "Do each step without asking");
  CLI::Option* check = postfix->add_flag(
      "--check", arguments->check, "Look at the steps, and change nothing");
  postfix
      ->add_flag("--undo", arguments->undo,
                 absl::StrCat("Take back what was changed, by ", kSetupMemory))
      ->excludes(check);
  postfix->add_flag("--audit", arguments->postfix.audit,
                    "Enforce nothing by default yet: set policy = \"audit\" in "
                    "/etc/danebound/serve.conf first");
  postfix
      ->add_option("--known", arguments->postfix.known,
                   "A domain whose servers all have TLSA records, to see that "
                   "it gets dane-only; default posteo.de")
      ->type_name("DOMAIN");
  postfix
      ->add_option("--postfix-config", arguments->postfix.folder,
                   "The folder of main.cf, default postconf's own")
      ->type_name("FOLDER");
  check->excludes(yes);
  AddSocket(*postfix, arguments->postfix.resolver);
  AddTimeout(*postfix, arguments->postfix.timeout, 30);
  return {setup,
          [arguments] { return static_cast<int>(RunSetup(*arguments)); }};
}

}  // namespace danebound
