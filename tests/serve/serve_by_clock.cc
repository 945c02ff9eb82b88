// `danebound serve` by a clock of the test's own.
//
//   serve_by_clock SECONDS SETTINGS
//
// begins at SECONDS since the epoch and goes on from there. Exceptions are
// tested by the program that DANEBOUND_TEST_COMMAND names.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "stub/serve/daemon.h"
#include "stub/serve/facts/module_link.h"

namespace danebound {
namespace {

Daemon::Parts PartsOf(event_base* base, const std::string& file,
                      const std::string& module_socket, int64_t begin) {
  Daemon::Parts parts;
  ClientOptions options;
  options.socket_path = module_socket;
  parts.facts = std::make_unique<ModuleLink>(base, std::move(options));
  parts.read_settings = [file] { return ReadServeSettings(file); };
  parts.check = [](const ServeSettings& settings) {
    return std::vector<std::string>{std::getenv("DANEBOUND_TEST_COMMAND"),
                                    "check", "--json", "--socket",
                                    settings.module_socket};
  };
  parts.clock = [offset = begin - std::time(nullptr)] {
    return std::time(nullptr) + offset;
  };
  return parts;
}

int Serve(int64_t begin, const std::string& file) {
  const auto settings = ReadServeSettings(file);
  if (!settings.ok()) {
    std::cerr << settings.status() << "\n";
    return 1;
  }
  const EventBase base(event_base_new());
  Daemon daemon(base.get(), *settings,
                PartsOf(base.get(), file, settings->module_socket, begin));
  const absl::Status listens = daemon.Listen({});
  if (!listens.ok()) {
    std::cerr << listens << "\n";
    return 1;
  }
  daemon.Run();
  return 0;
}

}  // namespace
}  // namespace danebound

int main(int argc, char** argv) {
  int64_t begin = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[1], &begin)) return 1;
  return danebound::Serve(begin, argv[2]);
}
