// Any file as the module's settings: taken or refused with its name and a line,
// never the end of Unbound, in which exceptions of the TOML parser are off.
#include "stub/system/module_settings.h"

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/require.h"

namespace danebound {
namespace {

void Try(absl::string_view text) {
  ModuleSettings settings;
  const absl::Status status = ParseModuleSettings(text, "file", &settings);
  Require(status.ok() || absl::IsInvalidArgument(status), "another error");
  Require(status.ok() || absl::StartsWith(status.message(), "file:"),
          "an error without its place");
  Require(settings.socket.size() < 108 && settings.socket.front() == '/',
          "a socket that cannot be");
  Require(settings.socket_mode <= 0777, "a mode that cannot be");
  Require(settings.evaluated_hosts >= 1 && settings.evaluated_hosts <= 100 &&
              settings.deadline_ms >= 100 && settings.deadline_ms <= 600000 &&
              settings.cache_bytes >= 0,
          "a number out of its bounds");
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
