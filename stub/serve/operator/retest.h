// What a test of an exception's next hop comes to.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_RETEST_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_RETEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

enum class ExceptionState : uint8_t {
  kUntested = 0,  // not yet, or it could not be found out
  kNeeded,        // enforcing would defer mail, or return it
  kMended,        // enforcing would deliver: the exception may go
  kExpired,       // its last day is over, and it counts no more
};

// "untested", "needed", "mended", "expired".
absl::string_view ToText(ExceptionState state);

struct Retest {
  ExceptionState state = ExceptionState::kUntested;
  std::string outcome;  // of `danebound check`; empty: none
  // Identifiers of what is broken: "downgrade,tls-failed".
  std::string findings;
  std::string error;  // why it could not be found out; empty: it could
};

// Reads what `danebound check --json` printed for one domain, or why it
// printed nothing. What cannot be read is kUntested.
Retest ReadRetest(const absl::StatusOr<std::string>& output);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_RETEST_H_
