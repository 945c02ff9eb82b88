#include "stub/serve/event_loop.h"

#include <algorithm>
#include <utility>

namespace danebound {

timeval TimevalOf(std::chrono::steady_clock::duration duration) {
  const int64_t microseconds = std::max<int64_t>(
      std::chrono::ceil<std::chrono::microseconds>(duration).count(), 0);
  timeval time{};
  time.tv_sec = microseconds / 1000000;
  time.tv_usec = microseconds % 1000000;
  return time;
}

Alarm::Alarm(event_base* base, OnAlarm on_alarm)
    : on_alarm_(std::move(on_alarm)),
      event_(event_new(base, -1, 0, Ring, this)) {}

Alarm::Alarm(event_base* base, int signal_number, OnAlarm on_alarm)
    : on_alarm_(std::move(on_alarm)),
      event_(
          event_new(base, signal_number, EV_SIGNAL | EV_PERSIST, Ring, this)) {
  event_add(event_.get(), nullptr);
}

void Alarm::RingIn(std::chrono::steady_clock::duration delay) {
  const timeval time = TimevalOf(delay);
  event_add(event_.get(), &time);
}

void Alarm::Silence() { event_del(event_.get()); }

void Alarm::Ring(evutil_socket_t /*fd*/, short /*what*/, void* alarm) {
  static_cast<Alarm*>(alarm)->on_alarm_();
}

}  // namespace danebound
