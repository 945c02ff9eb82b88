// Questions to libunbound, and their answers in the order in which they come.
//
//   Ask --> libunbound --> callback --> arrivals
//              ^  runs inside Wait          |
//              +----------- Wait            +--> TakeArrivals
//
// On a loop of somebody else's, which runs libunbound, there is no Wait: what
// was given as `on_arrival` is called from the loop instead.
//
// Nothing is asked before the trust anchor that it rests on was seen to work:
// with one that it cannot use (of an unknown algorithm, say) libunbound calls
// all insecure, and says nothing. So the keys of the anchors' zones are asked
// for first. What lies below such a zone waits for them, and fails where they
// are not secure; what lies below none waits for those of any.
//
// How many questions are put to libunbound, and whose: question_queue.h.
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
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/embedded/answer.h"
#include "stub/embedded/clock.h"
#include "stub/embedded/context.h"
#include "stub/embedded/question_queue.h"
#include "stub/system/free_with.h"

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

  // Runs libunbound until each trust anchor was seen to work or not, or the
  // deadline has come.
  //
  //   errors   as Wait.
  absl::Status WaitForAnchors(SteadyTime deadline);

  // Runs libunbound for as long as it does not wait.
  //
  //   errors   as Wait.
  absl::Status Turn();

  // Has `on_arrival` called soon.
  void Wake();

  // Returns what has arrived since the last call.
  std::vector<Arrival> TakeArrivals();

  // Why not all trust anchors work, naming one; empty where they do.
  std::string AnchorFault() const;

  // The loop that libunbound runs on.
  event_base* loop() const { return context_.loop; }

  // As Context::trust_anchors.
  const std::string& trust_anchors() const { return context_.trust_anchors; }

 private:
  // A zone that has a trust anchor.
  struct AnchorZone {
    Name name;
    bool is_secure = false;  // its keys were, once
    bool was_answered = false;
    std::string fault;  // else, what its keys are
    SteadyTime answered;
  };
  struct Open {
    Asker* asker = nullptr;
    size_t who = 0;
    Question question;  // what libunbound is asked
    // What the caller asked, where that is a CNAME and libunbound is asked for
    // the DNAME above it.
    absl::optional<Question> alias;
    AnchorZone* probed = nullptr;  // the question is for its keys
    int id = 0;  // libunbound's, once it has not answered at once
  };
  struct Waiting {
    size_t who = 0;
    Question question;
  };
  // What a question may do, by the trust anchor that it rests on.
  enum class Gate { kOpen, kWait, kShut };

  static void OnTimer(evutil_socket_t fd, short what, void* asker);
  static void OnResult(void* open, int rcode, void* packet, int packet_size,
                       int security, char* why_bogus, int rate_limited);
  template <typename Condition>
  absl::Status WaitUntil(SteadyTime deadline, const Condition& is_over);
  void Send(std::unique_ptr<Open> owned);
  // Sends what results made necessary, and what has its turn; never from inside
  // a callback.
  void SendLater();
  // Has SendLater called at that time; Wait and Turn call it anyway.
  void SendAt(SteadyTime time);
  void OnAnswer(const Open& open, const UnboundResult& result);
  // The zone that a name is validated from; null: it is below no trust anchor.
  AnchorZone* ZoneAbove(const Name& name);
  bool IsProbing(const AnchorZone& zone) const;
  bool IsProbingAny() const;
  // Asks for the keys of a zone, where that is due.
  void Probe(AnchorZone* zone);
  void ProbeFor(const Name& name);
  Gate GateOf(const Name& name);
  std::string FaultOf(const Name& name);
  void OnProbe(AnchorZone* zone, const Answer& answer);
  void OpenGates();
  // The answer, or a failure where it rests on a trust anchor that was not seen
  // to work.
  Answer Anchored(const Question& question, Answer answer);
  void Arrive(size_t who, const Question& question, Answer answer);

  Context context_;
  std::function<void()> on_arrival_;
  std::unique_ptr<event, FreeWith<event_free>> timer_;
  // Apart from it: to set a timer takes back that it was woken.
  std::unique_ptr<event, FreeWith<event_free>> send_timer_;
  std::map<const Open*, std::unique_ptr<Open>> open_;
  std::vector<std::unique_ptr<Open>> later_;
  std::vector<AnchorZone> zones_;  // at fixed places
  bool all_secure_ = false;
  std::vector<Waiting> waiting_;  // for a trust anchor to be seen to work
  bool is_probe_over_ = false;    // waiting_ was not looked at since
  QuestionQueue queue_;
  std::vector<Arrival> arrivals_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_ASKER_H_
