// Writes the log without waiting for it: a journal that is slow, or a pipe that
// nobody reads, holds up no answer.
//
//   Write --> queue, bounded --> a thread of its own --> descriptor
//               | full
//               +--> the line is lost, counted, and told of in the log
#ifndef DANEBOUND_STUB_SERVE_LOG_LOG_WRITER_H_
#define DANEBOUND_STUB_SERVE_LOG_LOG_WRITER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"

namespace danebound {

class LogWriter {
 public:
  // The line that tells how many lines are lost.
  using Notice = std::function<std::string(uint64_t lost)>;

  // Octets that wait at the most.
  static constexpr size_t kMostQueued = size_t{1} << 20;

  //   fd      stays open until the process ends.
  //   notice  called from inside Write.
  LogWriter(int fd, Notice notice);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // Waits up to a second until what is queued is written.
  ~LogWriter();

  // Queues a line, given without its newline.
  void Write(absl::string_view line);

  // Lines that were lost so far.
  uint64_t lost() const { return lost_; }

 private:
  struct Queue;

  static void Run(int fd, const std::shared_ptr<Queue>& queue);

  Notice notice_;
  uint64_t lost_ = 0;
  uint64_t told_ = 0;  // of those lost
  std::shared_ptr<Queue> queue_;
  std::thread thread_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_LOG_WRITER_H_
