// A program beside the event loop: started, and heard until it closes its
// output. It can neither block the loop nor outlive its owner.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_CHILD_PROGRAM_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_CHILD_PROGRAM_H_

#include <event2/event.h>
#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/serve/event_loop.h"
#include "stub/system/descriptor.h"

namespace danebound {

struct ChildLimits {
  std::chrono::milliseconds longest = std::chrono::minutes(5);
  size_t most_octets = 4 << 20;  // of output
};

class ChildProgram {
 public:
  // Takes what the program printed, both streams in one, or why there is none:
  //
  //   DeadlineExceeded  it took too long
  //   OutOfRange        it printed too much
  //   Unavailable       its output cannot be read
  using OnEnd = std::function<void(const absl::StatusOr<std::string>& output)>;

  // Starts a program, which has no input and none of our descriptors.
  //
  //   words   the path of the program, then its arguments.
  //   on_end  called once, later; may destroy the ChildProgram.
  //   errors  Unavailable  it cannot be started.
  static absl::StatusOr<std::unique_ptr<ChildProgram>> Start(
      event_base* base, const std::vector<std::string>& words,
      const ChildLimits& limits, OnEnd on_end);

  ChildProgram(const ChildProgram&) = delete;
  ChildProgram& operator=(const ChildProgram&) = delete;
  // Kills it where it still runs.
  ~ChildProgram();

 private:
  ChildProgram(event_base* base, const ChildLimits& limits, OnEnd on_end);

  static void OnReady(evutil_socket_t fd, short what, void* child);
  absl::Status Begin(const std::vector<std::string>& words);
  void Read();
  void End(const absl::StatusOr<std::string>& output);

  event_base* base_;
  ChildLimits limits_;
  OnEnd on_end_;
  pid_t pid_ = -1;
  Descriptor output_end_;  // goes after the event on it
  Event ready_;
  std::string output_;
  Alarm deadline_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_CHILD_PROGRAM_H_
