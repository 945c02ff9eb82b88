// Many lookups side by side, each with a deadline of its own.
//
//   next hops --> started (at most `parallel`) --> done, or late --> facts
#ifndef DANEBOUND_STUB_EMBEDDED_BATCH_H_
#define DANEBOUND_STUB_EMBEDDED_BATCH_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "stub/dane/facts.h"
#include "stub/dane/lookup.h"
#include "stub/dane/next_hop.h"
#include "stub/embedded/asker.h"
#include "stub/embedded/clock.h"

namespace danebound {

class Batch {
 public:
  using OnFacts = std::function<void(size_t index, const Facts& facts)>;

  // `next_hops` and `asker` outlive the batch.
  //
  //   timeout  of each lookup, from its start; positive.
  Batch(const std::vector<NextHop>& next_hops, const LookupLimits& limits,
        absl::Duration timeout, Asker* asker);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Gives up what is open.
  ~Batch();

  // Runs up to `parallel` lookups at a time until all are done, and calls
  // `on_facts` once for each.
  //
  //   errors   Internal  the event loop failed; some lookups have no facts.
  absl::Status Run(size_t parallel, const OnFacts& on_facts);

 private:
  void Start(size_t index);
  void AskOpenQuestions(size_t index);
  void Feed(const std::vector<Asker::Arrival>& arrivals);
  void EndLate();
  void Report(const OnFacts& on_facts);

  const std::vector<NextHop>& next_hops_;
  const LookupLimits limits_;
  const absl::Duration timeout_;
  Asker* const asker_;
  size_t started_ = 0;
  std::map<size_t, Lookup> lookups_;  // started, by index in next_hops_
  // Of all that were started, in that order; some may be done already.
  std::deque<std::pair<SteadyTime, size_t>> deadlines_;
  std::vector<size_t> done_;  // not reported yet
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_BATCH_H_
