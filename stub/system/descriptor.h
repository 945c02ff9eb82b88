// A file descriptor that is closed when its owner goes, also by an exception.
#ifndef DANEBOUND_STUB_SYSTEM_DESCRIPTOR_H_
#define DANEBOUND_STUB_SYSTEM_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace danebound {

class Descriptor {
 public:
  Descriptor() = default;
  // `fd` may be negative: there is none.
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }

  bool is_open() const { return fd_ >= 0; }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_DESCRIPTOR_H_
