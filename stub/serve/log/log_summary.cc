#include "stub/serve/log/log_summary.h"

#include <utility>

namespace danebound {
namespace {

// A decision that defers always has a reason; an older log may not say it.
constexpr const char* kNoReason = "no-verdict";

void AddDeferred(const LoggedDecision& decision, NextHopSummary& summary) {
  if (summary.deferred++ == 0) summary.first_deferred = decision.time;
  summary.last_deferred = decision.time;
  if (decision.reasons.empty()) ++summary.reasons[kNoReason];
  for (const std::string& reason : decision.reasons) ++summary.reasons[reason];
}

}  // namespace

void AddLogLine(absl::string_view line, LogSummary& summary,
                const LogWindow& window) {
  absl::StatusOr<absl::optional<LoggedDecision>> decision = ReadLogLine(line);
  if (!decision.ok()) {
    ++summary.unreadable_lines;
    return;
  }
  if (!decision->has_value()) {
    ++summary.other_lines;
    return;
  }
  if (window.since) {
    const auto time = ParseLogTime((*decision)->time, window);
    if (time && window.IsBefore(*time)) {
      ++summary.earlier;
      return;
    }
    if (!time) ++summary.undated;
  }
  ++summary.decisions;
  NextHopSummary& next_hop = summary.next_hops[(*decision)->next_hop];
  ++next_hop.decisions;
  next_hop.demands_tls = next_hop.demands_tls || (*decision)->demands_tls;
  if ((*decision)->defers) AddDeferred(**decision, next_hop);
  next_hop.last = **std::move(decision);
}

void AddMail(const MailLog& log, LogSummary& summary) {
  summary.deliveries = log.deliveries();
  for (auto& [next_hop, each] : summary.next_hops) {
    each.mail = log.For(next_hop);
  }
}

}  // namespace danebound
