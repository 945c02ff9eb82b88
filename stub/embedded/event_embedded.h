// The embedded driver for event loops: libunbound runs inside the caller's
// libevent loop, in one thread, and nothing waits. Validation takes its time
// there, as in any resolver with one thread.
//
//   Start --> Lookup --> questions --> libunbound
//                ^                        |
//   on_facts <---+------- answers <-------+    all called from the loop
//
// What embedded.h says of a process and of fork() holds here too; besides, the
// process ignores SIGPIPE.
#ifndef DANEBOUND_STUB_EMBEDDED_EVENT_EMBEDDED_H_
#define DANEBOUND_STUB_EMBEDDED_EVENT_EMBEDDED_H_

#include <event2/event.h>

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/facts.h"
#include "stub/dane/next_hop.h"
#include "stub/embedded/embedded.h"

namespace danebound {

class EventEmbedded {
 public:
  using OnFacts = std::function<void(const Facts& facts)>;

  // Sets up a validating resolver on a loop; asks nothing yet.
  //
  //   options  parallel_lookups is no bound: who calls Start bounds what is
  //            open. What is slow does not keep the rest waiting.
  //   loop     of the libevent that libunbound is linked with; outlives this.
  //   errors   as Embedded::New.
  static absl::StatusOr<std::unique_ptr<EventEmbedded>> New(
      const EmbeddedOptions& options, event_base* loop);

  EventEmbedded(const EventEmbedded&) = delete;
  EventEmbedded& operator=(const EventEmbedded&) = delete;

  // Gives up what is open: it has no call any more. Not from inside a call.
  ~EventEmbedded();

  // Looks a next hop up.
  //
  //   timeout   at its end what is open counts as failed: hosts already known
  //             stand. Not positive: at once. More than a day is a day.
  //   on_facts  called once, never before Start returns; it may call Start.
  void Start(const NextHop& next_hop, absl::Duration timeout, OnFacts on_facts);

 private:
  class Resolver;

  explicit EventEmbedded(std::unique_ptr<Resolver> resolver);

  std::unique_ptr<Resolver> resolver_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_EVENT_EMBEDDED_H_
