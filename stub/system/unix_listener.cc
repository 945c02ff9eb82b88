#include "stub/system/unix_listener.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr int kBacklog = 512;
constexpr mode_t kPermissions = 07777;

absl::Status SystemError(absl::string_view what, absl::string_view path) {
  return absl::ErrnoToStatus(errno, absl::StrCat(what, " ", path));
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
  const Descriptor fd(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return true;
  const sockaddr_un address = AddressOf(path);
  const int result = connect(
      fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return result == 0 || errno != ECONNREFUSED;
}

// Removes a socket that nobody listens on; leaves everything else alone.
absl::Status MakeFree(const std::string& path) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return absl::OkStatus();
    return SystemError("cannot look at", path);
  }
  if (!S_ISSOCK(found.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(
        path,
        " exists and is no socket: remove it, or listen on another "
        "path"));
  }
  if (IsLive(path)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        " belongs to a running server: stop that, or listen on another path"));
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

absl::Status SetOwner(const std::string& path,
                      const UnixListener::Owner& owner) {
  const absl::StatusOr<uid_t> user = UserOf(owner.user);
  if (!user.ok()) return user.status();
  const absl::StatusOr<gid_t> group = GroupOf(owner.group);
  if (!group.ok()) return group.status();
  if (*user == kSameUser && *group == kSameGroup) return absl::OkStatus();
  if (lchown(path.c_str(), *user, *group) != 0) {
    return SystemError("cannot change the owner of", path);
  }
  return absl::OkStatus();
}

// Gives a new socket the bits that the umask took from it. A link that somebody
// puts in its place meanwhile is not followed; the C library needs /proc for
// that.
absl::Status SetMode(const std::string& path, mode_t is, mode_t wanted) {
  if ((is & kPermissions) == wanted ||
      fchmodat(AT_FDCWD, path.c_str(), wanted, AT_SYMLINK_NOFOLLOW) == 0) {
    return absl::OkStatus();
  }
  if (errno != EOPNOTSUPP) return SystemError("cannot set the mode of", path);
  return absl::FailedPreconditionError(
      absl::StrCat("cannot set the mode of ", path,
                   " without /proc: mount it in the chroot, or start with a "
                   "umask that leaves the mode as it is"));
}

}  // namespace

absl::StatusOr<UnixListener> UnixListener::Listen(const std::string& path,
                                                  uint32_t mode,
                                                  const Owner& owner) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is too long"));
  }
  if (const absl::Status free = MakeFree(path); !free.ok()) return free;
  UnixListener listener;
  listener.fd_ = Descriptor(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener.fd_.is_open()) {
    return SystemError("cannot make a socket for", path);
  }
  std::string copy = path;  // nothing may fail once the file is there
  const sockaddr_un address = AddressOf(path);
  // The mode of the descriptor, less the umask, is that of the new file: it is
  // at no time open to more users than it should be, and to nobody until its
  // owner is right.
  const bool is_given = !owner.user.empty() || !owner.group.empty();
  if (fchmod(listener.fd(), is_given ? 0 : mode) != 0 ||
      bind(listener.fd(), reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0) {
    return SystemError("cannot bind", path);
  }
  struct stat made {};
  if (lstat(path.c_str(), &made) != 0) return SystemError("cannot see", path);
  if (!S_ISSOCK(made.st_mode) || made.st_uid != geteuid()) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " was replaced by another user: who may write to "
                     "its folder?"));
  }
  listener.path_ = std::move(copy);
  listener.device_ = made.st_dev;
  listener.inode_ = made.st_ino;
  if (const absl::Status given = SetOwner(path, owner); !given.ok()) {
    return given;
  }
  if (const absl::Status set = SetMode(path, made.st_mode, mode); !set.ok()) {
    return set;
  }
  if (listen(listener.fd(), kBacklog) != 0) {
    return SystemError("cannot listen on", path);
  }
  return listener;
}

bool UnixListener::IsInPlace() const {
  struct stat found {};
  return lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ &&
         found.st_ino == inode_;
}

UnixListener& UnixListener::operator=(UnixListener&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  std::swap(device_, other.device_);
  std::swap(inode_, other.inode_);
  return *this;
}

UnixListener::~UnixListener() {
  if (fd_.is_open() && !path_.empty() && IsInPlace()) unlink(path_.c_str());
}

}  // namespace danebound
