// `danebound rollover` as one line for Nagios and what reads its plugins.
#ifndef DANEBOUND_STUB_CLI_FORMS_ROLLOVER_MONITOR_H_
#define DANEBOUND_STUB_CLI_FORMS_ROLLOVER_MONITOR_H_

#include <cstdint>
#include <string>

#include "stub/cli/forms/rollover_report.h"

namespace danebound {

// Fewer days than these left for the current certificate are to be known.
struct DaysLeft {
  int64_t warning = 14;
  int64_t critical = 7;
};

// How bad it is, in the numbers of a plugin.
enum class MonitorState : uint8_t {
  kOk = 0,
  kWarning = 1,   // somebody has to publish or remove, or days are few
  kCritical = 2,  // mail is refused, or days are fewer
  kUnknown = 3,
};

// Judges state and days left; the next certificate that waits is no alarm
// before days are few.
//
//   now  seconds since the epoch.
MonitorState MonitorStateOf(const RolloverReport& report, const DaysLeft& days,
                            int64_t now);

// "ROLLOVER WARNING - mx.example.org: publish, 23 days left | days=23;14;7",
// with its newline; behind `broken` and `unknown` the reason, in parentheses.
std::string ToNagios(const RolloverReport& report, const DaysLeft& days,
                     int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_ROLLOVER_MONITOR_H_
