// Lookups that are on their way. Equal ones are one, and no peer can take them
// all.
//
//   Ask --> found within a second? --------------------------+
//             |                                              |
//           flight, by (next hop, timeout) --> FactsSource   |
//               all that wait for it <---------- facts       |
//                         |                                  |
//                      Landing <-----------------------------+
//                 one Conclusion for those with equal choices, kept with the
//                 facts (kept_facts.h)
#ifndef DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_
#define DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/serve/facts/facts_source.h"
#include "stub/serve/facts/kept_facts.h"
#include "stub/wire/found_facts.h"

namespace danebound {

struct FlightLimits {
  size_t in_all = 1024;
  size_t of_one_peer = 512;
};

// What a flight brought, or was kept of an earlier one, while it is handed to
// those that wait for it.
class Landing {
 public:
  //   is_kept  nobody was asked.
  Landing(Found* found, bool is_kept) : found_(found), is_kept_(is_kept) {}
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  // The facts, or why there are none.
  const absl::StatusOr<FoundFacts>& reply() const { return found_->reply(); }
  // The facts, of which there must be some, come from a cache.
  bool from_cache() const { return is_kept_ || reply()->from_cache(); }

  // See Found.
  Conclusion& ConclusionFor(const Choices& choices) {
    return found_->ConclusionFor(choices);
  }

 private:
  Found* found_;
  bool is_kept_;
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
  //   on_landing  called once: with the facts, at once where they were found
  //               lately; with an error of FactsSource::Ask, or at once with
  //               ResourceExhausted: too many lookups are open. It may call
  //               Ask.
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
  void Land(const Key& key, absl::StatusOr<FoundFacts> reply);

  std::unique_ptr<FactsSource> source_;
  std::vector<std::unique_ptr<FactsSource>> former_;  // may have some open
  FlightLimits limits_;
  std::map<Key, Flight> flights_;
  KeptFacts kept_;
  std::map<std::string, size_t> count_by_peer_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_FLIGHTS_H_
