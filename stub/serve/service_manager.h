// systemd: sockets from it, and word to it. Without systemd all of this is
// empty or does nothing.
#ifndef DANEBOUND_STUB_SERVE_SERVICE_MANAGER_H_
#define DANEBOUND_STUB_SERVE_SERVICE_MANAGER_H_

#include <chrono>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/serve/settings.h"

namespace danebound {

// A listening socket that systemd opened: sd_listen_fds(3).
struct InheritedSocket {
  int fd = -1;
  ServeProtocol protocol = ServeProtocol::kSocketmap;
};

// Takes the sockets that systemd opened; a second call has none.
//
//   errors  InvalidArgument  one whose FileDescriptorName= is no protocol.
absl::StatusOr<std::vector<InheritedSocket>> TakeInheritedSockets();

// Tells the state in the words of sd_notify(3), e.g. "READY=1".
void NotifyServiceManager(const std::string& state);

// Tells that the settings are read again; READY=1 ends it.
void NotifyReloading();

// How often to say "WATCHDOG=1"; zero: never.
std::chrono::microseconds WatchdogInterval();

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SERVICE_MANAGER_H_
