#include "module/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr int kBacklog = 128;

absl::Status SystemError(absl::string_view what, absl::string_view path) {
  const int error = errno;
  return absl::ErrnoToStatus(
      error, absl::StrCat(what, " ", path, ": ", std::strerror(error)));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

// Says whether a server listens at the path. Only a refused connection says
// that none does.
bool IsLive(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return true;
  const sockaddr_un address = AddressOf(path);
  const int result =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const bool is_refused = result != 0 && errno == ECONNREFUSED;
  close(fd);
  return !is_refused;
}

// Removes a socket that nobody listens on; leaves everything else alone.
absl::Status MakeFree(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return SystemError("cannot look at", path);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " exists and is no socket: remove it, or set `socket` to "
                     "another path"));
  }
  if (IsLive(path)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        " belongs to a running server: stop that, or set `socket` to "
        "another path"));
  }
  if (unlink(path.c_str()) != 0) return SystemError("cannot remove", path);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Listener> Listener::Listen(const std::string& path,
                                          uint32_t mode) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is too long"));
  }
  if (const absl::Status free = MakeFree(path); !free.ok()) return free;
  Listener listener;
  listener.fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener.fd_ < 0) return SystemError("cannot make a socket for", path);
  const sockaddr_un address = AddressOf(path);
  // The mode of the descriptor, less the umask, is that of the new file: it is
  // at no time open to more users than it should be.
  if (fchmod(listener.fd_, mode) != 0 ||
      bind(listener.fd_, reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0) {
    return SystemError("cannot bind", path);
  }
  struct stat made {};
  if (lstat(path.c_str(), &made) == 0) {
    listener.path_ = path;
    listener.device_ = made.st_dev;
    listener.inode_ = made.st_ino;
  }
  if (chmod(path.c_str(), mode) != 0 || listen(listener.fd_, kBacklog) != 0) {
    return SystemError("cannot listen on", path);
  }
  return listener;
}

Listener& Listener::operator=(Listener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

Listener::~Listener() {
  if (fd_ < 0) return;
  struct stat found {};
  if (!path_.empty() && lstat(path_.c_str(), &found) == 0 &&
      found.st_dev == device_ && found.st_ino == inode_) {
    unlink(path_.c_str());
  }
  close(fd_);
}

}  // namespace danebound
