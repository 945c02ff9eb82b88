#include "stub/serve/verdict_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace danebound {
namespace {

using Clock = std::chrono::steady_clock;

FlightLimits LimitsOf(const ServeSettings& settings) {
  return {static_cast<size_t>(settings.max_lookups),
          static_cast<size_t>(settings.max_lookups_per_user)};
}

}  // namespace

VerdictSource::VerdictSource(std::unique_ptr<FactsSource> facts,
                             ServeSettings settings, Log log, WallClock clock)
    : settings_(std::move(settings)),
      flights_(std::move(facts), LimitsOf(settings_)),
      log_(std::move(log)),
      clock_(std::move(clock)),
      random_(std::random_device()()) {}

void VerdictSource::LookUp(const NextHop& next_hop, const Choices& choices,
                           absl::Duration timeout, const std::string& peer,
                           OnConclusion on_conclusion) {
  flights_.Ask(
      next_hop, timeout, peer,
      [this, choices, begin = Clock::now(),
       on_conclusion = std::move(on_conclusion)](Landing& landing) {
        metrics_.CountLookup(
            std::chrono::duration<double>(Clock::now() - begin).count());
        const absl::StatusOr<FoundFacts>& reply = landing.reply();
        if (!reply.ok()) {
          metrics_.CountNoVerdict(IdOf(reply.status().code()));
          Conclusion none = {reply.status()};
          return on_conclusion(none);
        }
        if (flights_.source().HasCache()) {
          metrics_.CountCache(landing.from_cache());
        }
        Conclusion& conclusion = landing.ConclusionFor(choices);
        metrics_.CountVerdict(*conclusion.verdict, now());
        ShuffleEqualPreferences(*conclusion.verdict, random_);
        on_conclusion(conclusion);
      });
}

Destination VerdictSource::DestinationFor(const NextHop& next_hop) const {
  return DestinationOf(settings_, next_hop, clock_());
}

void VerdictSource::ReportDecision(const Decision& decision) {
  metrics_.CountAnswer(decision.protocol, decision.answer);
  if (decision.exception.has_value()) {
    metrics_.CountUnenforced("exception", decision.would_answer.empty()
                                              ? "unknown"
                                              : decision.would_answer);
  } else if (!decision.would_answer.empty()) {
    metrics_.CountUnenforced("audit", decision.would_answer);
  }
  Report("decision", FieldsOf(decision));
}

std::string VerdictSource::MetricsText(Gauges gauges) const {
  gauges.lookups_open = flights_.open();
  for (const Exception& exception : settings_.exceptions.all()) {
    if (exception.end <= now()) continue;
    ++gauges.exceptions;
    gauges.next_exception_end = std::min(
        gauges.next_exception_end.value_or(exception.end), exception.end);
  }
  return metrics_.Text(gauges);
}

void VerdictSource::Report(absl::string_view event,
                           const LogFields& fields) const {
  log_(LogLine(settings_.log_format, clock_(), event, fields));
}

void VerdictSource::set_settings(ServeSettings settings) {
  settings_ = std::move(settings);
  flights_.set_limits(LimitsOf(settings_));
}

Choices ChoicesFor(const Destination& destination) {
  Choices choices;
  choices.insecure_mx = destination.insecure_mx;
  choices.require = destination.enforcement == Enforcement::kRequire;
  return choices;
}

absl::string_view IdOf(absl::StatusCode code) {
  if (code == absl::StatusCode::kDeadlineExceeded) return "deadline";
  if (code == absl::StatusCode::kUnavailable) return "unavailable";
  if (code == absl::StatusCode::kPermissionDenied) return "not-permitted";
  if (code == absl::StatusCode::kResourceExhausted) return "busy";
  return "no-verdict";
}

}  // namespace danebound
