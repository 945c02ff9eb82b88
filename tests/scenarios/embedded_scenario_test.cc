// Every scenario through libunbound in this process.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "absl/time/time.h"
#include "stub/embedded/embedded.h"
#include "tests/scenarios/live_scenarios.h"

namespace danebound::scenario {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(60);

int Run(int argc, char** argv) {
  const char* conf = std::getenv("DANEBOUND_TREE_CONF");
  if (conf == nullptr) {
    std::cerr << "run this below tests/tree/tree.py\n";
    return 1;
  }
  EmbeddedOptions options;
  options.unbound_conf = conf;
  options.parallel_lookups = 500;
  absl::StatusOr<std::unique_ptr<Embedded>> embedded = Embedded::New(options);
  if (!embedded.ok()) {
    std::cerr << embedded.status() << "\n";
    return 1;
  }
  const AskAll ask_all = [&embedded](const std::vector<NextHop>& next_hops,
                                     const Choices& choices,
                                     const OnVerdict& on_verdict) {
    const absl::Status status =
        (*embedded)->LookupAll(next_hops, choices, kTimeout, on_verdict);
    if (!status.ok()) std::cerr << status << "\n";
  };
  return RunLiveScenarios(argc, argv, "embedded",
                          {{"asked first", ask_all}, {"asked again", ask_all}});
}

}  // namespace
}  // namespace danebound::scenario

int main(int argc, char** argv) { return danebound::scenario::Run(argc, argv); }
