#include "stub/serve/service_manager.h"

#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <ctime>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace danebound {
namespace {

struct NamesFree {
  explicit NamesFree(char** given) : names(given) {}
  NamesFree(const NamesFree&) = delete;
  NamesFree& operator=(const NamesFree&) = delete;
  ~NamesFree() {
    for (char** name = names; name != nullptr && *name != nullptr; ++name) {
      std::free(*name);
    }
    std::free(names);
  }
  char** names;
};

}  // namespace

absl::StatusOr<std::vector<InheritedSocket>> TakeInheritedSockets() {
  char** names = nullptr;
  const int count = sd_listen_fds_with_names(/*unset_environment=*/1, &names);
  const NamesFree owner(names);
  std::vector<InheritedSocket> sockets;
  for (int i = 0; i < count; ++i) {
    const auto protocol = ServeProtocolNamed(names[i]);
    if (!protocol.has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat("systemd handed over a socket named \"", names[i],
                       "\": set FileDescriptorName=socketmap, json or metrics "
                       "in its .socket unit"));
    }
    sockets.push_back({SD_LISTEN_FDS_START + i, *protocol});
  }
  return sockets;
}

void NotifyServiceManager(const std::string& state) {
  sd_notify(/*unset_environment=*/0, state.c_str());
}

void NotifyReloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  NotifyServiceManager(
      absl::StrCat("RELOADING=1\nMONOTONIC_USEC=",
                   int64_t{now.tv_sec} * 1000000 + now.tv_nsec / 1000));
}

std::chrono::microseconds WatchdogInterval() {
  uint64_t microseconds = 0;
  if (sd_watchdog_enabled(/*unset_environment=*/0, &microseconds) <= 0) {
    return {};
  }
  // Half of the time given, as sd_watchdog_enabled(3) advises.
  return std::chrono::microseconds(microseconds / 2);
}

}  // namespace danebound
