// What the operator decides for a destination.
#ifndef DANEBOUND_STUB_SERVE_DESTINATION_H_
#define DANEBOUND_STUB_SERVE_DESTINATION_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"

namespace danebound {

enum class Enforcement : uint8_t {
  kEnforce = 0,  // answer as RFC 7672 says
  kRequire,      // mandatory DANE, RFC 7672 6
  kAudit,        // answer `may`, and log what enforcing would have answered
  kOff,          // answer `may`, and look nothing up
};

// "enforce", "require", "audit", "off".
absl::string_view ToText(Enforcement enforcement);

// The enforcement of that name.
absl::optional<Enforcement> EnforcementNamed(absl::string_view text);
// The choice of that name, see ToText(InsecureMx).
absl::optional<InsecureMx> InsecureMxOf(absl::string_view text);

struct Destination {
  Enforcement enforcement = Enforcement::kEnforce;
  InsecureMx insecure_mx = InsecureMx::kOpportunistic;
};

// Destinations by the patterns of the settings. The most special one counts
// alone: nothing is inherited from another.
class Destinations {
 public:
  // The destination of a next hop that no pattern fits.
  void SetDefault(const Destination& destination) { default_ = destination; }

  // Adds a pattern; a later one replaces an equal one.
  //
  //   pattern  "example.org", "[mx.example.org]" or "[192.0.2.1]": that next
  //            hop, on any port. ".example.org": every domain and host below.
  //   errors   InvalidArgument  none of these.
  absl::Status Add(absl::string_view pattern, const Destination& destination);

  const Destination& For(const NextHop& next_hop) const;

 private:
  Destination default_;
  std::map<std::string, Destination> exact_;  // by ToText of the next hop
  std::map<Name, Destination> below_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_DESTINATION_H_
