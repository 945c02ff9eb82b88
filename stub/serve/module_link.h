// The daemon's connection to the module, in its event loop. Equal lookups that
// are open at the same time are one.
//
//   Ask --> flight, by (next hop, timeout) --> EventClient --> module
//                 all that wait for it  <---------- facts, or why none
#ifndef DANEBOUND_STUB_SERVE_MODULE_LINK_H_
#define DANEBOUND_STUB_SERVE_MODULE_LINK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/client/event_client.h"
#include "stub/dane/facts.h"
#include "stub/serve/event_loop.h"

namespace danebound {

class ModuleLink {
 public:
  using OnFacts = std::function<void(const absl::StatusOr<Facts>&)>;

  //   most_lookups  flights open at once.
  ModuleLink(event_base* base, ClientOptions options, size_t most_lookups);
  ModuleLink(const ModuleLink&) = delete;
  ModuleLink& operator=(const ModuleLink&) = delete;

  // Asks for the facts of a next hop.
  //
  //   timeout   of the whole lookup. Who joins an equal one that is open waits
  //             shorter.
  //   on_facts  called once, never before Ask returns; with the facts or with
  //             an error of EventClient::Finished, or ResourceExhausted: too
  //             many lookups are open. It may call Ask.
  void Ask(const NextHop& next_hop, absl::Duration timeout, OnFacts on_facts);

  size_t open() const { return flights_.size(); }
  void set_most_lookups(size_t most) { most_lookups_ = most; }

 private:
  using Key = std::tuple<std::string, uint16_t, absl::Duration>;
  struct Flight {
    Key key;
    std::vector<OnFacts> waiting;
  };

  static void OnReady(evutil_socket_t fd, short what, void* link);
  void Advance();
  void Finish(const EventClient::Finished& finished);
  void Watch();

  event_base* base_;
  EventClient client_;
  size_t most_lookups_;
  std::map<Key, uint64_t> tickets_;
  std::map<uint64_t, Flight> flights_;  // by ticket
  std::vector<OnFacts> refused_;        // told at the next Advance
  bool asked_ = false;                  // since Advance was called
  Event ready_;                         // of the client's descriptor
  Alarm deadline_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_MODULE_LINK_H_
