#include "module/clock.h"

#include <algorithm>
#include <ctime>

namespace danebound {
namespace {

constexpr int64_t kNanosecondsPerSecond = 1000000000;

int64_t Nanoseconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec;
}

}  // namespace

ClockReading ReadClocks() {
  return {Nanoseconds(CLOCK_REALTIME), Nanoseconds(CLOCK_BOOTTIME)};
}

int64_t Clock::Advance(ClockReading reading) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const int64_t passed =
      std::max(reading.wall - last_.wall, reading.boot - last_.boot);
  now_ += std::max<int64_t>(passed, 0);
  last_ = reading;
  return now_ / kNanosecondsPerSecond;
}

int64_t BootMicroseconds() { return Nanoseconds(CLOCK_BOOTTIME) / 1000; }

int64_t BootMilliseconds() { return Nanoseconds(CLOCK_BOOTTIME) / 1000000; }

}  // namespace danebound
