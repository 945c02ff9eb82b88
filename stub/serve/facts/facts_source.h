// Who finds facts for the daemon: the module, or libunbound in this process.
#ifndef DANEBOUND_STUB_SERVE_FACTS_FACTS_SOURCE_H_
#define DANEBOUND_STUB_SERVE_FACTS_FACTS_SOURCE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/next_hop.h"
#include "stub/wire/found_facts.h"

namespace danebound {

class FactsSource {
 public:
  using OnFacts = std::function<void(absl::StatusOr<FoundFacts>)>;

  virtual ~FactsSource() = default;

  // Asks for the facts of a next hop.
  //
  //   timeout   of the whole lookup, positive.
  //   on_facts  called once, from the event loop and never before Ask returns;
  //             it may call Ask. Any error means: no verdict, defer.
  virtual void Ask(const NextHop& next_hop, absl::Duration timeout,
                   OnFacts on_facts) = 0;

  // Who it is, for the log: a socket's path, or "libunbound".
  virtual std::string Name() const = 0;

  // Says whether FoundFacts::from_cache means anything.
  virtual bool HasCache() const = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_FACTS_SOURCE_H_
