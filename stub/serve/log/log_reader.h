// Reads the log of `danebound serve` back, in both forms of decision_log.h.
//
//   Nov 22 07:30:00 mx danebound[712]: decision protocol=socketmap next_hop=…
//   {"time":"2026-11-22T07:30:00Z","event":"decision","protocol":…}
//
// What stands before the event, as journald and syslog put it, is passed over;
// a time at its begin is the line's.
#ifndef DANEBOUND_STUB_SERVE_LOG_LOG_READER_H_
#define DANEBOUND_STUB_SERVE_LOG_LOG_READER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"

namespace danebound {

// What one decision says.
struct LoggedDecision {
  std::string time;       // as the log has it; empty: it has none
  std::string next_hop;   // or the key that could not be read
  std::string policy;     // of the operator; empty: the protocol knows none
  std::string exception;  // its reason; empty: none was in force

  // By enforcement no host may be used, or nothing is known (RFC 7672 2.1.2),
  // or Postfix's own resolver may not be rested on.
  bool defers = false;
  std::vector<std::string> reasons;  // identifiers

  // By enforcement a host must show something: what it shows decides too.
  bool demands_tls = false;
  // With which the decision was made, as far as the line shows.
  bool require = false;
  InsecureMx insecure_mx = InsecureMx::kOpportunistic;
};

// Reads a line, without its newline.
//
//   returns  nullopt: it is no decision.
//   errors   InvalidArgument  it begins as one, and cannot be read on.
absl::StatusOr<absl::optional<LoggedDecision>> ReadLogLine(
    absl::string_view line);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_LOG_READER_H_
