#include "stub/client/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace danebound {
namespace {

// How much longer than asked for a socket may wait.
constexpr std::chrono::milliseconds kSlack(2);

// Fills in the address. Returns 0 or an errno.
int AddressOf(const std::string& path, sockaddr_un& address) {
  if (path.empty() || path.find('\0') != std::string::npos) return EINVAL;
  if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
  address = {};
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return 0;
}

}  // namespace

int AboveStandard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return fd;
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error_number = errno;
  close(fd);
  errno = error_number;
  return moved;
}

int UnixSocket::Connect(const std::string& path) {
  Close();
  sockaddr_un address;
  if (const int error_number = AddressOf(path, address)) return error_number;
  fd_ = AboveStandard(
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd_ < 0) return errno;
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  while (connect(fd_, generic, sizeof address) != 0) {
    const int error_number = errno;
    if (error_number == EINTR) continue;
    Close();
    return error_number;
  }
  // From now on each call says whether it waits.
  longest_ = {};
  if (fcntl(fd_, F_SETFL, 0) == 0) return 0;
  const int error_number = errno;
  Close();
  return error_number;
}

void UnixSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

ssize_t UnixSocket::Receive(char* octets, size_t size) const {
  ssize_t count = 0;
  do {
    count = recv(fd_, octets, size, MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

ssize_t UnixSocket::Send(absl::string_view octets) const {
  ssize_t count = 0;
  do {
    count =
        send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

ssize_t UnixSocket::WaitAndReceive(char* octets, size_t size,
                                   std::chrono::microseconds longest) {
  // Mostly the same as the last time, less what it took to come here.
  if (longest_ > longest + kSlack || longest_ < longest / 2) {
    timeval time = {};
    time.tv_sec = static_cast<time_t>(longest.count() / 1000000);
    time.tv_usec = static_cast<suseconds_t>(longest.count() % 1000000);
    if (setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time) != 0) {
      return -1;
    }
    longest_ = longest;
  }
  return recv(fd_, octets, size, 0);
}

}  // namespace danebound
