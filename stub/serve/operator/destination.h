// What the operator decides for a destination.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_DESTINATION_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_DESTINATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/serve/operator/enforcement.h"
#include "stub/serve/operator/exceptions.h"
#include "stub/serve/operator/next_hop_patterns.h"

namespace danebound {

// The choice of that name, see ToText(InsecureMx).
absl::optional<InsecureMx> InsecureMxOf(absl::string_view text);

struct Destination {
  Enforcement enforcement = Enforcement::kEnforce;
  InsecureMx insecure_mx = InsecureMx::kOpportunistic;
  absl::optional<Exception> exception = absl::nullopt;  // in force now
};

// What the destination's MTA is answered by: the exception's, where there is
// one. What enforcing would answer goes by `enforcement` all the same.
Enforcement InForce(const Destination& destination);

// Destinations by the patterns of the settings. The most special one counts
// alone: nothing is inherited from another.
class Destinations {
 public:
  // The destination of a next hop that no pattern fits.
  void SetDefault(const Destination& destination) { default_ = destination; }

  // Adds a pattern.
  //
  //   errors   InvalidArgument  no pattern, or one that is there already.
  absl::Status Add(absl::string_view pattern, const Destination& destination) {
    return patterns_.Add(pattern, destination);
  }

  const Destination& For(const NextHop& next_hop) const;

  // Patterns that have a policy which demands less than it did, and those that
  // are gone.
  struct Weakened {
    std::string pattern;  // "default" for that of the rest
    std::string was;      // the policy, or "insecure_mx encrypt"
    std::string is;       // likewise, or "gone"
  };
  std::vector<Weakened> WeakerThan(const Destinations& before) const;

 private:
  Destination default_;
  NextHopPatterns<Destination> patterns_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_DESTINATION_H_
