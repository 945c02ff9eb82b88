// A listening Unix stream socket in the file system.
#ifndef DANEBOUND_STUB_SYSTEM_UNIX_LISTENER_H_
#define DANEBOUND_STUB_SYSTEM_UNIX_LISTENER_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/system/descriptor.h"

namespace danebound {

class UnixListener {
 public:
  // Whose the file is to be; empty: as it is made.
  struct Owner {
    std::string user;
    std::string group;
  };

  // Opens the socket and listens. Only a socket that nobody listens on is
  // replaced, and at no time is it open to more users than `mode` says.
  //
  //   path    absolute, at most 107 octets.
  //   mode    permission bits.
  //   errors  FailedPrecondition  something that is no socket stands there; or
  //                               its mode cannot be set safely.
  //           AlreadyExists       a live server listens there.
  //           NotFound            no such user or group.
  //           others              as the system said; the text names the path.
  static absl::StatusOr<UnixListener> Listen(const std::string& path,
                                             uint32_t mode,
                                             const Owner& owner = Owner());

  UnixListener(UnixListener&& other) noexcept { *this = std::move(other); }
  UnixListener& operator=(UnixListener&& other) noexcept;
  // Closes the socket and takes it away from `path`, if it still is this one.
  ~UnixListener();

  int fd() const { return fd_.get(); }

  // Says whether clients that connect to the path come here: the file has not
  // been removed or replaced.
  bool IsInPlace() const;

 private:
  UnixListener() = default;

  Descriptor fd_;
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_UNIX_LISTENER_H_
