#include "stub/serve/metrics.h"

#include "absl/strings/str_cat.h"

namespace danebound {

void Metrics::CountAnswer(absl::string_view protocol,
                          absl::string_view answer) {
  ++answers_[{std::string(protocol), std::string(answer)}];
}

void Metrics::CountLookup(double seconds) {
  for (size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) ++lookups_[i];
  }
  ++lookup_count_;
  lookup_seconds_ += seconds;
}

std::string Metrics::Text(size_t lookups_open) const {
  std::string text =
      "# HELP danebound_serve_answers_total Answers to mail servers.\n"
      "# TYPE danebound_serve_answers_total counter\n";
  for (const auto& [labels, count] : answers_) {
    absl::StrAppend(&text, "danebound_serve_answers_total{protocol=\"",
                    labels.first, "\",answer=\"", labels.second, "\"} ", count,
                    "\n");
  }
  absl::StrAppend(
      &text,
      "# HELP danebound_serve_lookups_open Lookups without an answer yet.\n"
      "# TYPE danebound_serve_lookups_open gauge\n"
      "danebound_serve_lookups_open ",
      lookups_open,
      "\n# HELP danebound_serve_lookup_seconds How long lookups took.\n"
      "# TYPE danebound_serve_lookup_seconds histogram\n");
  for (size_t i = 0; i < kBounds.size(); ++i) {
    absl::StrAppend(&text, "danebound_serve_lookup_seconds_bucket{le=\"",
                    kBounds[i], "\"} ", lookups_[i], "\n");
  }
  absl::StrAppend(&text, "danebound_serve_lookup_seconds_bucket{le=\"+Inf\"} ",
                  lookup_count_, "\ndanebound_serve_lookup_seconds_sum ",
                  lookup_seconds_, "\ndanebound_serve_lookup_seconds_count ",
                  lookup_count_, "\n");
  return text;
}

}  // namespace danebound
