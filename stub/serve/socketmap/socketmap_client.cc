#include "stub/serve/socketmap/socketmap_client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "stub/serve/socketmap/netstring.h"

namespace danebound {
namespace {

absl::Status Unavailable(absl::string_view path, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat(path, ": ", why));
}

absl::Status NotConnected(absl::string_view path, int error_number) {
  const std::string text = absl::StrCat(path, ": ", strerror(error_number));
  return error_number == EACCES ? absl::PermissionDeniedError(text)
                                : absl::UnavailableError(text);
}

// Waits until the socket is ready for `events`, or has failed.
absl::Status Wait(const UnixSocket& socket, int16_t events,
                  absl::Time deadline) {
  pollfd ready = {};
  ready.fd = socket.fd();
  ready.events = events;
  const int64_t left = absl::ToInt64Milliseconds(deadline - absl::Now());
  const int count =
      poll(&ready, 1, static_cast<int>(std::clamp<int64_t>(left, 0, 600000)));
  if (count > 0 || (count < 0 && errno == EINTR)) return absl::OkStatus();
  return absl::DeadlineExceededError("no reply in time");
}

}  // namespace

absl::StatusOr<SocketmapReply> SocketmapClient::Ask(absl::string_view map,
                                                    absl::string_view key,
                                                    absl::Duration timeout) {
  const std::string request = EncodeNetstring(absl::StrCat(map, " ", key));
  const absl::Time deadline = absl::Now() + timeout;
  const bool had_connection = socket_.fd() >= 0;
  absl::StatusOr<SocketmapReply> reply = Exchange(request, deadline);
  // The server closes connections that are idle.
  if (had_connection && absl::IsUnavailable(reply.status())) {
    reply = Exchange(request, deadline);
  }
  return reply;
}

absl::StatusOr<SocketmapReply> SocketmapClient::Exchange(
    absl::string_view request, absl::Time deadline) {
  if (socket_.fd() < 0) {
    const int error_number = socket_.Connect(path_);
    if (error_number != 0) return NotConnected(path_, error_number);
  }
  absl::StatusOr<SocketmapReply> reply = SendAndReceive(request, deadline);
  // A reply that comes later must not answer the next question.
  if (!reply.ok()) socket_.Close();
  return reply;
}

absl::StatusOr<SocketmapReply> SocketmapClient::SendAndReceive(
    absl::string_view request, absl::Time deadline) {
  // A request fits into the buffer of a socket that has none under way.
  if (socket_.Send(request) != static_cast<ssize_t>(request.size())) {
    return Unavailable(path_, "the connection is lost");
  }
  std::string received;
  std::array<char, 4096> room{};
  while (true) {
    absl::string_view octets = received;
    const auto text = TakeNetstring(&octets, kLongestSocketmapRequest);
    if (!text.ok()) return text.status();
    if (text->has_value()) return ParseSocketmapReply(**text);
    const absl::Status ready = Wait(socket_, POLLIN, deadline);
    if (!ready.ok()) return ready;
    const ssize_t count = socket_.Receive(room.data(), room.size());
    if (count < 0 && errno == EAGAIN) continue;
    if (count <= 0) return Unavailable(path_, "the connection is lost");
    received.append(room.data(), static_cast<size_t>(count));
  }
}

}  // namespace danebound
