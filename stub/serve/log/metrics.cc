#include "stub/serve/log/metrics.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "stub/serve/json/verdict_change.h"

namespace danebound {
namespace {

// Of one counter. What is counted here has fewer.
constexpr size_t kMostSeries = 100;

std::string Escaped(absl::string_view value) {
  return absl::StrReplaceAll(value,
                             {{"\\", "\\\\"}, {"\"", "\\\""}, {"\n", "\\n"}});
}

void AppendHead(absl::string_view name, absl::string_view type,
                absl::string_view help, std::string* page) {
  absl::StrAppend(page, "# HELP ", name, " ", help, "\n# TYPE ", name, " ",
                  type, "\n");
}

void AppendNumber(absl::string_view name, absl::string_view type,
                  absl::string_view help, int64_t value, std::string* page) {
  AppendHead(name, type, help, page);
  absl::StrAppend(page, name, " ", value, "\n");
}

void AppendGauge(absl::string_view name, absl::string_view help, int64_t value,
                 std::string* page) {
  AppendNumber(name, "gauge", help, value, page);
}

// What nobody looks at is not shown.
void AppendResolver(const Gauges& gauges, std::string* page) {
  if (gauges.mta_resolver.empty() || gauges.mta_resolver == "off") return;
  AppendHead("danebound_serve_mta_resolver", "gauge",
             "The mail server's way to DNS: 1 at the state that it is in.",
             page);
  for (const absl::string_view state : {"bad", "good", "unknown", "unseen"}) {
    absl::StrAppend(page, "danebound_serve_mta_resolver{state=\"", state,
                    "\"} ", gauges.mta_resolver == state ? 1 : 0, "\n");
  }
  AppendGauge(
      "danebound_serve_mta_resolv_conf_stale",
      "1 while the chroot's resolv.conf names others than the system's.",
      gauges.resolv_conf_stale ? 1 : 0, page);
}

void AddIds(const std::vector<Reason>& reasons, std::set<std::string>* ids) {
  for (const Reason& reason : reasons) ids->emplace(ToText(reason.id));
}

}  // namespace

LabelledCounter::LabelledCounter(absl::string_view name, absl::string_view help,
                                 std::vector<std::string> labels)
    : name_(name), help_(help), labels_(std::move(labels)) {}

void LabelledCounter::Add(const std::vector<std::string>& values,
                          uint64_t count) {
  const auto found = counts_.find(values);
  if (found != counts_.end()) {
    found->second += count;
  } else if (counts_.size() < kMostSeries) {
    counts_[values] = count;
  } else {
    counts_[std::vector<std::string>(labels_.size(), "other")] += count;
  }
}

void LabelledCounter::AppendTo(std::string* page) const {
  AppendHead(name_, "counter", help_, page);
  for (const auto& [values, count] : counts_) {
    std::string labels;
    for (size_t i = 0; i < labels_.size(); ++i) {
      absl::StrAppend(&labels, i == 0 ? "" : ",", labels_[i], "=\"",
                      Escaped(values[i]), "\"");
    }
    absl::StrAppend(page, name_,
                    labels.empty() ? "" : absl::StrCat("{", labels, "}"), " ",
                    count, "\n");
  }
}

Metrics::Metrics()
    : answers_("danebound_serve_answers_total", "Answers to mail servers.",
               {"protocol", "answer"}),
      unenforced_("danebound_serve_unenforced_total",
                  "Answers that enforce nothing, and what enforcing would "
                  "have answered.",
                  {"why", "would_answer"}),
      verdicts_("danebound_serve_verdicts_total",
                "Lookups that gave a verdict.", {"security", "disposition"}),
      reasons_("danebound_serve_reasons_total",
               "Verdicts with this reason, of the next hop or of a host.",
               {"reason"}),
      no_verdict_("danebound_serve_no_verdict_total",
                  "Lookups that gave no verdict.", {"reason"}),
      cache_("danebound_serve_cache_total",
             "Verdicts from the module's cache, and those that were not there.",
             {"result"}),
      refused_("danebound_serve_refused_total",
               "Requests and connections that were not taken.", {"what"}),
      changes_("danebound_serve_watch_changes_total",
               "Changes of watched verdicts.", {"change"}) {
  // Prometheus sees no rise in a series that was not there.
  for (const char* reason :
       {"busy", "deadline", "no-verdict", "not-permitted", "unavailable"}) {
    no_verdict_.Add({reason}, 0);
  }
  for (const char* what :
       {"bad-key", "bad-request", "connections", "no-such-map"}) {
    refused_.Add({what}, 0);
  }
  for (const ChangeId id : kAllChanges)
    changes_.Add({std::string(ToText(id))}, 0);
}

void Metrics::CountAnswer(absl::string_view protocol,
                          absl::string_view answer) {
  answers_.Add({std::string(protocol), std::string(answer)});
}

void Metrics::CountUnenforced(absl::string_view why,
                              absl::string_view would_answer) {
  unenforced_.Add({std::string(why), std::string(would_answer)});
}

void Metrics::CountVerdict(const Verdict& verdict, int64_t now) {
  verdicts_.Add({std::string(ToText(verdict.security)),
                 std::string(ToText(verdict.disposition))});
  // A host that the operator named is secure without DNS.
  if (verdict.security == Security::kSecure && verdict.kind != Kind::kHost) {
    last_secure_ = now;
  }
  std::set<std::string> ids;
  AddIds(verdict.reasons, &ids);
  for (const HostVerdict& host : verdict.hosts) AddIds(host.reasons, &ids);
  for (const std::string& id : ids) reasons_.Add({id});
}

void Metrics::CountNoVerdict(absl::string_view reason) {
  no_verdict_.Add({std::string(reason)});
}

void Metrics::CountCache(bool hit) { cache_.Add({hit ? "hit" : "miss"}); }

void Metrics::CountRefusal(absl::string_view what) {
  refused_.Add({std::string(what)});
}

void Metrics::CountChange(absl::string_view change) {
  changes_.Add({std::string(change)});
}

void Metrics::CountLookup(double seconds) {
  for (size_t i = 0; i < kBounds.size(); ++i) {
    if (seconds <= kBounds[i]) ++lookups_[i];
  }
  ++lookup_count_;
  lookup_seconds_ += seconds;
}

std::string Metrics::Text(const Gauges& gauges) const {
  std::string page;
  for (const LabelledCounter* counter :
       {&answers_, &unenforced_, &verdicts_, &reasons_, &no_verdict_, &cache_,
        &refused_, &changes_}) {
    counter->AppendTo(&page);
  }
  AppendLookups(&page);
  AppendNumber("danebound_serve_log_lines_dropped_total", "counter",
               "Lines that the log did not take in time.",
               static_cast<int64_t>(gauges.log_lines_dropped), &page);
  AppendGauge("danebound_serve_lookups_open", "Lookups without an answer yet.",
              static_cast<int64_t>(gauges.lookups_open), &page);
  AppendGauge("danebound_serve_connections", "Connections that are open.",
              static_cast<int64_t>(gauges.connections), &page);
  AppendGauge("danebound_serve_watched", "Next hops that are watched.",
              static_cast<int64_t>(gauges.watched), &page);
  AppendGauge("danebound_serve_exceptions", "Exceptions that are in force.",
              static_cast<int64_t>(gauges.exceptions), &page);
  AppendHead("danebound_serve_exceptions_tested", "gauge",
             "Exceptions by what their last test came to.", &page);
  for (const auto& [state, count] : gauges.exceptions_tested) {
    absl::StrAppend(&page, "danebound_serve_exceptions_tested{state=\"",
                    Escaped(state), "\"} ", count, "\n");
  }
  AppendResolver(gauges, &page);
  if (gauges.unbound_older.has_value()) {
    AppendGauge("danebound_serve_unbound_older",
                "1 while the Unbound with the module was built from an older "
                "source than the distribution's Unbound.",
                *gauges.unbound_older ? 1 : 0, &page);
  }
  if (gauges.next_exception_end.has_value()) {
    AppendGauge("danebound_serve_next_exception_end_timestamp_seconds",
                "When the next exception ends.", *gauges.next_exception_end,
                &page);
  }
  if (last_secure_.has_value()) {
    AppendGauge("danebound_serve_last_secure_verdict_timestamp_seconds",
                "When the last secure verdict came.", *last_secure_, &page);
  }
  return page;
}

void Metrics::AppendLookups(std::string* page) const {
  AppendHead("danebound_serve_lookup_seconds", "histogram",
             "How long lookups took.", page);
  for (size_t i = 0; i < kBounds.size(); ++i) {
    absl::StrAppend(page, "danebound_serve_lookup_seconds_bucket{le=\"",
                    kBounds[i], "\"} ", lookups_[i], "\n");
  }
  absl::StrAppend(page, "danebound_serve_lookup_seconds_bucket{le=\"+Inf\"} ",
                  lookup_count_, "\ndanebound_serve_lookup_seconds_sum ",
                  lookup_seconds_, "\ndanebound_serve_lookup_seconds_count ",
                  lookup_count_, "\n");
}

}  // namespace danebound
