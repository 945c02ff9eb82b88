#include "module/wake.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "absl/types/optional.h"
#include "module/unbound.h"

namespace danebound {
namespace {

// No process opens descriptors beyond this without closing earlier ones.
constexpr rlim_t kMostDescriptors = 65536;

absl::optional<int> SocketOption(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof(value);
  if (getsockopt(fd, SOL_SOCKET, option, &value, &size) != 0) {
    return absl::nullopt;
  }
  return value;
}

// The port of an Internet address, 0 for others.
int PortOf(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

// One cannot send to "any address".
void MakeReachable(sockaddr_storage* address) {
  if (address->ss_family == AF_INET) {
    auto& ipv4 = reinterpret_cast<sockaddr_in&>(*address);
    if (ipv4.sin_addr.s_addr == htonl(INADDR_ANY)) {
      ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return;
  }
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(*address);
  if (IN6_IS_ADDR_UNSPECIFIED(&ipv6.sin6_addr)) {
    ipv6.sin6_addr = in6addr_loopback;
  }
}

absl::optional<WakeTarget> TargetOf(int fd,
                                    const std::vector<int>& other_ports) {
  const absl::optional<int> type = SocketOption(fd, SO_TYPE);
  if (!type || (*type != SOCK_DGRAM && *type != SOCK_STREAM)) {
    return absl::nullopt;
  }
  const bool is_stream = *type == SOCK_STREAM;
  if (is_stream && SocketOption(fd, SO_ACCEPTCONN).value_or(0) == 0) {
    return absl::nullopt;
  }
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return absl::nullopt;
  }
  const int port = PortOf(address);
  if (port == 0) return absl::nullopt;
  if (is_stream && std::count(other_ports.begin(), other_ports.end(), port)) {
    return absl::nullopt;
  }
  MakeReachable(&address);
  return WakeTarget{std::string(reinterpret_cast<const char*>(&address), size),
                    address.ss_family, is_stream};
}

sockaddr_storage AddressOf(const WakeTarget& target) {
  sockaddr_storage address{};
  std::memcpy(&address, target.address.data(), target.address.size());
  return address;
}

// 127.0.0.1 or ::1, or the target's own address, with any port.
sockaddr_storage SourceFor(const WakeTarget& target, bool from_loopback) {
  sockaddr_storage source{};
  source.ss_family = static_cast<sa_family_t>(target.family);
  if (from_loopback) {
    MakeReachable(&source);
    return source;
  }
  source = AddressOf(target);
  if (target.family == AF_INET) {
    reinterpret_cast<sockaddr_in&>(source).sin_port = 0;
  } else {
    reinterpret_cast<sockaddr_in6&>(source).sin6_port = 0;
  }
  return source;
}

}  // namespace

std::vector<WakeTarget> FindWakeTargets(const std::vector<int>& other_ports) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int end = static_cast<int>(std::min(limit.rlim_cur, kMostDescriptors));
  std::vector<WakeTarget> targets;
  for (int fd = 0; fd < end; ++fd) {
    const absl::optional<WakeTarget> target = TargetOf(fd, other_ports);
    if (!target) continue;
    const bool is_known = std::any_of(
        targets.begin(), targets.end(), [&target](const WakeTarget& other) {
          return other.address == target->address &&
                 other.is_stream == target->is_stream;
        });
    if (!is_known) targets.push_back(*target);
  }
  return targets;
}

std::string WakeQuery() {
  std::string query("\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  query.push_back('\0');  // the root
  for (const int number : {int{unbound_lookup_type}, int{unbound_wake_class}}) {
    query.push_back(static_cast<char>(number >> 8));
    query.push_back(static_cast<char>(number & 0xff));
  }
  return query;
}

void Wake::Send(const std::vector<WakeTarget>& targets) {
  Clear();
  for (const WakeTarget& target : targets) {
    SendTo(target, true);
    SendTo(target, false);
  }
}

void Wake::SendTo(const WakeTarget& target, bool from_loopback) {
  const int type = target.is_stream ? SOCK_STREAM : SOCK_DGRAM;
  const int fd = socket(target.family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return;
  open_.push_back(fd);
  const sockaddr_storage source = SourceFor(target, from_loopback);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&source),
           static_cast<socklen_t>(target.address.size())) != 0) {
    return;
  }
  connect(fd, reinterpret_cast<const sockaddr*>(target.address.data()),
          static_cast<socklen_t>(target.address.size()));
  std::string query = WakeQuery();
  if (target.is_stream) {
    query.insert(0, {'\0', static_cast<char>(query.size())});
  }
  // On loopback a TCP connection is there at once, or refused.
  send(fd, query.data(), query.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void Wake::Clear() {
  for (const int fd : open_) close(fd);
  open_.clear();
}

}  // namespace danebound
