// How far the daemon enforces what RFC 7672 says.
#ifndef DANEBOUND_STUB_SERVE_ENFORCEMENT_H_
#define DANEBOUND_STUB_SERVE_ENFORCEMENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

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

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_ENFORCEMENT_H_
