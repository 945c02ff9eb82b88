#include "stub/cli/forms/rollover_monitor.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr int64_t kDay = 86400;
constexpr std::array<absl::string_view, 4> kStateWords = {
    "OK", "WARNING", "CRITICAL", "UNKNOWN"};

// Whole days; an ended certificate has fewer than 0.
absl::optional<int64_t> DaysOf(const RolloverReport& report, int64_t now) {
  if (!report.ends) return absl::nullopt;
  const int64_t left = *report.ends - now;
  return left < 0 ? (left - kDay + 1) / kDay : left / kDay;
}

MonitorState StateOf(RolloverState state) {
  switch (state) {
    case RolloverState::kBroken:
      return MonitorState::kCritical;
    case RolloverState::kUnknown:
      return MonitorState::kUnknown;
    case RolloverState::kPublish:
    case RolloverState::kRemove:
      return MonitorState::kWarning;
    case RolloverState::kSpreading:
    case RolloverState::kWaiting:
    case RolloverState::kDeploy:
    case RolloverState::kDone:
      return MonitorState::kOk;
  }
  return MonitorState::kUnknown;
}

MonitorState StateOfDays(const absl::optional<int64_t>& left,
                         const DaysLeft& days) {
  if (!left) return MonitorState::kOk;
  if (*left < days.critical) return MonitorState::kCritical;
  return *left < days.warning ? MonitorState::kWarning : MonitorState::kOk;
}

}  // namespace

// What is certain to be bad counts for more than what is not known.
MonitorState MonitorStateOf(const RolloverReport& report, const DaysLeft& days,
                            int64_t now) {
  const MonitorState state = StateOf(report.state);
  const MonitorState end = StateOfDays(DaysOf(report, now), days);
  if (state == MonitorState::kCritical || end == MonitorState::kCritical) {
    return MonitorState::kCritical;
  }
  return std::max(state, end);
}

std::string ToNagios(const RolloverReport& report, const DaysLeft& days,
                     int64_t now) {
  const auto state = static_cast<size_t>(MonitorStateOf(report, days, now));
  std::string line = absl::StrCat("ROLLOVER ", kStateWords.at(state), " - ",
                                  report.host, ": ", ToText(report.state));
  const std::string why = FirstWhy(report);
  if (!why.empty()) {
    // What is behind a "|" is for machines.
    absl::StrAppend(&line, " (",
                    absl::StrReplaceAll(Printable(why), {{"|", "/"}}), ")");
  }
  if (const auto left = DaysOf(report, now)) {
    absl::StrAppend(&line, ", ", *left, " days left | days=", *left, ";",
                    days.warning, ";", days.critical);
  }
  return line + "\n";
}

}  // namespace danebound
