// Asks a server of socketmap, and waits for the reply.
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/serve/socketmap/socketmap.h"
#include "stub/system/descriptor.h"

namespace danebound {

// Where it listens: a Unix socket's path, or else host and port.
struct SocketmapServer {
  std::string path;
  std::string host = {};  // a name, which is looked up, or an address
  std::string port = {};  // a number or a service's name
};

// Keeps its connection between questions, and makes a new one after any error.
class SocketmapClient {
 public:
  explicit SocketmapClient(SocketmapServer server)
      : server_(std::move(server)) {}

  // The text of each error begins with the server.
  //
  //   key     without control characters.
  //   errors  PermissionDenied  this user may not open the socket.
  //           Unavailable       nobody listens, or the server closed.
  //           DeadlineExceeded  no reply in time.
  //           InvalidArgument   the reply is not of socketmap.
  absl::StatusOr<SocketmapReply> Ask(absl::string_view map,
                                     absl::string_view key,
                                     absl::Duration timeout);

 private:
  absl::StatusOr<SocketmapReply> Exchange(absl::string_view request,
                                          absl::Time deadline);

  SocketmapServer server_;
  Descriptor socket_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_CLIENT_H_
