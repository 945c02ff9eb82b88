#include "stub/client/unix_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace danebound {
namespace {

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
  return 0;
}

void UnixSocket::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

ssize_t UnixSocket::Receive(char* octets, size_t size) const {
  ssize_t count = 0;
  do {
    count = recv(fd_, octets, size, 0);
  } while (count < 0 && errno == EINTR);
  return count;
}

ssize_t UnixSocket::Send(absl::string_view octets) const {
  ssize_t count = 0;
  do {
    count = send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace danebound
