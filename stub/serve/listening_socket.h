// A listening stream socket: Unix, TCP on loopback, or one from systemd.
#ifndef DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_
#define DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/serve/settings.h"
#include "stub/system/descriptor.h"
#include "stub/system/unix_listener.h"

namespace danebound {

class ListeningSocket {
 public:
  // Opens the socket and listens.
  //
  //   errors  as UnixListener::Listen, or as the system said; the text names
  //           the socket.
  static absl::StatusOr<ListeningSocket> Listen(const ListenAddress& address);

  // Takes over a descriptor that listens already. Its path stays when it ends.
  static ListeningSocket Inherit(int fd);

  int fd() const { return at_path_ ? at_path_->fd() : fd_.get(); }

 private:
  ListeningSocket() = default;

  static absl::StatusOr<ListeningSocket> ListenTcp(
      const ListenAddress& address);

  absl::optional<UnixListener> at_path_;  // a Unix one that was made here
  Descriptor fd_;                         // any other
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_
