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

// Reads the wall before the other: a thread that is held up in between sees
// the wall behind, never ahead, of where it is.
ClockReading ReadClocks();

// Goes with the time since boot, set by the furthest that the wall was ever
// seen ahead of it: a forward step of the wall ends lives early, a backward
// step changes nothing, and however often it is read it gains nothing. Safe in
// any thread; a reading that comes after a later one is passed over.
class Clock {
 public:
  explicit Clock(ClockReading start)
      : boot_(start.boot),
        furthest_(start.wall - start.boot),
        expected_(furthest_),
        now_(start.wall) {}

  // Seconds since the epoch.
  int64_t Advance(ClockReading reading);

  int64_t Now() { return Advance(ReadClocks()); }

  // Seconds by which the wall, as last read, lies behind where it would be
  // without backward steps; 0 where that is less than one. What another cache
  // holds with an end by the wall, from before such a step, lives so much too
  // long, also when the wall has come past where it stepped back from: the step
  // is forgotten when the wall steps forward again, or once nothing from before
  // it can be left (kMostCachedLife).
  int64_t StepBack() const;

  // The longest that Unbound keeps anything, seconds: its cache-max-ttl.
  static constexpr int64_t kMostCachedLife = 86400;

 private:
  void NoteStep(int64_t ahead);

  mutable std::mutex mutex_;
  // Nanoseconds, all of them.
  int64_t boot_;          // the latest reading
  int64_t furthest_;      // that the wall was seen ahead of the time since boot
  int64_t expected_;      // the same, of steps that are not forgotten
  int64_t now_;           // since the epoch
  int64_t behind_ = 0;    // how far the wall lies behind expected_
  int64_t noted_ = 0;     // behind_ at the last backward step
  int64_t noted_at_ = 0;  // when that was, since boot
};

// Time since boot, for deadlines.
int64_t BootMilliseconds();
int64_t BootMicroseconds();

}  // namespace danebound

#endif  // DANEBOUND_MODULE_CLOCK_H_
