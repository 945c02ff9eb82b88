#include "stub/cli/setup/setup_lines_command.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "stub/cli/setup/setup_host.h"
#include "stub/cli/setup/setup_step.h"
#include "stub/mta/exim_settings.h"
#include "stub/mta/exim_setup.h"
#include "stub/mta/postfix.h"
#include "stub/mta/run_program.h"
#include "stub/mta/setup_lines.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Checks = std::vector<SelfTestCheck>;
using Result = SelfTestCheck::Result;

constexpr const char* kDebiansChoices = "/etc/exim4/update-exim4.conf.conf";
constexpr const char* kAnyKey = ".danebound.invalid";  // answered without DNS
constexpr absl::Duration kProgramTimeout = absl::Seconds(30);

// Below which this danebound is installed.
std::string Prefix() {
  std::error_code error;
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe", error);
  if (program.parent_path().filename() != "bin") return "/usr/local";
  return program.parent_path().parent_path();
}

void PrintCheck(const SelfTestCheck& check) {
  const std::string text = absl::StrCat(check.name, ": ", check.text);
  switch (check.result) {
    case Result::kPassed:
      return PrintStep("holds", text);
    case Result::kWarning:
      return PrintStep("note", text);
    case Result::kFailed:
      return PrintStep("lacks", text);
  }
}

// Prints how they stand.
ExitCode PrintChecks(const Checks& checks) {
  ExitCode code = ExitCode::kSuccess;
  for (const SelfTestCheck& check : checks) {
    PrintCheck(check);
    if (check.result == Result::kFailed) code = ExitCode::kNoVerdict;
  }
  return code;
}

void PrintLines(const SetupLines& lines) {
  std::cout << "\n# ---- " << Printable(lines.file) << ", " << lines.place
            << "\n"
            << lines.text;
}

void PrintCommands(const std::vector<std::string>& commands) {
  std::cout << "\n# ---- then, as root\n"
            << absl::StrJoin(commands, "\n") << "\n";
}

ExitCode Worst(ExitCode one, ExitCode other) { return std::max(one, other); }

std::vector<Step> HostSteps(const LinesSetup& setup) {
  return {
      {"resolver",
       [&setup] { return LookAtModule(setup.resolver, setup.timeout); }},
      {"resolv.conf", [&setup] { return LookAtResolvConf(setup.timeout); }}};
}

// ---- Exim

Checks HostOf(const EximSettings& exim) {
  return {CheckEximBuild(exim), CheckEximGroup(exim)};
}

std::vector<std::string> EximCommands(const EximSettings& exim,
                                      EximLayout layout) {
  std::vector<std::string> commands = {
      absl::StrCat("adduser ", exim.user, " danebound")};
  if (layout != EximLayout::kSingle) commands.push_back("update-exim4.conf");
  commands.push_back(absl::StrCat("systemctl restart ", exim.program));
  commands.push_back("danebound setup exim --check");
  return commands;
}

ExitCode PrintEximLines(const EximSettings& exim) {
  const EximLayout layout =
      LayoutOf(exim.file, TextIfAny(kDebiansChoices).value_or(""));
  const auto lines =
      EximLines(exim, layout, absl::StrCat(Prefix(), "/lib/danebound"));
  if (!lines.ok()) {
    PrintStep("stops", lines.status().message());
    return ExitCode::kNoVerdict;
  }
  for (const SetupLines& each : *lines) PrintLines(each);
  PrintCommands(EximCommands(exim, layout));
  return ExitCode::kSuccess;
}

ExitCode CheckEximLines(const EximSettings& exim, const std::string& known) {
  const ExitCode code = PrintChecks(CheckExim(exim));
  if (code != ExitCode::kSuccess) return code;
  return PrintChecks({CheckEximVerdict(exim, known)});
}

// ---- Sendmail and OpenSMTPD

// Whether danebound serve has the socket, and answers there.
SelfTestCheck CheckRelaySocket(absl::Duration timeout) {
  const auto serve = ReadServe();
  if (!serve.ok()) {
    return {"serve.conf", Result::kFailed,
            std::string(serve.status().message())};
  }
  const bool has_socket = std::any_of(
      serve->listen.begin(), serve->listen.end(), [](const auto& listen) {
        return listen.protocol == ServeProtocol::kSocketmap &&
               listen.unix_path == kRelaySocket;
      });
  if (!has_socket) {
    return {"serve.conf", Result::kFailed,
            absl::StrCat(kServeConf, " has no socketmap at ", kRelaySocket)};
  }
  PolicyMap map;
  map.path = kRelaySocket;
  map.map = "QUERY";
  const auto reply = AskPolicyMap(map, kAnyKey, timeout);
  if (reply.ok()) {
    return {"serve", Result::kPassed, absl::StrCat(kRelaySocket, " answers")};
  }
  return {"serve", Result::kFailed,
          absl::StrCat(reply.status().message(),
                       ". Run: systemctl enable --now ", kServiceUnit)};
}

SelfTestCheck CheckLines(const SetupLines& lines, absl::string_view any) {
  const auto text = TextIfAny(lines.file);
  if (!text.has_value()) {
    return {"lines", Result::kFailed, absl::StrCat(lines.file, " is missing")};
  }
  const auto missing = MissingLines(*text, lines, any);
  if (missing.empty()) {
    return {"lines", Result::kPassed, absl::StrCat(lines.file, " has them")};
  }
  return {"lines", Result::kFailed,
          absl::StrCat(lines.file, " lacks: ", absl::StrJoin(missing, " / "))};
}

// Whether sendmail.cf was made of a sendmail.mc with the lines.
SelfTestCheck CheckSendmailCf() {
  const std::string text = TextIfAny(kSendmailCf).value_or("");
  if (absl::StrContains(text, absl::StrCat("local:", kRelaySocket))) {
    return {"sendmail.cf", Result::kPassed, "it has the map"};
  }
  return {"sendmail.cf", Result::kFailed,
          absl::StrCat(kSendmailCf, " does not name ", kRelaySocket,
                       ". Run: make -C /etc/mail, and restart Sendmail")};
}

SelfTestCheck CheckTableProgram() {
  if (access(kSmtpdTable, X_OK) == 0) {
    return {"table", Result::kPassed, kSmtpdTable};
  }
  return {"table", Result::kFailed,
          absl::StrCat(kSmtpdTable, " cannot be run. Run: ",
                       OpensmtpdSetup(Prefix(), "").commands.front())};
}

SelfTestCheck CheckSmtpd() {
  const absl::Status said =
      RunProgram({"smtpd", "-n"}, kProgramTimeout).status();
  if (said.ok()) {
    return {"smtpd", Result::kPassed, "smtpd -n takes its settings"};
  }
  return {"smtpd", Result::kFailed, std::string(said.message())};
}

// `wanted` are the checks beside those of the lines themselves.
ExitCode SetUpRelayed(const LinesSetup& setup, const RelaySetup& lines,
                      const Checks& wanted) {
  const ExitCode host = LookAtSteps(HostSteps(setup));
  if (!setup.check) {
    PrintLines(lines.serve);
    PrintLines(lines.server);
    PrintCommands(lines.commands);
    return host;
  }
  // Another relay than the page's is as good.
  Checks checks = {CheckRelaySocket(setup.timeout),
                   CheckLines(lines.server, setup.relay)};
  checks.insert(checks.end(), wanted.begin(), wanted.end());
  return Worst(host, PrintChecks(checks));
}

// Says so where the file of a mail server's settings is not there.
bool IsThere(const char* server, const char* file) {
  if (access(file, F_OK) == 0) return true;
  Complain(absl::StrCat("there is no ", server, " to set up (", file,
                        " is missing)"));
  return false;
}

}  // namespace

ExitCode SetUpExim(const LinesSetup& setup) {
  const auto exim = ReadEximSettings();
  if (absl::IsNotFound(exim.status())) {
    return Complain(absl::StrCat("there is no Exim to set up (",
                                 exim.status().message(), ")"));
  }
  if (!exim.ok()) return Complain(exim.status().message());
  std::cout << Printable(absl::StrCat("Exim ", exim->version, ", ", exim->file))
            << "\n";
  ExitCode code = LookAtSteps(HostSteps(setup));
  code = Worst(code, PrintChecks(HostOf(*exim)));
  return Worst(code, setup.check ? CheckEximLines(*exim, setup.known)
                                 : PrintEximLines(*exim));
}

ExitCode SetUpSendmail(const LinesSetup& setup) {
  if (!IsThere("Sendmail", kSendmailMc)) return ExitCode::kUsage;
  std::cout << "Sendmail, " << kSendmailMc << "\n";
  const RelaySetup lines = SendmailSetup(Prefix(), setup.relay);
  return SetUpRelayed(setup, lines,
                      setup.check ? Checks{CheckSendmailCf()} : Checks());
}

ExitCode SetUpOpensmtpd(const LinesSetup& setup) {
  if (!IsThere("OpenSMTPD", kSmtpdConf)) return ExitCode::kUsage;
  std::cout << "OpenSMTPD, " << kSmtpdConf << "\n";
  const RelaySetup lines = OpensmtpdSetup(Prefix(), setup.relay);
  return SetUpRelayed(
      setup, lines,
      setup.check ? Checks{CheckTableProgram(), CheckSmtpd()} : Checks());
}

}  // namespace danebound
