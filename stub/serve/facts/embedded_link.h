// libunbound in the daemon's own event loop, in place of the module.
#ifndef DANEBOUND_STUB_SERVE_FACTS_EMBEDDED_LINK_H_
#define DANEBOUND_STUB_SERVE_FACTS_EMBEDDED_LINK_H_

#include <memory>
#include <string>
#include <utility>

#include "stub/embedded/event_embedded.h"
#include "stub/serve/facts/facts_source.h"

namespace danebound {

class EmbeddedLink : public FactsSource {
 public:
  explicit EmbeddedLink(std::unique_ptr<EventEmbedded> embedded)
      : embedded_(std::move(embedded)) {}

  // No errors: what could not be found out is a failure in the facts.
  void Ask(const NextHop& next_hop, absl::Duration timeout,
           OnFacts on_facts) override;

  std::string Name() const override { return "libunbound"; }
  bool HasCache() const override { return false; }

 private:
  std::unique_ptr<EventEmbedded> embedded_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_FACTS_EMBEDDED_LINK_H_
