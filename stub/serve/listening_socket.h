// A listening stream socket: Unix, TCP on loopback, or one from systemd.
#ifndef DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_
#define DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_

#include <sys/types.h>

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/serve/settings.h"

namespace danebound {

class ListeningSocket {
 public:
  // Opens the socket and listens. Only a Unix socket that nobody listens on is
  // replaced, and at no time is it open to more users than its mode says.
  //
  //   errors  FailedPrecondition  something that is no socket stands there.
  //           AlreadyExists       a live server listens there.
  //           NotFound            no such user or group.
  //           others              as the system said.
  //           The text names the socket.
  static absl::StatusOr<ListeningSocket> Listen(const ListenAddress& address);

  // Takes over a descriptor that listens already. Its path stays when it ends.
  static ListeningSocket Inherit(int fd);

  ListeningSocket(ListeningSocket&& other) noexcept {
    *this = std::move(other);
  }
  ListeningSocket& operator=(ListeningSocket&& other) noexcept;
  // Closes the socket, and takes a Unix one away from its path if it still is
  // this one.
  ~ListeningSocket();

  int fd() const { return fd_; }

 private:
  ListeningSocket() = default;

  static absl::StatusOr<ListeningSocket> ListenUnix(
      const ListenAddress& address);
  static absl::StatusOr<ListeningSocket> ListenTcp(
      const ListenAddress& address);

  int fd_ = -1;
  std::string path_;  // of a Unix socket that was made here
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LISTENING_SOCKET_H_
