// Any file as the settings of `danebound serve`: taken, or refused with its
// name and a line; what is taken can be asked for any destination.
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "stub/dane/next_hop.h"
#include "stub/serve/settings.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;

void Try(absl::string_view text) {
  const auto settings = ParseServeSettings(text, "file");
  if (!settings.ok()) {
    Require(absl::IsInvalidArgument(settings.status()), "another error");
    Require(absl::StartsWith(settings.status().message(), "file:"),
            "an error without its place");
    return;
  }
  for (const absl::string_view next_hop :
       {"example.org", "a.b.example.org", "[mx.example.org]", "[192.0.2.1]"}) {
    DestinationOf(*settings, ParseNextHop(next_hop).value(), kNow);
  }
  for (const ListenAddress& address : settings->listen) {
    Require(address.unix_path.empty() != address.tcp_address.empty(),
            "a listener that is nowhere, or at two places");
    Require(address.mode <= 0777, "a mode that cannot be");
  }
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
