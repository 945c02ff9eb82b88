#include "stub/serve/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr int kBacklog = 512;

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

TcpAddress TcpAddressOf(const ListenAddress& address) {
  TcpAddress result;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (inet_pton(AF_INET, address.tcp_address.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(address.tcp_port);
    result.size = sizeof(sockaddr_in);
    return result;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(address.tcp_port);
  inet_pton(AF_INET6, address.tcp_address.c_str(), &ipv6->sin6_addr);
  result.size = sizeof(sockaddr_in6);
  return result;
}

}  // namespace

absl::StatusOr<ListeningSocket> ListeningSocket::Listen(
    const ListenAddress& address) {
  if (address.unix_path.empty()) return ListenTcp(address);
  absl::StatusOr<UnixListener> listener = UnixListener::Listen(
      address.unix_path, address.mode, {address.user, address.group});
  if (!listener.ok()) return listener.status();
  ListeningSocket made;
  made.at_path_ = *std::move(listener);
  return made;
}

absl::StatusOr<ListeningSocket> ListeningSocket::ListenTcp(
    const ListenAddress& address) {
  const TcpAddress name = TcpAddressOf(address);
  ListeningSocket made;
  made.fd_ = Descriptor(socket(name.storage.ss_family,
                               SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  if (!made.fd_.is_open() ||
      setsockopt(made.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(made.fd(), reinterpret_cast<const sockaddr*>(&name.storage),
           name.size) != 0 ||
      listen(made.fd(), kBacklog) != 0) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("cannot listen on ", ToText(address)));
  }
  return made;
}

ListeningSocket ListeningSocket::Inherit(int fd) {
  ListeningSocket inherited;
  inherited.fd_ = Descriptor(fd);
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return inherited;
}

}  // namespace danebound
