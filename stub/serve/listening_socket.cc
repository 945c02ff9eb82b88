#include "stub/serve/listening_socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr int kBacklog = 512;
constexpr int kSocketFlags = SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK;

absl::Status SystemError(absl::string_view what, absl::string_view socket) {
  const int error = errno;
  return absl::ErrnoToStatus(
      error, absl::StrCat(what, " ", socket, ": ", std::strerror(error)));
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
  const int fd = socket(AF_UNIX, kSocketFlags, 0);
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
                     " exists and is no socket: remove it, or listen "
                     "elsewhere"));
  }
  if (IsLive(path)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path, " belongs to a running server: stop that, or listen elsewhere"));
  }
  if (unlink(path.c_str()) != 0) return SystemError("cannot remove", path);
  return absl::OkStatus();
}

constexpr uid_t kSameUser = static_cast<uid_t>(-1);
constexpr gid_t kSameGroup = static_cast<gid_t>(-1);

absl::StatusOr<uid_t> UserOf(const std::string& name) {
  if (name.empty()) return kSameUser;
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 16384> room{};
  getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (found != nullptr) return found->pw_uid;
  return absl::NotFoundError(absl::StrCat("no user \"", name, "\""));
}

absl::StatusOr<gid_t> GroupOf(const std::string& name) {
  if (name.empty()) return kSameGroup;
  group entry{};
  group* found = nullptr;
  std::array<char, 16384> room{};
  getgrnam_r(name.c_str(), &entry, room.data(), room.size(), &found);
  if (found != nullptr) return found->gr_gid;
  return absl::NotFoundError(absl::StrCat("no group \"", name, "\""));
}

absl::Status SetOwner(const ListenAddress& address) {
  const absl::StatusOr<uid_t> user = UserOf(address.user);
  if (!user.ok()) return user.status();
  const absl::StatusOr<gid_t> group = GroupOf(address.group);
  if (!group.ok()) return group.status();
  if (*user == kSameUser && *group == kSameGroup) return absl::OkStatus();
  if (lchown(address.unix_path.c_str(), *user, *group) != 0) {
    return SystemError("cannot change the owner of", address.unix_path);
  }
  return absl::OkStatus();
}

struct TcpAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

TcpAddress TcpAddressOf(const ListenAddress& address) {
  TcpAddress result;
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&result.storage);
  if (inet_pton(AF_INET, address.tcp_address.c_str(), &ipv4->sin_addr) == 1) {
    ipv4->sin_family = AF_INET;
    ipv4->sin_port = htons(address.tcp_port);
    result.size = sizeof(sockaddr_in);
    return result;
  }
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&result.storage);
  ipv6->sin6_family = AF_INET6;
  ipv6->sin6_port = htons(address.tcp_port);
  inet_pton(AF_INET6, address.tcp_address.c_str(), &ipv6->sin6_addr);
  result.size = sizeof(sockaddr_in6);
  return result;
}

}  // namespace

absl::StatusOr<ListeningSocket> ListeningSocket::Listen(
    const ListenAddress& address) {
  return address.unix_path.empty() ? ListenTcp(address) : ListenUnix(address);
}

absl::StatusOr<ListeningSocket> ListeningSocket::ListenUnix(
    const ListenAddress& address) {
  const std::string& path = address.unix_path;
  if (const absl::Status free = MakeFree(path); !free.ok()) return free;
  ListeningSocket made;
  made.fd_ = socket(AF_UNIX, kSocketFlags, 0);
  if (made.fd_ < 0) return SystemError("cannot make a socket for", path);
  const sockaddr_un name = AddressOf(path);
  // The mode of the descriptor, less the umask, is that of the new file. It is
  // open to nobody until its owner is right.
  if (fchmod(made.fd_, 0) != 0 ||
      bind(made.fd_, reinterpret_cast<const sockaddr*>(&name), sizeof(name)) !=
          0) {
    return SystemError("cannot bind", path);
  }
  struct stat found {};
  if (lstat(path.c_str(), &found) == 0) {
    made.path_ = path;
    made.device_ = found.st_dev;
    made.inode_ = found.st_ino;
  }
  if (const absl::Status owned = SetOwner(address); !owned.ok()) return owned;
  if (chmod(path.c_str(), address.mode) != 0 ||
      listen(made.fd_, kBacklog) != 0) {
    return SystemError("cannot listen on", path);
  }
  return made;
}

absl::StatusOr<ListeningSocket> ListeningSocket::ListenTcp(
    const ListenAddress& address) {
  const TcpAddress name = TcpAddressOf(address);
  ListeningSocket made;
  made.fd_ = socket(name.storage.ss_family, kSocketFlags, 0);
  const int on = 1;
  if (made.fd_ < 0 ||
      setsockopt(made.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      bind(made.fd_, reinterpret_cast<const sockaddr*>(&name.storage),
           name.size) != 0 ||
      listen(made.fd_, kBacklog) != 0) {
    return SystemError("cannot listen on", ToText(address));
  }
  return made;
}

ListeningSocket ListeningSocket::Inherit(int fd) {
  ListeningSocket inherited;
  inherited.fd_ = fd;
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  return inherited;
}

ListeningSocket& ListeningSocket::operator=(ListeningSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

ListeningSocket::~ListeningSocket() {
  if (fd_ < 0) return;
  struct stat found {};
  if (!path_.empty() && lstat(path_.c_str(), &found) == 0 &&
      found.st_dev == device_ && found.st_ino == inode_) {
    unlink(path_.c_str());
  }
  close(fd_);
}

}  // namespace danebound
