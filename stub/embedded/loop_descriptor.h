// One descriptor for all that a libevent loop waits for, so that another loop
// can wait for it: libevent does not give its own away.
//
//   events of the loop --> Follow --> epoll set --> fd()
//                            |
//                            +------------------> NextTimer()
#ifndef DANEBOUND_STUB_EMBEDDED_LOOP_DESCRIPTOR_H_
#define DANEBOUND_STUB_EMBEDDED_LOOP_DESCRIPTOR_H_

#include <event2/event.h>

#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/embedded/clock.h"

namespace danebound {

class LoopDescriptor {
 public:
  // Makes a descriptor that follows nothing yet.
  //
  //   errors   ResourceExhausted  the process or the system has none left.
  static absl::StatusOr<LoopDescriptor> New();

  LoopDescriptor(LoopDescriptor&& other) noexcept;
  LoopDescriptor(const LoopDescriptor&) = delete;
  LoopDescriptor& operator=(LoopDescriptor&&) = delete;
  ~LoopDescriptor();

  // Has the descriptor stand for what the loop waits for now; to be called
  // after each turn of the loop, and whenever events were added to it. Throws
  // std::bad_alloc; the descriptor then is to be followed up later.
  void Follow(event_base* loop);

  // Has the descriptor stand for nothing, until it follows the loop again.
  void Rest() noexcept;

  // Readable while something of the loop is ready.
  int fd() const { return fd_; }

  // When the loop wants a turn at the latest; nullopt: not before fd().
  absl::optional<SteadyTime> NextTimer() const { return next_timer_; }

 private:
  explicit LoopDescriptor(int fd) : fd_(fd) {}

  int fd_;
  std::map<int, uint32_t> followed_;  // epoll events by descriptor
  absl::optional<SteadyTime> next_timer_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_LOOP_DESCRIPTOR_H_
