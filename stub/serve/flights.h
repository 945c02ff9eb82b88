// Lookups that are on their way. Equal ones are one, and no peer can take them
// all.
//
//   Ask --> flight, by (next hop, timeout) --> FactsSource
//               all that wait for it <----------- facts, or why none
#ifndef DANEBOUND_STUB_SERVE_FLIGHTS_H_
#define DANEBOUND_STUB_SERVE_FLIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "stub/dane/next_hop.h"
#include "stub/serve/facts_source.h"

namespace danebound {

struct FlightLimits {
  size_t in_all = 1024;
  size_t of_one_peer = 512;
};

class Flights {
 public:
  using OnFacts = FactsSource::OnFacts;

  Flights(std::unique_ptr<FactsSource> source, const FlightLimits& limits)
      : source_(std::move(source)), limits_(limits) {}
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  // Asks for the facts of a next hop.
  //
  //   peer      for whom a new flight counts until it ends; who joins an equal
  //             one takes none.
  //   timeout   of the whole lookup. Who joins an equal one waits shorter.
  //   on_facts  called once: with the facts, with an error of
  //             FactsSource::Ask, or at once with ResourceExhausted: too many
  //             lookups are open. It may call Ask.
  void Ask(const NextHop& next_hop, absl::Duration timeout,
           const std::string& peer, OnFacts on_facts);

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
    std::vector<OnFacts> waiting;
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

#endif  // DANEBOUND_STUB_SERVE_FLIGHTS_H_
