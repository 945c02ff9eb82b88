#include "stub/serve/destination.h"

#include <vector>

namespace danebound {

absl::optional<InsecureMx> InsecureMxOf(absl::string_view text) {
  for (const InsecureMx each :
       {InsecureMx::kOpportunistic, InsecureMx::kEncrypt,
        InsecureMx::kAuthenticate}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

Enforcement InForce(const Destination& destination) {
  return destination.exception.has_value() ? destination.exception->enforcement
                                           : destination.enforcement;
}

const Destination& Destinations::For(const NextHop& next_hop) const {
  const std::vector<const Destination*> fitting = patterns_.For(next_hop);
  return fitting.empty() ? default_ : *fitting.front();
}

}  // namespace danebound
