// Tables of OpenSMTPD that a program of its own looks up: smtpd-tables(7).
//
//   smtpd --> config|KEY|VALUE, …, config|ready
//         <-- register|SERVICE, register|ready
//         --> table|0.1|TIME|NAME|check|domain|ID|KEY
//         <-- check-result|ID|found
//
// Likewise `lookup` and `fetch`; table|0.1|TIME|NAME|update|ID has no service.
// smtpd waits for each answer, and does nothing else meanwhile; when the table
// ends, smtpd ends.
#ifndef DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_H_
#define DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// Says whether a domain is in the table.
using HasDomain = std::function<bool(const std::string& domain)>;

// Answers a line of smtpd as a table of domains.
//
//   line     without its newline.
//   returns  lines with their newlines, or none.
//   errors   InvalidArgument  not of this protocol: smtpd may wait for an
//                             answer that cannot be given, so end.
absl::StatusOr<std::string> AnswerTableLine(absl::string_view line,
                                            const HasDomain& has_domain);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_H_
