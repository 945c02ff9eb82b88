// How far the daemon enforces what RFC 7672 says.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_ENFORCEMENT_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_ENFORCEMENT_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

enum class Enforcement : uint8_t {
  kEnforce = 0,  // answer as RFC 7672 says
  kRequire,      // mandatory DANE, RFC 7672 6
  kAudit,        // answer as Unenforced says, and log what enforcing would have
  kOff,          // answer as Unenforced says, and look nothing up
};

// What Postfix is told where nothing is enforced.
enum class Unenforced : uint8_t {
  kNotFound = 0,  // nothing: its own settings decide
  kMay,
  kEncrypt,
};

// "enforce", "require", "audit", "off".
absl::string_view ToText(Enforcement enforcement);

// "notfound", "may", "encrypt".
absl::string_view ToText(Unenforced unenforced);

// The value of that name.
absl::optional<Unenforced> UnenforcedNamed(absl::string_view text);
absl::optional<Enforcement> EnforcementNamed(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_ENFORCEMENT_H_
