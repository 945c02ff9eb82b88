// libunbound writes to TCP connections that may be gone; Unbound itself ignores
// SIGPIPE, a process that libunbound is a guest of may not.
#ifndef DANEBOUND_STUB_EMBEDDED_SIGPIPE_BLOCK_H_
#define DANEBOUND_STUB_EMBEDDED_SIGPIPE_BLOCK_H_

#include <csignal>

namespace danebound {

// While it lives, no SIGPIPE reaches this thread; one that comes is dropped,
// unless another was pending before.
class SigpipeBlock {
 public:
  SigpipeBlock();
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;
  ~SigpipeBlock();

 private:
  sigset_t before_;
  bool was_pending_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_SIGPIPE_BLOCK_H_
