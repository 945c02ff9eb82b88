#include "stub/cli/rollover_monitor.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {
namespace {

constexpr int64_t kDay = 86400;
constexpr std::array<absl::string_view, 4> kAlarms = {"OK", "WARNING",
                                                      "CRITICAL", "UNKNOWN"};

// Whole days; an ended certificate has fewer than 0.
absl::optional<int64_t> DaysOf(const RolloverReport& report, int64_t now) {
  if (!report.ends) return absl::nullopt;
  const int64_t left = *report.ends - now;
  return left < 0 ? (left - kDay + 1) / kDay : left / kDay;
}

Alarm AlarmOfState(RolloverState state) {
  switch (state) {
    case RolloverState::kBroken:
      return Alarm::kCritical;
    case RolloverState::kUnknown:
      return Alarm::kUnknown;
    case RolloverState::kPublish:
    case RolloverState::kRemove:
      return Alarm::kWarning;
    case RolloverState::kSpreading:
    case RolloverState::kWaiting:
    case RolloverState::kDeploy:
    case RolloverState::kDone:
      return Alarm::kOk;
  }
  return Alarm::kUnknown;
}

Alarm AlarmOfDays(const absl::optional<int64_t>& left, const DaysLeft& days) {
  if (!left) return Alarm::kOk;
  if (*left < days.critical) return Alarm::kCritical;
  return *left < days.warning ? Alarm::kWarning : Alarm::kOk;
}

}  // namespace

// What is certain to be bad counts for more than what is not known.
Alarm AlarmOf(const RolloverReport& report, const DaysLeft& days, int64_t now) {
  const Alarm state = AlarmOfState(report.state);
  const Alarm end = AlarmOfDays(DaysOf(report, now), days);
  if (state == Alarm::kCritical || end == Alarm::kCritical) {
    return Alarm::kCritical;
  }
  return std::max(state, end);
}

std::string ToNagios(const RolloverReport& report, const DaysLeft& days,
                     int64_t now) {
  const auto alarm = static_cast<size_t>(AlarmOf(report, days, now));
  std::string line = absl::StrCat("ROLLOVER ", kAlarms.at(alarm), " - ",
                                  report.host, ": ", ToText(report.state));
  if (const auto left = DaysOf(report, now)) {
    absl::StrAppend(&line, ", ", *left, " days left | days=", *left, ";",
                    days.warning, ";", days.critical);
  }
  return line + "\n";
}

}  // namespace danebound
