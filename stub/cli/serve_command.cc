#include "stub/cli/serve_command.h"

#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/cli/forms/words.h"
#include "stub/embedded/event_embedded.h"
#include "stub/serve/daemon.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/facts/embedded_link.h"
#include "stub/serve/facts/module_link.h"
#include "stub/serve/service_manager.h"
#include "stub/serve/settings.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0  it was told to stop; the settings are good\n"
    "  1  wrong arguments or settings, or it cannot listen";

struct ServeArguments {
  std::string settings;  // empty: kServeConf, which need not be there
  bool check = false;
  bool embedded = false;
  std::string unbound_conf;
};

ExitCode Complain(absl::string_view text) {
  std::cerr << "danebound: " << PrintableLines(text) << "\n";
  return ExitCode::kUsage;
}

ExitCode Complain(const absl::Status& status) {
  return Complain(absl::string_view(status.message()));
}

std::string FileOf(const ServeArguments& arguments) {
  return arguments.settings.empty() ? kServeConf : arguments.settings;
}

// At the start a missing file means defaults where nobody named it. One that is
// named, as units do, and each at a reload, is being written, or was lost.
absl::StatusOr<ServeSettings> ReadFirstSettings(
    const ServeArguments& arguments) {
  absl::StatusOr<ServeSettings> settings = ReadServeSettings(FileOf(arguments));
  if (!absl::IsNotFound(settings.status()) || !arguments.settings.empty()) {
    return settings;
  }
  std::cerr << "danebound: there is no " << kServeConf
            << "; all settings are as by default\n";
  return ServeSettings();
}

// As many lookups as the module takes of all users (its max_lookups); those of
// this daemon are bounded by its own max_lookups.
constexpr size_t kMostModuleConnections = 4096 / Session::kMostInFlight;

std::unique_ptr<FactsSource> LinkToModule(event_base* base,
                                          const ServeSettings& settings) {
  ClientOptions options;
  options.socket_path = settings.module_socket;
  options.most_connections = kMostModuleConnections;
  return std::make_unique<ModuleLink>(base, std::move(options));
}

// Sets Daemon::Parts::facts and facts_for.
absl::Status ChooseFacts(const ServeArguments& arguments, event_base* base,
                         const ServeSettings& settings, Daemon::Parts* parts) {
  if (!arguments.embedded) {
    parts->facts = LinkToModule(base, settings);
    parts->facts_for = [base](const ServeSettings& now) {
      return LinkToModule(base, now);
    };
    return absl::OkStatus();
  }
  EmbeddedOptions options;
  options.unbound_conf = arguments.unbound_conf;
  auto embedded = EventEmbedded::New(options, base);
  if (!embedded.ok()) return embedded.status();
  parts->facts = std::make_unique<EmbeddedLink>(*std::move(embedded));
  return absl::OkStatus();
}

// This very program, asking whom the daemon asks.
std::vector<std::string> CheckCommand(const ServeArguments& arguments,
                                      const ServeSettings& settings) {
  std::vector<std::string> words = {"/proc/self/exe", "check", "--json"};
  if (!arguments.embedded) {
    words.insert(words.end(), {"--socket", settings.module_socket});
    return words;
  }
  words.push_back("--embedded");
  if (!arguments.unbound_conf.empty()) {
    words.insert(words.end(), {"--unbound-conf", arguments.unbound_conf});
  }
  return words;
}

ExitCode RunServe(const ServeArguments& arguments) {
  if (!arguments.unbound_conf.empty() && !arguments.embedded) {
    return Complain("--unbound-conf goes with --embedded alone");
  }
  const absl::StatusOr<ServeSettings> settings = ReadFirstSettings(arguments);
  if (!settings.ok()) return Complain(settings.status());
  if (arguments.check) {
    for (const std::string& note : settings->notes) {
      std::cerr << "danebound: " << Printable(note) << "\n";
    }
    std::cout << Printable(FileOf(arguments)) << ": good\n";
    return ExitCode::kSuccess;
  }
  const auto inherited = TakeInheritedSockets();
  if (!inherited.ok()) return Complain(inherited.status());
  const EventBase base(event_base_new());
  Daemon::Parts parts;
  const absl::Status chosen =
      ChooseFacts(arguments, base.get(), *settings, &parts);
  if (!chosen.ok()) return Complain(chosen);
  parts.read_settings = [&arguments] {
    return ReadServeSettings(FileOf(arguments));
  };
  parts.check = [&arguments](const ServeSettings& now) {
    return CheckCommand(arguments, now);
  };
  Daemon daemon(base.get(), *settings, std::move(parts));
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
                    "Ask libunbound in this process, not the module");
  command
      ->add_option("--unbound-conf", arguments->unbound_conf,
                   "With --embedded: its unbound.conf; default: the Internet's "
                   "root")
      ->type_name("FILE");
  return {command,
          [arguments] { return static_cast<int>(RunServe(*arguments)); }};
}

}  // namespace danebound
