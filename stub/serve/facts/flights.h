// Lookups that are on their way. Equal ones are one, and no peer can take them
// all.
//
//   Ask --> flight, by (next hop, timeout) --> FactsSource
//               all that wait for it <----------- facts, or why none
//                         |
//                      Landing: one Conclusion for those with equal choices
#ifndef DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_
#define DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/serve/facts/facts_source.h"
#include "stub/wire/message.h"

namespace danebound {

struct FlightLimits {
  size_t in_all = 1024;
  size_t of_one_peer = 512;
};

// A verdict for all that wait for the same lookup with equal choices, or why
// there is none.
struct Conclusion {
  absl::StatusOr<Verdict> verdict;
  // As JSON, where it is large and somebody has made it.
  std::string json = {};
};

// What a flight brought, while it is handed to those that wait for it.
class Landing {
 public:
  //   reply  outlives the landing.
  explicit Landing(const absl::StatusOr<LookupReply>& reply) : reply_(&reply) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  // The facts, or why there are none.
  const absl::StatusOr<LookupReply>& reply() const { return *reply_; }

  // The conclusion from the facts, of which there must be some. It is drawn
  // once for equal choices, however many wait: thousands of TLSA records take a
  // tenth of a second. Equal preferences may be shuffled in place.
  Conclusion& ConclusionFor(const Choices& choices);

 private:
  const absl::StatusOr<LookupReply>* reply_;
  std::list<std::pair<Choices, Conclusion>> conclusions_;
};

class Flights {
 public:
  using OnLanding = std::function<void(Landing& landing)>;

  Flights(std::unique_ptr<FactsSource> source, const FlightLimits& limits)
      : source_(std::move(source)), limits_(limits) {}
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  // Asks for the facts of a next hop.
  //
  //   peer        for whom a new flight counts until it ends; who joins an
  //               equal one takes none.
  //   timeout     of the whole lookup. Who joins an equal one waits shorter.
  //   on_landing  called once: with the facts, with an error of
  //               FactsSource::Ask, or at once with ResourceExhausted: too many
  //               lookups are open. It may call Ask.
  void Ask(const NextHop& next_hop, absl::Duration timeout,
           const std::string& peer, const OnLanding& on_landing);

  // Asks another one from now on. What is open is still answered by those that
  // were asked.
  void set_source(std::unique_ptr<FactsSource> source);
  const FactsSource& source() const { return *source_; }

  void set_limits(const FlightLimits& limits) { limits_ = limits; }
  size_t open() const { return flights_.size(); }

 private:
  using Key = std::tuple<std::string, uint16_t, absl::Duration>;
  struct Flight {
    std::string peer;
    std::vector<OnLanding> waiting;
  };

  absl::Status Room(const std::string& peer) const;
  void Land(const Key& key, const absl::StatusOr<LookupReply>& reply);

  std::unique_ptr<FactsSource> source_;
  std::vector<std::unique_ptr<FactsSource>> former_;  // may have some open
  FlightLimits limits_;
  std::map<Key, Flight> flights_;
  std::map<std::string, size_t> count_by_peer_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_
