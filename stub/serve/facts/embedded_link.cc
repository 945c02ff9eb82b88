#include "stub/serve/facts/embedded_link.h"

#include <ctime>

namespace danebound {

void EmbeddedLink::Ask(const NextHop& next_hop, absl::Duration timeout,
                       OnFacts on_facts) {
  embedded_->Start(next_hop, timeout,
                   [on_facts = std::move(on_facts)](const Facts& facts) {
                     on_facts(FoundFacts::Encode(facts, std::time(nullptr)));
                   });
}

}  // namespace danebound
