#include "stub/client/descriptor_set.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>

#include "stub/client/unix_socket.h"

namespace danebound {
namespace {

int Watch(int set, int operation, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  return epoll_ctl(set, operation, fd, &event) == 0 ? 0 : errno;
}

}  // namespace

int DescriptorSet::Add(int fd) {
  if (fd_ < 0) {
    fd_ = AboveStandard(epoll_create1(EPOLL_CLOEXEC));
    if (fd_ < 0) return errno;
    owner_.Set();
  }
  return Watch(fd_, EPOLL_CTL_ADD, fd, EPOLLIN);
}

void DescriptorSet::WatchRoom(int fd, bool wanted) const {
  Watch(fd_, EPOLL_CTL_MOD, fd, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void DescriptorSet::Remove(int fd) const {
  if (IsOwn()) Watch(fd_, EPOLL_CTL_DEL, fd, 0);
}

void DescriptorSet::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

bool DescriptorSet::IsOwn() const { return fd_ >= 0 && owner_.IsSet(); }

}  // namespace danebound
