// Asks a server of socketmap over a Unix socket, and waits for the reply.
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/client/unix_socket.h"
#include "stub/serve/socketmap/socketmap.h"

namespace danebound {

// Keeps its connection between questions, and makes a new one after any error.
class SocketmapClient {
 public:
  explicit SocketmapClient(std::string path) : path_(std::move(path)) {}

  //   key     without control characters.
  //   errors  Unavailable       nobody listens, or the server closed.
  //           DeadlineExceeded  no reply in time.
  //           InvalidArgument   the reply is not of socketmap.
  absl::StatusOr<SocketmapReply> Ask(absl::string_view map,
                                     absl::string_view key,
                                     absl::Duration timeout);

 private:
  absl::StatusOr<SocketmapReply> Exchange(absl::string_view request,
                                          absl::Time deadline);

  absl::StatusOr<SocketmapReply> SendAndReceive(absl::string_view request,
                                                absl::Time deadline);

  std::string path_;
  UnixSocket socket_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_
