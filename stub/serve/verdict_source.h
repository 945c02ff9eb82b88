// Verdicts for all protocols of the daemon, and the settings they answer by.
#ifndef DANEBOUND_STUB_SERVE_VERDICT_SOURCE_H_
#define DANEBOUND_STUB_SERVE_VERDICT_SOURCE_H_

#include <functional>
#include <random>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/serve/decision_log.h"
#include "stub/serve/metrics.h"
#include "stub/serve/module_link.h"
#include "stub/serve/settings.h"
#include "stub/serve/wall_clock.h"

namespace danebound {

class VerdictSource {
 public:
  using OnVerdict = std::function<void(const absl::StatusOr<Verdict>&)>;
  using Log = std::function<void(const std::string& line)>;

  //   clock  by which exceptions end.
  VerdictSource(event_base* base, ServeSettings settings, Log log,
                WallClock clock);

  // Looks a next hop up; equal preferences are shuffled.
  //
  //   on_verdict  called once, later; errors are those of ModuleLink::Ask, and
  //               all of them mean: no verdict, defer.
  void LookUp(const NextHop& next_hop, const Choices& choices,
              absl::Duration timeout, OnVerdict on_verdict);

  // What the operator decided for a next hop, exceptions that are in force now
  // among it.
  Destination DestinationFor(const NextHop& next_hop) const;

  // Logs a decision and counts it: `protocol` and `answer` must be among the
  // fields.
  void ReportDecision(const LogFields& fields);

  // Logs one line.
  void Report(absl::string_view event, const LogFields& fields) const;

  const ServeSettings& settings() const { return settings_; }
  // See Metrics::Text.
  std::string MetricsText() const { return metrics_.Text(link_.open()); }

  // Takes new settings; the module's socket stays what it was.
  void set_settings(ServeSettings settings);

 private:
  ServeSettings settings_;
  ModuleLink link_;
  Log log_;
  WallClock clock_;
  Metrics metrics_;
  std::mt19937 random_;
};

// The choices of the operator for a destination.
Choices ChoicesFor(const Destination& destination);

// A word for why there is no verdict: "deadline", "unavailable",
// "not-permitted", "busy", else "no-verdict".
absl::string_view IdOf(absl::StatusCode code);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_VERDICT_SOURCE_H_
