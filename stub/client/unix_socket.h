// A connection to a Unix stream socket, which waits only where it is told to.
#ifndef DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_
#define DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_

#include <sys/types.h>

#include <chrono>
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

  // As Receive, but waits for octets.
  //
  //   longest  about how long: a little longer, or less, to spare a system
  //   call;
  //            positive. Then, or at a signal, -1 and EAGAIN or EINTR.
  ssize_t WaitAndReceive(char* octets, size_t size,
                         std::chrono::microseconds longest);

 private:
  int fd_ = -1;
  std::chrono::microseconds longest_ = {};  // that the socket waits; 0: not set
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_UNIX_SOCKET_H_
