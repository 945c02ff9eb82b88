#include "stub/serve/socketmap/socketmap_client.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "stub/serve/socketmap/netstring.h"
#include "stub/system/free_with.h"

namespace danebound {
namespace {

using AddressesPtr = std::unique_ptr<addrinfo, FreeWith<freeaddrinfo>>;

// Of the last call.
absl::Status LastError() {
  switch (errno) {
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(std::strerror(errno));
    case EAGAIN:
    case EINPROGRESS:
      return absl::DeadlineExceededError("no reply in time");
    default:
      return absl::UnavailableError(std::strerror(errno));
  }
}

// Lets a call on the socket take until then. 0 would be for ever.
void SetDeadline(const Descriptor& socket, absl::Time deadline) {
  const timeval left =
      absl::ToTimeval(std::max(deadline - absl::Now(), absl::Microseconds(1)));
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &left, sizeof(left));
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &left, sizeof(left));
}

absl::StatusOr<Descriptor> ConnectTo(const sockaddr* address, socklen_t size,
                                     absl::Time deadline) {
  Descriptor made(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SetDeadline(made, deadline);
  if (connect(made.get(), address, size) != 0) return LastError();
  return made;
}

absl::StatusOr<Descriptor> ConnectTo(const std::string& path,
                                     absl::Time deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError("the path is too long for a socket");
  }
  path.copy(address.sun_path, path.size());
  return ConnectTo(reinterpret_cast<const sockaddr*>(&address), sizeof(address),
                   deadline);
}

// One address after the other: a name may have one where nobody listens.
absl::StatusOr<Descriptor> ConnectTo(const std::string& host,
                                     const std::string& port,
                                     absl::Time deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  const AddressesPtr addresses(found);
  absl::StatusOr<Descriptor> made = absl::UnavailableError("no address");
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    made = ConnectTo(each->ai_addr, each->ai_addrlen, deadline);
    if (made.ok()) break;
  }
  return made;
}

absl::StatusOr<SocketmapReply> SendAndReceive(const Descriptor& socket,
                                              absl::string_view request,
                                              absl::Time deadline) {
  // A request fits into the buffer of a socket that has none under way.
  if (send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return LastError();
  }
  std::string received;
  std::array<char, 4096> room{};
  for (;;) {
    absl::string_view octets = received;
    const auto text = TakeNetstring(&octets, kLongestSocketmapRequest);
    if (!text.ok()) return text.status();
    if (text->has_value()) return ParseSocketmapReply(**text);
    SetDeadline(socket, deadline);
    const ssize_t count = recv(socket.get(), room.data(), room.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return LastError();
    if (count == 0) return absl::UnavailableError("it closes the connection");
    received.append(room.data(), static_cast<size_t>(count));
  }
}

}  // namespace

absl::StatusOr<SocketmapReply> SocketmapClient::Ask(absl::string_view map,
                                                    absl::string_view key,
                                                    absl::Duration timeout) {
  const std::string request = EncodeNetstring(absl::StrCat(map, " ", key));
  const absl::Time deadline = absl::Now() + timeout;
  const bool had_connection = socket_.is_open();
  absl::StatusOr<SocketmapReply> reply = Exchange(request, deadline);
  // The server closes connections that are idle.
  if (had_connection && absl::IsUnavailable(reply.status())) {
    reply = Exchange(request, deadline);
  }
  if (reply.ok()) return reply;
  const std::string name = server_.path.empty()
                               ? absl::StrCat(server_.host, ":", server_.port)
                               : server_.path;
  return absl::Status(reply.status().code(),
                      absl::StrCat(name, ": ", reply.status().message()));
}

absl::StatusOr<SocketmapReply> SocketmapClient::Exchange(
    absl::string_view request, absl::Time deadline) {
  if (!socket_.is_open()) {
    auto made = server_.path.empty()
                    ? ConnectTo(server_.host, server_.port, deadline)
                    : ConnectTo(server_.path, deadline);
    if (!made.ok()) return made.status();
    socket_ = *std::move(made);
  }
  absl::StatusOr<SocketmapReply> reply =
      SendAndReceive(socket_, request, deadline);
  // A reply that comes later must not answer the next question.
  if (!reply.ok()) socket_ = Descriptor();
  return reply;
}

}  // namespace danebound
