#include "stub/dane/facts.h"

#include <algorithm>

namespace danebound {

absl::string_view ToText(Kind kind) {
  switch (kind) {
    case Kind::kFailed:
      return "failed";
    case Kind::kMx:
      return "mx";
    case Kind::kImplicitMx:
      return "implicit-mx";
    case Kind::kNullMx:
      return "null-mx";
    case Kind::kNoSuchDomain:
      return "no-such-domain";
    case Kind::kHost:
      return "host";
    case Kind::kAddress:
      return "address";
  }
  return "";
}

bool IsFailure(HostState state) {
  return state == HostState::kAddressFailed || state == HostState::kTlsaFailed;
}

int64_t ExpiryOf(const Facts& facts) {
  int64_t of_standing = kNoEnd;
  int64_t of_failed = kNoEnd;
  for (const HostFacts& host : facts.hosts) {
    int64_t& least = IsFailure(host.state) ? of_failed : of_standing;
    least = std::min(least, host.expires);
  }
  const bool all_failed = of_standing == kNoEnd;
  return std::min(facts.expires, all_failed ? of_failed : of_standing);
}

}  // namespace danebound
