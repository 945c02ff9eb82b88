#include "stub/cli/serve_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/cli/json.h"
#include "stub/cli/words.h"
#include "stub/serve/daemon.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/module_link.h"
#include "stub/serve/service_manager.h"
#include "stub/serve/settings.h"

namespace danebound {
namespace {

constexpr const char* kDefaultSettings = "/etc/danebound/serve.conf";

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  it was told to stop; the settings are good\n"
    "  1  wrong arguments or settings, or it cannot listen";

struct ServeArguments {
  std::string settings = kDefaultSettings;
  bool check = false;
  bool embedded = false;
};

ExitCode Complain(absl::string_view text) {
  std::cerr << "danebound: " << text << "\n";
  return ExitCode::kUsage;
}

ExitCode Complain(const absl::Status& status) {
  return Complain(absl::string_view(status.message()));
}

// A missing default file means defaults: the sockets come from systemd then.
absl::StatusOr<ServeSettings> ReadSettingsOf(const ServeArguments& arguments) {
  absl::StatusOr<ServeSettings> settings =
      ReadServeSettings(arguments.settings);
  if (absl::IsNotFound(settings.status()) &&
      arguments.settings == kDefaultSettings) {
    return ServeSettings();
  }
  return settings;
}

JsonForms FormsOfLookup() {
  return {[](const Verdict& verdict, int64_t now) {
            return ToLine(ToJson(verdict, now));
          },
          [](absl::string_view next_hop, absl::string_view error) {
            return ToLine(ToJson(next_hop, error));
          }};
}

ExitCode RunServe(const ServeArguments& arguments) {
  if (arguments.embedded) {
    return Complain(
        "serve asks the module alone, not libunbound: leave --embedded out, "
        "and set module_socket");
  }
  const absl::StatusOr<ServeSettings> settings = ReadSettingsOf(arguments);
  if (!settings.ok()) return Complain(settings.status());
  if (arguments.check) {
    std::cout << arguments.settings << ": good\n";
    return ExitCode::kSuccess;
  }
  const auto inherited = TakeInheritedSockets();
  if (!inherited.ok()) return Complain(inherited.status());
  const EventBase base(event_base_new());
  const auto link = [&base](const ServeSettings& now) {
    ClientOptions options;
    options.socket_path = now.module_socket;
    return std::make_unique<ModuleLink>(base.get(), std::move(options));
  };
  Daemon daemon(
      base.get(), *settings,
      {link(*settings), link,
       [&arguments] { return ReadSettingsOf(arguments); }, FormsOfLookup()});
  const absl::Status listens = daemon.Listen(*inherited);
  if (!listens.ok()) return Complain(listens);
  daemon.Run();
  return ExitCode::kSuccess;
}

}  // namespace

Command AddServe(CLI::App& danebound) {
  auto arguments = std::make_shared<ServeArguments>();
  CLI::App* command = AddSubcommand(
      danebound, "serve", "Answer mail servers over sockets", kExitCodes);
  command
      ->add_option("--config", arguments->settings,
                   "The settings, default /etc/danebound/serve.conf")
      ->type_name("FILE");
  command->add_flag("--check-config", arguments->check,
                    "Read the settings, say what is wrong with them, and end");
  command->add_flag("--embedded", arguments->embedded,
                    "Not there yet: serve asks the module");
  return {command,
          [arguments] { return static_cast<int>(RunServe(*arguments)); }};
}

}  // namespace danebound
