// Questions to libunbound, and their answers in the order in which they come.
//
//   Ask --> libunbound --> callback --> arrivals
//              ^  runs inside Wait          |
//              +----------- Wait            +--> TakeArrivals
//
// On a loop of somebody else's, which runs libunbound, there is no Wait: what
// was given as `on_arrival` is called from the loop instead.
//
// Nothing is asked before a trust anchor was seen to work: with one that it
// cannot use (of an unknown algorithm, say) libunbound calls all insecure, and
// says nothing. So the keys of an anchor's zone are asked for first; what was
// asked meanwhile waits, and fails where no zone's keys are secure.
//
// libunbound may call back from inside Ask, when it knows the answer already.
// As the callback only stores, no caller is called back from inside Ask.
#ifndef DANEBOUND_STUB_EMBEDDED_ASKER_H_
#define DANEBOUND_STUB_EMBEDDED_ASKER_H_

#include <event2/event.h>
#include <unbound.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/embedded/answer.h"
#include "stub/embedded/clock.h"
#include "stub/embedded/context.h"

namespace danebound {

class Asker {
 public:
  struct Arrival {
    size_t who = 0;  // as given to Ask
    Question question;
    Answer answer;
  };

  explicit Asker(Context context, std::function<void()> on_arrival = nullptr);
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  ~Asker();

  // Asks. The answer, a failure if need be, arrives once, unless Forget comes
  // before it.
  //
  //   who  chosen by the caller, to know the arrival again.
  void Ask(size_t who, const Question& question);

  // Gives up all that `who` asked: nothing of it arrives any more. libunbound
  // ends the questions by itself, while it runs.
  void Forget(size_t who);

  // Runs libunbound until something has arrived, or the deadline has come.
  //
  //   errors   Internal  the event loop failed.
  absl::Status Wait(SteadyTime deadline);

  // Runs libunbound for as long as it does not wait.
  //
  //   errors   as Wait.
  absl::Status Turn();

  // Has `on_arrival` called soon.
  void Wake();

  // Returns what has arrived since the last call.
  std::vector<Arrival> TakeArrivals();

  // Whether a trust anchor was seen to work.
  bool is_anchored() const { return is_anchored_; }

  // The loop that libunbound runs on.
  event_base* loop() const { return context_.loop; }

  // As Context::trust_anchors.
  const std::string& trust_anchors() const { return context_.trust_anchors; }

 private:
  struct Open {
    Asker* asker = nullptr;
    size_t who = 0;
    Question question;  // what libunbound is asked
    // What the caller asked, where that is a CNAME and libunbound is asked for
    // the DNAME above it.
    absl::optional<Question> alias;
    bool is_probe = false;  // for the keys of a trust anchor's zone
    int id = 0;             // libunbound's, once it has not answered at once
  };

  static void OnTimer(evutil_socket_t fd, short what, void* asker);
  static void OnResult(void* open, int rcode, void* packet, int packet_size,
                       int security, char* why_bogus, int rate_limited);
  void Send(std::unique_ptr<Open> owned);
  // Sends what results made necessary; never from inside a callback.
  void SendLater();
  void OnAnswer(const Open& open, const UnboundResult& result);
  // Asks for the keys of the next zone that has a trust anchor; false: there is
  // none left.
  bool ProbeNext();
  bool IsProbing() const;
  void OnProbe(const Answer& answer);
  void Arrive(const Open& open, Answer answer);

  struct DeleteEvent {
    void operator()(event* timer) const { event_free(timer); }
  };

  Context context_;
  std::function<void()> on_arrival_;
  std::unique_ptr<event, DeleteEvent> timer_;
  std::map<const Open*, std::unique_ptr<Open>> open_;
  std::vector<std::unique_ptr<Open>> later_;
  // Until a trust anchor was seen to work.
  bool is_anchored_ = false;
  size_t next_zone_ = 0;                        // to probe
  std::vector<std::unique_ptr<Open>> waiting_;  // for that
  std::vector<Arrival> arrivals_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_ASKER_H_
