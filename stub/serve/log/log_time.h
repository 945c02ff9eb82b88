// Times as logs have them, and as people name a time to begin at.
#ifndef DANEBOUND_STUB_SERVE_LOG_LOG_TIME_H_
#define DANEBOUND_STUB_SERVE_LOG_LOG_TIME_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace danebound {

// What counts of a log.
struct LogWindow {
  absl::optional<absl::Time> since;  // nullopt: all of it
  absl::Time now;
  absl::TimeZone zone;  // of times that name none

  // Of a time as ParseLogTime takes it.
  bool IsBefore(absl::Time time) const { return since && time < *since; }
};

// Parses the time of a log's line.
//
//   text     "2026-11-22T07:30:00Z", with any zone and fraction; or syslog's
//            "Nov 22 07:30:00", which is of the last year that does not put it
//            more than a day after `window.now`.
//   returns  nullopt: it is neither.
absl::optional<absl::Time> ParseLogTime(absl::string_view text,
                                        const LogWindow& window);

// Parses what people say: "7d", "12h", "30min" before now; or a day, or a day
// and a time: "2026-11-22", "2026-11-22 07:30", "2026-11-22T07:30:00Z".
//
//   returns  nullopt: it is none of these.
absl::optional<absl::Time> ParseSince(absl::string_view text,
                                      const LogWindow& window);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_LOG_TIME_H_
