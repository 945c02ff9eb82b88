// A program outside the tree that asks for a verdict. An address as next hop
// needs neither module nor DNS.
#include <cstdio>

#include "absl/status/statusor.h"
#include "stub/client/client.h"
#include "stub/client/options.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"

int main() {
  const absl::StatusOr<danebound::NextHop> next_hop =
      danebound::ParseNextHop("[192.0.2.1]");
  if (!next_hop.ok()) return 1;
  danebound::Client client{danebound::ClientOptions()};
  const absl::StatusOr<danebound::Verdict> verdict =
      client.Lookup(*next_hop, danebound::LookupOptions());
  if (!verdict.ok() || verdict->hosts.size() != 1) return 2;
  std::puts(danebound::ToText(verdict->hosts[0].duty).data());
  return 0;
}
