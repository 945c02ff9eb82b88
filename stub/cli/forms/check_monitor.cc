#include "stub/cli/forms/check_monitor.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "stub/cli/forms/shown_name.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr int64_t kDay = 86400;

constexpr std::array<Outcome, 6> kOutcomes = {
    Outcome::kAuthenticated, Outcome::kAuthenticatedHostOnly,
    Outcome::kEncrypted,     Outcome::kOpportunistic,
    Outcome::kDeferred,      Outcome::kUndeliverable};
constexpr std::array<Health, 4> kHealths = {Health::kGood, Health::kWarning,
                                            Health::kBroken, Health::kUnknown};

constexpr absl::string_view kCertificatesEnd =
    "danebound_check_certificates_end_timestamp_seconds";
constexpr absl::string_view kSignaturesEnd =
    "danebound_check_signatures_end_timestamp_seconds";
constexpr absl::string_view kVerdictEnd =
    "danebound_check_verdict_end_timestamp_seconds";

absl::string_view NagiosState(Health health) {
  switch (health) {
    case Health::kGood:
      return "OK";
    case Health::kWarning:
      return "WARNING";
    case Health::kBroken:
      return "CRITICAL";
    case Health::kUnknown:
      return "UNKNOWN";
  }
  return "UNKNOWN";
}

// "|" parts text from performance data, and a line is a line.
std::string NagiosText(absl::string_view text) {
  return absl::StrReplaceAll(Printable(text), {{"|", "/"}});
}

// As it was given, with U-labels beside A-labels.
std::string DomainText(const CheckedDomain& checked, bool unicode) {
  const absl::StatusOr<Name> name = Name::ParseText(checked.domain);
  return name.ok() && absl::StrContains(checked.domain, "xn--")
             ? ShownName(*name, unicode)
             : checked.domain;
}

std::string HostText(const HostVerdict& host, bool unicode) {
  if (!host.name.IsRoot()) return ShownName(host.name, unicode);
  return host.addresses.empty() ? "" : host.addresses[0].address.ToText();
}

void AddFindings(absl::string_view where, const std::vector<Finding>& findings,
                 std::string& text) {
  for (const Finding& each : findings) {
    if (each.health == Health::kGood) continue;
    absl::StrAppend(&text, NagiosText(where), ": ", NagiosText(each.text), " (",
                    each.id, ")\n");
  }
}

void AddFindings(const CheckedDomain& checked, bool unicode,
                 std::string& text) {
  const std::string domain = DomainText(checked, unicode);
  if (!checked.error.empty()) {
    absl::StrAppend(&text, NagiosText(domain), ": ", NagiosText(checked.error),
                    "\n");
  }
  AddFindings(domain, checked.report.findings, text);
  for (size_t i = 0; i < checked.report.hosts.size(); ++i) {
    const HostReport& host = checked.report.hosts[i];
    const std::string name = absl::StrCat(
        domain, ": ", HostText(checked.verdict->hosts[i], unicode));
    AddFindings(name, host.findings, text);
    for (size_t j = 0; j < host.addresses.size(); ++j) {
      const Address& address = checked.evidence.hosts[i].addresses[j].address;
      AddFindings(absl::StrCat(name, " ", address.ToText()),
                  host.addresses[j].findings, text);
    }
  }
}

void AddAdvices(const CheckedDomain& checked, bool unicode, std::string& text) {
  if (!checked.advices.has_value()) return;
  const std::string domain = DomainText(checked, unicode);
  for (const Advice& each : *checked.advices) {
    const std::string host =
        each.host.empty() ? "" : absl::StrCat(NagiosText(each.host), ": ");
    absl::StrAppend(&text, NagiosText(domain), ": advice: ", host,
                    NagiosText(each.text), " (", each.section, ")\n");
  }
}

// Says whether mail finds a way around what is broken.
bool MailFlows(const CheckedDomain& checked) {
  const std::vector<const Finding*> all = AllFindings(checked.report);
  return std::any_of(all.begin(), all.end(), [](const Finding* each) {
    return each->id == "mail-flows";
  });
}

absl::optional<int64_t> EndOf(const CheckedDomain& checked) {
  absl::optional<int64_t> first;
  for (const HostReport& host : checked.report.hosts) {
    if (!host.certificates_end.has_value()) continue;
    first = std::min(first.value_or(*host.certificates_end),
                     *host.certificates_end);
  }
  return first;
}

std::string PerformanceData(const std::vector<CheckedDomain>& checked) {
  std::vector<std::string> data;
  for (const CheckedDomain& each : checked) {
    const absl::optional<int64_t> end = EndOf(each);
    if (!end.has_value()) continue;
    const std::string label =
        absl::StrReplaceAll(NagiosText(each.domain), {{"'", "''"}, {"=", "_"}});
    data.push_back(
        absl::StrCat("'", label, "'=", (*end - each.judged_at) / kDay));
  }
  return data.empty() ? "" : absl::StrCat(" | ", absl::StrJoin(data, " "));
}

// The name of a domain as a label's value, which is UTF-8.
std::string DomainLabel(const CheckedDomain& checked) {
  return Printable(checked.domain);
}

std::string Quoted(absl::string_view value) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(value, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

// One family of metrics after the other: the samples of each stand together.
// Gauges alone, not OpenMetrics' state sets: node_exporter refuses a file with
// a type that Prometheus' own text format lacks.
class Metrics {
 public:
  explicit Metrics(const std::vector<CheckedDomain>& checked) {
    std::set<std::string> seen;
    for (const CheckedDomain& each : checked) {
      if (seen.insert(DomainLabel(each)).second) domains_.push_back(&each);
    }
  }

  std::string Build();

 private:
  using HostSample =
      std::function<void(const std::string& labels, const HostVerdict& host,
                         const HostReport& report)>;

  void Begin(absl::string_view name, absl::string_view type,
             absl::string_view unit, absl::string_view help);
  template <typename Value, size_t size>
  void AddStates(absl::string_view name, const std::string& labels,
                 const std::array<Value, size>& values, Value current);
  void ForEachHost(const HostSample& sample) const;
  void AddDomains();
  void AddHosts();
  void AddEnds();

  std::vector<const CheckedDomain*> domains_;
  std::string text_;
};

void Metrics::Begin(absl::string_view name, absl::string_view type,
                    absl::string_view unit, absl::string_view help) {
  absl::StrAppend(&text_, "# TYPE ", name, " ", type, "\n");
  if (!unit.empty()) absl::StrAppend(&text_, "# UNIT ", name, " ", unit, "\n");
  absl::StrAppend(&text_, "# HELP ", name, " ", help, "\n");
}

template <typename Value, size_t size>
void Metrics::AddStates(absl::string_view name, const std::string& labels,
                        const std::array<Value, size>& values, Value current) {
  for (const Value value : values) {
    absl::StrAppend(&text_, name, "{", labels, ",", name, "=",
                    Quoted(ToText(value)), "} ", value == current ? 1 : 0,
                    "\n");
  }
}

void Metrics::ForEachHost(const HostSample& sample) const {
  for (const CheckedDomain* each : domains_) {
    for (size_t i = 0; i < each->report.hosts.size(); ++i) {
      const HostVerdict& host = each->verdict->hosts[i];
      sample(absl::StrCat("domain=", Quoted(DomainLabel(*each)),
                          ",host=", Quoted(HostText(host, /*unicode=*/false))),
             host, each->report.hosts[i]);
    }
  }
}

void Metrics::AddDomains() {
  Begin("danebound_check_health", "gauge", "",
        "Health of a domain: 1 for what it is, else 0.");
  for (const CheckedDomain* each : domains_) {
    AddStates("danebound_check_health",
              absl::StrCat("domain=", Quoted(DomainLabel(*each))), kHealths,
              each->report.health);
  }
  Begin("danebound_check_outcome", "gauge", "",
        "How mail reaches a domain: 1 for what it is, else 0.");
  for (const CheckedDomain* each : domains_) {
    AddStates("danebound_check_outcome",
              absl::StrCat("domain=", Quoted(DomainLabel(*each))), kOutcomes,
              each->report.outcome);
  }
}

void Metrics::AddHosts() {
  Begin("danebound_check_host_outcome", "gauge", "",
        "How mail reaches a host: 1 for what it is, else 0.");
  ForEachHost([this](const std::string& labels, const HostVerdict&,
                     const HostReport& report) {
    AddStates("danebound_check_host_outcome", labels, kOutcomes,
              report.outcome);
  });
}

void Metrics::AddEnds() {
  Begin(kCertificatesEnd, "gauge", "seconds",
        "First end of the certificates whose dates count.");
  ForEachHost([this](const std::string& labels, const HostVerdict&,
                     const HostReport& report) {
    if (!report.certificates_end.has_value()) return;
    absl::StrAppend(&text_, kCertificatesEnd, "{", labels, "} ",
                    *report.certificates_end, "\n");
  });
  Begin(kSignaturesEnd, "gauge", "seconds",
        "First end of the signatures of TLSA records; with --name-servers.");
  ForEachHost([this](const std::string& labels, const HostVerdict&,
                     const HostReport& report) {
    if (!report.signatures_end.has_value()) return;
    absl::StrAppend(&text_, kSignaturesEnd, "{", labels, "} ",
                    *report.signatures_end, "\n");
  });
  Begin(kVerdictEnd, "gauge", "seconds",
        "End of the verdict on a host: the least of TTLs and signatures.");
  ForEachHost([this](const std::string& labels, const HostVerdict& host,
                     const HostReport&) {
    absl::StrAppend(&text_, kVerdictEnd, "{", labels, "} ", host.expires, "\n");
  });
}

std::string Metrics::Build() {
  AddDomains();
  AddHosts();
  AddEnds();
  absl::StrAppend(&text_, "# EOF\n");
  return std::move(text_);
}

}  // namespace

Health WorstHealth(const std::vector<CheckedDomain>& checked) {
  if (checked.empty()) return Health::kUnknown;
  Health worst = Health::kGood;
  for (const CheckedDomain& each : checked) {
    worst = std::max(worst, each.report.health);
  }
  return worst;
}

std::string ToNagios(const std::vector<CheckedDomain>& checked, bool unicode) {
  std::vector<std::string> outcomes;
  outcomes.reserve(checked.size());
  for (const CheckedDomain& each : checked) {
    outcomes.push_back(absl::StrCat(NagiosText(DomainText(each, unicode)), " ",
                                    ToText(each.report.outcome),
                                    MailFlows(each) ? " (mail flows)" : ""));
  }
  std::string text = absl::StrCat("DANE ", NagiosState(WorstHealth(checked)),
                                  " - ", absl::StrJoin(outcomes, ", "),
                                  PerformanceData(checked), "\n");
  for (const CheckedDomain& each : checked) {
    AddFindings(each, unicode, text);
    AddAdvices(each, unicode, text);
  }
  return text;
}

std::string ToOpenMetrics(const std::vector<CheckedDomain>& checked) {
  return Metrics(checked).Build();
}

}  // namespace danebound
