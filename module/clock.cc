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
  ClockReading reading;
  reading.wall = Nanoseconds(CLOCK_REALTIME);
  reading.boot = Nanoseconds(CLOCK_BOOTTIME);
  return reading;
}

int64_t Clock::Advance(ClockReading reading) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (reading.boot >= boot_) {
    const int64_t ahead = reading.wall - reading.boot;
    boot_ = reading.boot;
    furthest_ = std::max(furthest_, ahead);
    now_ = std::max(now_, boot_ + furthest_);
    NoteStep(ahead);
  }
  return now_ / kNanosecondsPerSecond;
}

int64_t BootMicroseconds() { return Nanoseconds(CLOCK_BOOTTIME) / 1000; }

void Clock::NoteStep(int64_t ahead) {
  expected_ = std::max(expected_, ahead);
  behind_ = expected_ - ahead;
  noted_ = std::min(noted_, behind_);
  if (behind_ - noted_ >= kNanosecondsPerSecond) {
    noted_ = behind_;
    noted_at_ = boot_;
  }
  const int64_t most = kMostCachedLife * kNanosecondsPerSecond + behind_;
  if (noted_ == 0 || boot_ - noted_at_ <= most) return;
  expected_ = ahead;
  behind_ = 0;
  noted_ = 0;
}

int64_t Clock::StepBack() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return behind_ / kNanosecondsPerSecond;
}

int64_t BootMilliseconds() { return Nanoseconds(CLOCK_BOOTTIME) / 1000000; }

}  // namespace danebound
