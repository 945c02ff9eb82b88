// Verdicts for all protocols of the daemon, and the settings they answer by.
#ifndef DANEBOUND_STUB_SERVE_VERDICT_SOURCE_H_
#define DANEBOUND_STUB_SERVE_VERDICT_SOURCE_H_

#include <functional>
#include <memory>
#include <random>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/serve/facts/facts_source.h"
#include "stub/serve/facts/flights.h"
#include "stub/serve/log/decision_log.h"
#include "stub/serve/log/metrics.h"
#include "stub/serve/settings.h"
#include "stub/serve/wall_clock.h"

namespace danebound {

class VerdictSource {
 public:
  using OnConclusion = std::function<void(Conclusion&)>;
  using Log = std::function<void(const std::string& line)>;

  //   facts  who is asked.
  //   clock  by which exceptions end.
  VerdictSource(std::unique_ptr<FactsSource> facts, ServeSettings settings,
                Log log, WallClock clock);

  // Looks a next hop up; equal preferences are shuffled for each caller.
  //
  //   peer           for whom the lookup counts, see Caller::user.
  //   on_conclusion  called once, at once or later; errors are those of
  //                  Flights::Ask, and all of them mean: no verdict, defer.
  void LookUp(const NextHop& next_hop, const Choices& choices,
              absl::Duration timeout, const std::string& peer,
              OnConclusion on_conclusion);

  // What the operator decided for a next hop, exceptions that are in force now
  // among it.
  Destination DestinationFor(const NextHop& next_hop) const;

  // Logs a decision, and counts it.
  void ReportDecision(const Decision& decision);

  // Logs one line.
  void Report(absl::string_view event, const LogFields& fields) const;

  const ServeSettings& settings() const { return settings_; }
  // Seconds since the epoch.
  int64_t now() const { return clock_(); }

  Metrics& metrics() { return metrics_; }
  // The page of metrics.
  //
  //   gauges  connections and watched; the others are set here.
  std::string MetricsText(Gauges gauges) const;

  // Takes new settings; who is asked stays.
  void set_settings(ServeSettings settings);
  // Asks another one from now on, see Flights::set_source.
  void set_facts(std::unique_ptr<FactsSource> facts) {
    flights_.set_source(std::move(facts));
  }
  const FactsSource& facts() const { return flights_.source(); }

 private:
  ServeSettings settings_;
  Flights flights_;
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
