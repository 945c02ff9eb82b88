// libevent's objects with owners.
#ifndef DANEBOUND_STUB_SERVE_EVENT_LOOP_H_
#define DANEBOUND_STUB_SERVE_EVENT_LOOP_H_

#include <event2/event.h>

#include <chrono>
#include <functional>
#include <memory>

#include "stub/system/free_with.h"

namespace danebound {

using EventBase = std::unique_ptr<event_base, FreeWith<event_base_free>>;
using Event = std::unique_ptr<event, FreeWith<event_free>>;

// A duration as libevent takes it; below 0 counts as 0.
timeval TimevalOf(std::chrono::steady_clock::duration duration);

// Calls a function when a time has passed or a signal comes.
class Alarm {
 public:
  using OnAlarm = std::function<void()>;

  // At a time set by RingIn.
  Alarm(event_base* base, OnAlarm on_alarm);
  // At each signal of that number.
  Alarm(event_base* base, int signal_number, OnAlarm on_alarm);
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // Rings once, after `delay`; what was set before is dropped.
  void RingIn(std::chrono::steady_clock::duration delay);
  void Silence();

 private:
  static void Ring(evutil_socket_t fd, short what, void* alarm);

  OnAlarm on_alarm_;
  Event event_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_EVENT_LOOP_H_
