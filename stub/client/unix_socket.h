// A non-blocking connection to a Unix stream socket.
#ifndef DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_
#define DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace danebound {

// Moves a descriptor out of the range of the standard ones: in a process that
// runs without these, what others write there must not reach the module.
//
//   fd       close-on-exec; -1 stays so, with errno.
//   returns  -1 with errno on failure; the descriptor is closed then.
int AboveStandard(int fd);

// Owns its descriptor, which is close-on-exec and never 0, 1 or 2. No call
// raises SIGPIPE.
class UnixSocket {
 public:
  UnixSocket() = default;
  UnixSocket(const UnixSocket&) = delete;
  UnixSocket& operator=(const UnixSocket&) = delete;
  ~UnixSocket() { Close(); }

  // Connects without waiting; an earlier connection is closed.
  //
  //   path     up to 107 octets, not empty, without NUL.
  //   returns  0, else an errno: EAGAIN where the listener's queue is full.
  int Connect(const std::string& path);

  // Closes the descriptor, which does not end the connection where another
  // process has it from a fork.
  void Close();

  // -1 while there is no connection.
  int fd() const { return fd_; }

  // Reads or writes what can be at once.
  //
  //   returns  octets moved; Receive: 0 at the end of the stream. On failure
  //            -1, and errno tells: EAGAIN when it would block.
  ssize_t Receive(char* octets, size_t size) const;
  ssize_t Send(absl::string_view octets) const;

 private:
  int fd_ = -1;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_
