// Several descriptors behind one, for event loops that watch just that.
#ifndef DANEBOUND_STUB_CLIENT_DESCRIPTOR_SET_H_
#define DANEBOUND_STUB_CLIENT_DESCRIPTOR_SET_H_

#include "stub/client/process_mark.h"

namespace danebound {

// An epoll(7) instance, made for the first descriptor. It is close-on-exec and
// never 0, 1 or 2.
class DescriptorSet {
 public:
  DescriptorSet() = default;
  DescriptorSet(const DescriptorSet&) = delete;
  DescriptorSet& operator=(const DescriptorSet&) = delete;
  ~DescriptorSet() { Close(); }

  // Adds a descriptor, to be read from. Returns 0, else an errno.
  int Add(int fd);

  // Says whether room to write counts, too.
  void WatchRoom(int fd, bool wanted) const;

  // Takes a descriptor out, before it is closed: one that another process has
  // from a fork would go on being ready. Does nothing in such a process.
  void Remove(int fd) const;

  // Ends the set. In a process that was forked, that of its parent stays.
  void Close();

  // Readable while one of the set is ready; -1 before the first Add.
  int fd() const { return fd_; }

  // Says whether this process made the set, not one that it was forked from:
  // what is done to a set is done to it in both.
  bool IsOwn() const;

 private:
  int fd_ = -1;
  ProcessMark owner_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_DESCRIPTOR_SET_H_
