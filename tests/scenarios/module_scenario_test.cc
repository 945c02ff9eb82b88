// Every scenario through Unbound with the module, over the socket.
#include <cstdlib>
#include <iostream>

#include "absl/time/time.h"
#include "stub/client/client.h"
#include "tests/scenarios/live_scenarios.h"

namespace danebound::scenario {
namespace {

AskAll AskWith(Client& client, Freshness freshness) {
  return [&client, freshness](const std::vector<NextHop>& next_hops,
                              const Choices& choices,
                              const OnVerdict& on_verdict) {
    LookupOptions options;
    options.choices = choices;
    options.freshness = freshness;
    options.timeout = absl::Seconds(60);
    client.LookupAll(next_hops, options, on_verdict);
  };
}

int Run(int argc, char** argv) {
  const char* socket = std::getenv("DANEBOUND_SOCKET");
  if (socket == nullptr) {
    std::cerr << "run this below tests/tree/tree.py\n";
    return 1;
  }
  ClientOptions options;
  options.socket_path = socket;
  Client client(options);
  return RunLiveScenarios(argc, argv, "module",
                          {{"asked first", AskWith(client, Freshness::kFresh)},
                           {"asked again, from the resolver's caches",
                            AskWith(client, Freshness::kFresh)},
                           {"asked again, from the module's cache",
                            AskWith(client, Freshness::kAny)}});
}

}  // namespace
}  // namespace danebound::scenario

int main(int argc, char** argv) { return danebound::scenario::Run(argc, argv); }
