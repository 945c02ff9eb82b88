#include "module/wake.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <type_traits>
#include <utility>

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

// What the socket is bound to; nothing for other than Internet sockets.
absl::optional<InternetAddress> AddressOf(int fd) {
  std::array<char, sizeof(sockaddr_storage)> octets{};
  socklen_t size = octets.size();
  sockaddr header{};
  if (getsockname(fd, reinterpret_cast<sockaddr*>(octets.data()), &size) != 0) {
    return absl::nullopt;
  }
  std::memcpy(&header, octets.data(), sizeof(header));
  if (header.sa_family == AF_INET) {
    sockaddr_in address{};
    std::memcpy(&address, octets.data(), sizeof(address));
    return address;
  }
  if (header.sa_family == AF_INET6) {
    sockaddr_in6 address{};
    std::memcpy(&address, octets.data(), sizeof(address));
    return address;
  }
  return absl::nullopt;
}

int PortOf(const sockaddr_in& address) { return ntohs(address.sin_port); }
int PortOf(const sockaddr_in6& address) { return ntohs(address.sin6_port); }

int PortOf(const InternetAddress& address) {
  return std::visit([](const auto& of) { return PortOf(of); }, address);
}

// One cannot send to "any address": sends to loopback instead.
void MakeReachable(sockaddr_in& address) {
  if (address.sin_addr.s_addr == htonl(INADDR_ANY)) {
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
}

void MakeReachable(sockaddr_in6& address) {
  if (IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr)) {
    address.sin6_addr = in6addr_loopback;
  }
}

// The same address, or loopback of its family, with any port.
sockaddr_in SourceFor(sockaddr_in target, bool from_loopback) {
  target.sin_port = 0;
  if (from_loopback) target.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return target;
}

sockaddr_in6 SourceFor(sockaddr_in6 target, bool from_loopback) {
  target.sin6_port = 0;
  if (from_loopback) target.sin6_addr = in6addr_loopback;
  return target;
}

bool IsSame(const WakeTarget& a, const WakeTarget& b) {
  return a.is_stream == b.is_stream && a.address.index() == b.address.index() &&
         std::visit(
             [&b](const auto& of) {
               using Kind = std::decay_t<decltype(of)>;
               return std::memcmp(&of, &std::get<Kind>(b.address),
                                  sizeof(of)) == 0;
             },
             a.address);
}

absl::optional<WakeTarget> TargetOf(int fd,
                                    const std::vector<int>& other_ports) {
  const int type = SocketOption(fd, SO_TYPE).value_or(0);
  if (type != SOCK_DGRAM && type != SOCK_STREAM) return absl::nullopt;
  WakeTarget target;
  target.is_stream = type == SOCK_STREAM;
  if (target.is_stream && SocketOption(fd, SO_ACCEPTCONN).value_or(0) == 0) {
    return absl::nullopt;
  }
  const absl::optional<InternetAddress> address = AddressOf(fd);
  if (!address || PortOf(*address) == 0) return absl::nullopt;
  if (target.is_stream && std::count(other_ports.begin(), other_ports.end(),
                                     PortOf(*address)) > 0) {
    return absl::nullopt;
  }
  target.address = *address;
  std::visit([](auto& of) { MakeReachable(of); }, target.address);
  return target;
}

// Sends from `fd`, a fresh socket. One that cannot be reached gets nothing;
// another may.
template <typename SocketAddress>
void SendFrom(int fd, const SocketAddress& target, bool from_loopback,
              const std::string& query) {
  const SocketAddress source = SourceFor(target, from_loopback);
  const auto* const from = reinterpret_cast<const sockaddr*>(&source);
  const auto* const to = reinterpret_cast<const sockaddr*>(&target);
  if (bind(fd, from, sizeof(source)) != 0) return;
  // On loopback a TCP connection is there at once, or refused.
  if (connect(fd, to, sizeof(target)) != 0 && errno != EINPROGRESS) return;
  send(fd, query.data(), query.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
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
        targets.begin(), targets.end(),
        [&target](const WakeTarget& other) { return IsSame(other, *target); });
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
  const int family =
      std::holds_alternative<sockaddr_in>(target.address) ? AF_INET : AF_INET6;
  const int type = target.is_stream ? SOCK_STREAM : SOCK_DGRAM;
  Descriptor socket_fd(socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket_fd.is_open()) return;
  const int fd = socket_fd.get();
  open_.push_back(std::move(socket_fd));
  std::string query = WakeQuery();
  if (target.is_stream) {
    query.insert(0, {'\0', static_cast<char>(query.size())});
  }
  std::visit([&](const auto& to) { SendFrom(fd, to, from_loopback, query); },
             target.address);
}

}  // namespace danebound
