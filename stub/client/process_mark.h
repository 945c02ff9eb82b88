// Tells a process from those that it was forked from, without asking the system
// each time.
#ifndef DANEBOUND_STUB_CLIENT_PROCESS_MARK_H_
#define DANEBOUND_STUB_CLIENT_PROCESS_MARK_H_

#include <sys/types.h>

namespace danebound {

// A page that the kernel empties in a child (MADV_WIPEONFORK); where it cannot,
// getpid(2) is asked.
class ProcessMark {
 public:
  ProcessMark() = default;
  ProcessMark(const ProcessMark&) = delete;
  ProcessMark& operator=(const ProcessMark&) = delete;
  ~ProcessMark();

  // Marks this process.
  void Set();
  // Says whether this process was marked, not one that it was forked from.
  bool IsSet() const;

 private:
  volatile char* page_ = nullptr;
  pid_t process_ = 0;  // where there is no page
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_PROCESS_MARK_H_
