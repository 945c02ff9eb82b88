// Exceptions of the operator: what a destination is let off until a day, and
// why. After that day they count no more, and enforcement is back.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTIONS_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "stub/dane/next_hop.h"
#include "stub/serve/operator/enforcement.h"
#include "stub/serve/operator/next_hop_patterns.h"

namespace danebound {

struct Exception {
  std::string next_hop;  // a pattern, as written: see next_hop_patterns.h
  std::string until;     // the last day, "2026-12-31"
  int64_t end = 0;       // of that day in UTC, seconds since the epoch
  std::string reason;    // of the operator
  Enforcement enforcement = Enforcement::kAudit;  // or kOff

  friend bool operator==(const Exception&, const Exception&) = default;
};

class Exceptions {
 public:
  // Adds one.
  //
  //   errors  InvalidArgument  `next_hop` is no pattern, or is there already.
  absl::Status Add(const Exception& exception);

  // The most special one that fits a next hop and has not ended, else nullptr.
  //
  //   now  seconds since the epoch.
  const Exception* For(const NextHop& next_hop, int64_t now) const;

  // In the order in which they were added.
  const std::vector<Exception>& all() const { return all_; }

 private:
  std::vector<Exception> all_;
  NextHopPatterns<size_t> indexes_;  // in all_
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTIONS_H_
