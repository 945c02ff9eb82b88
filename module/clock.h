// The module's clock: seconds since the epoch that never go back and never
// stand still, so that a step of the wall clock makes no verdict immortal.
#ifndef DANEBOUND_MODULE_CLOCK_H_
#define DANEBOUND_MODULE_CLOCK_H_

#include <cstdint>
#include <mutex>

namespace danebound {

// One reading of the machine's clocks, nanoseconds.
struct ClockReading {
  int64_t wall = 0;  // CLOCK_REALTIME
  int64_t boot = 0;  // CLOCK_BOOTTIME: goes on while the machine sleeps
};

ClockReading ReadClocks();

// Starts at the wall clock and moves with each reading by what passed since the
// last one, on the wall or since boot, whichever is more: a forward step ends
// lives early, a backward step changes nothing. Safe in any thread.
class Clock {
 public:
  explicit Clock(ClockReading start) : last_(start), now_(start.wall) {}

  // Seconds since the epoch.
  int64_t Advance(ClockReading reading);

  int64_t Now() { return Advance(ReadClocks()); }

 private:
  std::mutex mutex_;
  ClockReading last_;
  int64_t now_;  // nanoseconds
};

// Time since boot, for deadlines.
int64_t BootMilliseconds();
int64_t BootMicroseconds();

}  // namespace danebound

#endif  // DANEBOUND_MODULE_CLOCK_H_
