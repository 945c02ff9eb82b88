// Facts that were found lately, with the conclusions drawn from them.
//
//   found --Keep--> the same, by the same lookup: what is kept stays
//                   others: they take its place, with nothing concluded
//
// For a second facts answer without asking again; so flushes, and a resolver
// that validates no more, are felt as soon. After that they are asked for as
// always, and what the module still has the same is not concluded from anew.
#ifndef DANEBOUND_STUB_SERVE_FACTS_KEPT_FACTS_H_
#define DANEBOUND_STUB_SERVE_FACTS_KEPT_FACTS_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "absl/status/statusor.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/wire/found_facts.h"

namespace danebound {

// A verdict for all that ask with equal choices, or why there is none.
struct Conclusion {
  absl::StatusOr<Verdict> verdict;
  // As JSON, where it is large and somebody has made it.
  std::string json = {};
};

// What a lookup found, or why it found nothing, and what follows from it.
class Found {
 public:
  explicit Found(absl::StatusOr<FoundFacts> reply) : reply_(std::move(reply)) {}
  Found(const Found&) = delete;
  Found& operator=(const Found&) = delete;

  const absl::StatusOr<FoundFacts>& reply() const { return reply_; }

  // The conclusion from the facts, of which there must be some. It is drawn
  // once for equal choices, however many ask: thousands of TLSA records take a
  // tenth of a second. Equal preferences may be shuffled in place.
  Conclusion& ConclusionFor(const Choices& choices);

  // The same facts have come again, octet by octet, with the same ends.
  void Renew(absl::StatusOr<FoundFacts> reply);

 private:
  absl::StatusOr<FoundFacts> reply_;
  std::list<std::pair<Choices, Conclusion>> conclusions_;  // the oldest first
};

class KeptFacts {
 public:
  using Clock = std::chrono::steady_clock;

  // How long facts answer without being asked for again.
  static constexpr Clock::duration kFresh = std::chrono::seconds(1);
  // Octets of facts that are kept; their conclusions are several times as
  // large.
  static constexpr size_t kMostOctets = size_t{1} << 20;
  // Conclusions by different choices that are kept of one.
  static constexpr size_t kMostConclusions = 4;

  // The facts of a next hop that were found within kFresh and live at `now`,
  // seconds since the epoch; else null.
  std::shared_ptr<Found> Fresh(const NextHop& next_hop, Clock::time_point time,
                               int64_t now);

  // Takes what a lookup found; returns it with what was concluded before where
  // it is the same. Errors, and what is found of addresses, are not kept.
  std::shared_ptr<Found> Keep(absl::StatusOr<FoundFacts> reply,
                              Clock::time_point time);

  void Clear();
  size_t octets() const { return octets_; }

 private:
  struct Entry {
    std::string key;  // of the next hop: see KeyOf
    std::shared_ptr<Found> found;
    size_t size = 0;         // of the facts, octets
    int64_t counted_at = 0;  // when their lives began, seconds since the epoch
    Clock::time_point time;
    int64_t whole_until = 0;
  };
  using Entries = std::list<Entry>;  // those asked for last first

  void Remove(Entries::iterator entry);

  Entries entries_;
  std::unordered_map<std::string, Entries::iterator> index_;
  size_t octets_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_KEPT_FACTS_H_
