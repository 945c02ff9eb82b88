// The log of `danebound serve`: one line an event on standard error.
//
//   text  decision protocol=socketmap next_hop=example.org answer=dane-only …
//   json {"time":"2026-11-22T07:30:00Z","event":"decision",…}
//
// The text form leaves the time to journald or syslog.
// In the text form a value with a space or a quote in it is a JSON string.
#ifndef DANEBOUND_STUB_SERVE_LOG_DECISION_LOG_H_
#define DANEBOUND_STUB_SERVE_LOG_DECISION_LOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/serve/log/decision.h"
#include "stub/serve/settings.h"

namespace danebound {

// One line, without the newline: no value can break it or steer a terminal.
//
//   now  seconds since the epoch.
std::string LogLine(LogFormat format, int64_t now, absl::string_view event,
                    const LogFields& fields);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_DECISION_LOG_H_
