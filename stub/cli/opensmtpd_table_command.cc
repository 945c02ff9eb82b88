#include "stub/cli/opensmtpd_table_command.h"

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/opensmtpd_table.h"
#include "stub/cli/options.h"
#include "stub/cli/socket_access.h"
#include "stub/serve/socketmap/socketmap_client.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  smtpd ended\n"
    "  1  wrong arguments, or a line that is not of smtpd-tables(7)";

struct TableArguments {
  std::string socket_path = "/run/danebound-serve/socketmap.sock";
  absl::Duration timeout;
};

void Complain(absl::string_view text) {
  std::cerr << "danebound: " << Printable(text) << "\n";
}

// Says whether the relay gets the mail of a domain; also where that cannot be
// found out, as the relay asks itself.
bool IsForRelay(SocketmapClient& serve, const std::string& domain,
                const TableArguments& arguments) {
  const absl::StatusOr<SocketmapReply> reply =
      serve.Ask("opensmtpd", domain, arguments.timeout);
  if (!reply.ok()) {
    const absl::Status error =
        SayWhoMayOpen(reply.status(), arguments.socket_path,
                      "mode of its [[listen]] in serve.conf");
    Complain(absl::string_view(error.message()));
    return true;
  }
  const bool demands_nothing =
      reply->status == SocketmapStatus::kNotFound ||
      (reply->status == SocketmapStatus::kOk && reply->text == "may");
  return !demands_nothing;
}

ExitCode RunOpensmtpdTable(const TableArguments& arguments) {
  SocketmapClient serve({arguments.socket_path});
  std::string line;
  while (std::getline(std::cin, line)) {
    const absl::StatusOr<std::string> answer =
        AnswerTableLine(line, [&](const std::string& domain) {
          return IsForRelay(serve, domain, arguments);
        });
    if (!answer.ok()) {
      Complain(absl::string_view(answer.status().message()));
      return ExitCode::kUsage;
    }
    std::cout << *answer << std::flush;
  }
  return ExitCode::kSuccess;
}

}  // namespace

Command AddOpensmtpdTable(CLI::App& danebound) {
  auto arguments = std::make_shared<TableArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "opensmtpd-table",
      "Tell OpenSMTPD which domains need a relay that does DANE", kExitCodes);
  command
      ->add_option("--socket", arguments->socket_path,
                   "Of danebound serve, protocol socketmap; default "
                   "/run/danebound-serve/socketmap.sock")
      ->type_name("PATH");
  AddTimeout(*command, arguments->timeout, 5);
  return {command, [arguments] {
            return static_cast<int>(RunOpensmtpdTable(*arguments));
          }};
}

}  // namespace danebound
