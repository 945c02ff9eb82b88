// Asks one name server by UDP whether it validates, within an event loop.
#ifndef DANEBOUND_STUB_SERVE_RESOLVER_VALIDATION_PROBE_H_
#define DANEBOUND_STUB_SERVE_RESOLVER_VALIDATION_PROBE_H_

#include <event2/event.h>

#include <cstdint>
#include <functional>
#include <string>

#include "stub/serve/event_loop.h"
#include "stub/serve/resolver/root_question.h"

namespace danebound {

class ValidationProbe {
 public:
  //   why  for kNotShown: "no answer within 2 s", "Connection refused", …;
  //        where sending is not permitted, also what to set.
  using OnShown = std::function<void(Validation shown, const std::string& why)>;

  // Asks port 53 twice, for two seconds in all.
  //
  //   address   an IP address, "fe80::1%eth0" too; a text that is none shows
  //             nothing.
  //   on_shown  called once, from the loop, never from here; it may end the
  //             probe.
  ValidationProbe(event_base* base, const std::string& address,
                  OnShown on_shown);
  ValidationProbe(const ValidationProbe&) = delete;
  ValidationProbe& operator=(const ValidationProbe&) = delete;
  ~ValidationProbe();  // ends it; nothing is called any more

 private:
  static void OnReadable(evutil_socket_t fd, short what, void* probe);

  void Open(event_base* base);
  void Send();
  void Receive();
  void OnTime();
  // Comes to an end, in the next turn of the loop.
  void Fail(const std::string& why);
  void End(Validation shown);

  std::string address_;
  OnShown on_shown_;
  uint16_t id_ = 0;
  int fd_ = -1;
  int sent_ = 0;
  std::string why_;  // of the failure that ends it
  Event readable_;
  Alarm time_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_RESOLVER_VALIDATION_PROBE_H_
