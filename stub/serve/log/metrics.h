// What the daemon counts, in Prometheus' text form. docs/serve.md lists the
// metrics.
#ifndef DANEBOUND_STUB_SERVE_LOG_METRICS_H_
#define DANEBOUND_STUB_SERVE_LOG_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/verdict.h"

namespace danebound {

// A counter by labels. However many values a label takes, there is a bound on
// the series: beyond it all labels are "other".
class LabelledCounter {
 public:
  //   name, help  as on the page.
  //   labels      their names.
  LabelledCounter(absl::string_view name, absl::string_view help,
                  std::vector<std::string> labels);

  // Adds to the series of these values, one for each label; 0 shows it.
  void Add(const std::vector<std::string>& values, uint64_t count = 1);

  // Appends HELP, TYPE and the series.
  void AppendTo(std::string* page) const;

 private:
  std::string name_;
  std::string help_;
  std::vector<std::string> labels_;
  std::map<std::vector<std::string>, uint64_t> counts_;
};

// What others count, when the page is asked for.
struct Gauges {
  size_t lookups_open = 0;
  size_t connections = 0;
  size_t watched = 0;
  uint64_t log_lines_dropped = 0;
  size_t exceptions = 0;                            // in force
  std::map<std::string, size_t> exceptions_tested;  // by ToText of their state
  std::string mta_resolver;  // ToText(ResolverState); empty: not shown
  bool resolv_conf_stale = false;
  // Whether the Unbound of danebound-unbound is older than the distribution's;
  // nullopt: not known.
  absl::optional<bool> unbound_older;
  // When the next of those ends, seconds since the epoch.
  absl::optional<int64_t> next_exception_end;
};

class Metrics {
 public:
  Metrics();

  void CountAnswer(absl::string_view protocol, absl::string_view answer);

  // Counts an answer that enforces nothing.
  //
  //   why           "audit" or "exception".
  //   would_answer  what enforcing would have answered; "unknown" where nothing
  //                 was looked up.
  void CountUnenforced(absl::string_view why, absl::string_view would_answer);

  // Counts a verdict and each reason in it once.
  //
  //   now  seconds since the epoch.
  void CountVerdict(const Verdict& verdict, int64_t now);

  // Counts a lookup without a verdict.
  //
  //   reason  see IdOf (verdict_source.h).
  void CountNoVerdict(absl::string_view reason);

  // Counts facts by whether the module had them.
  void CountCache(bool hit);

  // Counts what was not taken: "bad-request", "bad-key", "no-such-map",
  // "connections".
  void CountRefusal(absl::string_view what);

  // Counts a change of a watched verdict, see ToText(ChangeId).
  void CountChange(absl::string_view change);

  // Counts a lookup that took so long.
  void CountLookup(double seconds);

  // The whole page.
  std::string Text(const Gauges& gauges) const;

 private:
  // Seconds; 3.5 and 30 are the deadlines of the protocols by default.
  static constexpr std::array<double, 9> kBounds = {
      0.001, 0.005, 0.02, 0.1, 0.5, 1.0, 3.5, 10.0, 30.0};

  void AppendLookups(std::string* page) const;

  LabelledCounter answers_;
  LabelledCounter unenforced_;
  LabelledCounter verdicts_;
  LabelledCounter reasons_;
  LabelledCounter no_verdict_;
  LabelledCounter cache_;
  LabelledCounter refused_;
  LabelledCounter changes_;
  absl::optional<int64_t> last_secure_;             // seconds since the epoch
  std::array<uint64_t, kBounds.size()> lookups_{};  // up to each bound
  uint64_t lookup_count_ = 0;
  double lookup_seconds_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_METRICS_H_
