#include "stub/cli/setup/setup_command.h"

#include <unistd.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/options.h"
#include "stub/cli/setup/setup_lines_command.h"
#include "stub/cli/setup/setup_memory.h"
#include "stub/cli/setup/setup_postfix.h"
#include "stub/cli/setup/setup_step.h"
#include "stub/cli/setup/setup_undo.h"
#include "stub/mta/relay_setup.h"
#include "stub/system/descriptor.h"

namespace danebound {
namespace {

const char* const kPostfixExitCodes =
    "Exit codes:\n"
    "  0  all is set up, or undone\n"
    "  1  wrong arguments, or a change that could not be made\n"
    "  4  a step does not hold: mend what it says first; with --check also:\n"
    "     there is something to do";

const char* const kLinesExitCodes =
    "Exit codes:\n"
    "  0  the host holds, and the lines are printed; with --check they are "
    "there\n"
    "  1  wrong arguments, no such mail server, or settings that it cannot "
    "read\n"
    "  4  something does not hold or is missing: mend what it says";

const char* const kSetupExitCodes =
    "Exit codes:\n"
    "  0  all is set up, undone, or printed\n"
    "  1  wrong arguments, or what could not be read or done\n"
    "  4  something does not hold: mend what it says first";

struct PostfixArguments {
  PostfixSetup postfix;
  bool yes = false;
  bool check = false;
  bool undo = false;
};

ExitCode RunPostfixSetup(const PostfixArguments& arguments) {
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

void AddKnown(CLI::App& command, std::string& known, const char* what) {
  command.add_option("--known", known, what)->type_name("DOMAIN");
}

void AddPostfix(CLI::App& postfix, PostfixArguments& arguments) {
  CLI::Option* yes =
      postfix.add_flag("--yes", arguments.yes, "Do each step without asking");
  CLI::Option* check = postfix.add_flag(
      "--check", arguments.check, "Look at the steps, and change nothing");
  postfix
      .add_flag("--undo", arguments.undo,
                absl::StrCat("Take back what was changed, by ", kSetupMemory))
      ->excludes(check);
  postfix.add_flag("--audit", arguments.postfix.audit,
                   "Enforce nothing by default yet: set policy = \"audit\" in "
                   "/etc/danebound/serve.conf first");
  AddKnown(postfix, arguments.postfix.known,
           "A domain whose servers all have TLSA records, to see that "
           "it gets dane-only; default posteo.de");
  postfix
      .add_option("--postfix-config", arguments.postfix.folder,
                  "The folder of main.cf, default postconf's own")
      ->type_name("FOLDER");
  check->excludes(yes);
  AddSocket(postfix, arguments.postfix.resolver);
  AddTimeout(postfix, arguments.postfix.timeout, 30);
}

void AddLines(CLI::App& command, LinesSetup& setup) {
  command.add_flag("--check", setup.check,
                   "Instead of printing the lines, say which are missing");
  AddSocket(command, setup.resolver);
  AddTimeout(command, setup.timeout, 30);
}

void AddRelay(CLI::App& command, LinesSetup& setup) {
  command
      .add_option("--relay", setup.relay,
                  absl::StrCat("The relay that does DANE, for the lines; "
                               "default ",
                               kPagesRelay))
      ->type_name("HOST");
}

}  // namespace

Command AddSetup(CLI::App& danebound) {
  CLI::App* setup = AddSubcommand(
      danebound, "setup", "Put a mail server on danebound", kSetupExitCodes);
  setup->require_subcommand(1);
  CLI::App* postfix =
      AddSubcommand(*setup, "postfix",
                    "Put Postfix on it; each step is shown before it is done",
                    kPostfixExitCodes);
  CLI::App* exim = AddSubcommand(
      *setup, "exim", "Print the lines for Exim, and where each goes",
      kLinesExitCodes);
  CLI::App* sendmail = AddSubcommand(
      *setup, "sendmail", "Print the lines for Sendmail", kLinesExitCodes);
  CLI::App* opensmtpd = AddSubcommand(
      *setup, "opensmtpd", "Print the lines for OpenSMTPD", kLinesExitCodes);
  auto arguments = std::make_shared<PostfixArguments>();
  AddPostfix(*postfix, *arguments);
  auto lines = std::make_shared<LinesSetup>();
  AddLines(*exim, *lines);
  AddKnown(*exim, lines->known,
           "With --check: a domain that takes mail, to have Exim ask for it; "
           "default posteo.de");
  for (CLI::App* each : {sendmail, opensmtpd}) {
    AddLines(*each, *lines);
    AddRelay(*each, *lines);
  }
  const auto run = [=] {
    if (exim->parsed()) return SetUpExim(*lines);
    if (sendmail->parsed()) return SetUpSendmail(*lines);
    if (opensmtpd->parsed()) return SetUpOpensmtpd(*lines);
    return RunPostfixSetup(*arguments);
  };
  return {setup, [run] { return static_cast<int>(run()); }};
}

}  // namespace danebound
