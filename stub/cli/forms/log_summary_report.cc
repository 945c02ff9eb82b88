#include "stub/cli/forms/log_summary_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;
using Entry = std::pair<const std::string, NextHopSummary>;

constexpr size_t kIndent = 2;

const NextHopNow* Find(const NextHopsNow& now, const std::string& next_hop) {
  const auto found = now.find(next_hop);
  return found == now.end() ? nullptr : &found->second;
}

bool IsUnknown(const NextHopNow* now) {
  return now != nullptr && !now->outcome.has_value();
}

void AddCauses(const std::string& where, const std::vector<Finding>& findings,
               std::vector<DeferralCause>& causes) {
  for (const Finding& each : findings) {
    if (each.health == Health::kBroken || each.health == Health::kUnknown) {
      causes.push_back({where, each});
    }
  }
}

std::vector<DeferralCause> CausesOf(const CheckedDomain& checked) {
  std::vector<DeferralCause> causes;
  AddCauses("", checked.report.findings, causes);
  for (size_t i = 0; i < checked.report.hosts.size(); ++i) {
    const HostReport& host = checked.report.hosts[i];
    const std::string name = checked.verdict->hosts[i].name.ToText();
    AddCauses(name, host.findings, causes);
    for (size_t j = 0; j < host.addresses.size(); ++j) {
      const Address& address = checked.evidence.hosts[i].addresses[j].address;
      AddCauses(absl::StrCat(name, " ", address.ToText()),
                host.addresses[j].findings, causes);
    }
  }
  return causes;
}

std::string Counted(int64_t count, absl::string_view thing) {
  return absl::StrCat(count, " ", thing, count == 1 ? "" : "s");
}

std::string Times(const std::string& first, const std::string& last) {
  return first == last ? first : absl::StrCat(first, " to ", last);
}

std::string ReasonsText(const NextHopSummary& summary) {
  return absl::StrJoin(summary.reasons, ", ",
                       [](std::string* out, const auto& reason) {
                         absl::StrAppend(out, reason.first, " ", reason.second);
                       });
}

std::string CauseText(const DeferralCause& cause) {
  const std::string where =
      cause.where.empty() ? "" : absl::StrCat(cause.where, ": ");
  const std::string tlsrpt =
      cause.finding.tlsrpt.empty()
          ? ""
          : absl::StrCat(", TLSRPT ", cause.finding.tlsrpt);
  return absl::StrCat(where, cause.finding.text, " (", cause.finding.id, tlsrpt,
                      ")");
}

bool WasDeferred(const NextHopSummary& summary) {
  return summary.mail && summary.mail->deferred > 0;
}

// "12 sent (Verified 10, not-logged 2), 3 deferred, 0 bounced"
std::string MailText(const MailSummary& mail) {
  const std::string levels =
      absl::StrJoin(mail.tls, ", ", [](std::string* out, const auto& level) {
        absl::StrAppend(out, level.first, " ", level.second);
      });
  return absl::StrCat(
      mail.sent, " sent", levels.empty() ? "" : absl::StrCat(" (", levels, ")"),
      ", ", mail.deferred, " deferred, ", mail.bounced, " bounced");
}

// Builds the table.
class SummaryTable {
 public:
  SummaryTable(const LogSummary& summary, const NextHopsNow& now,
               const TableStyle& style)
      : summary_(summary), now_(now), block_(style, kIndent) {}

  std::string Build() {
    AddCounts();
    std::vector<const Entry*> entries;
    for (const Entry& each : summary_.next_hops) {
      const bool shown = WouldDefer(each.first, each.second, now_) ||
                         IsUnknown(Find(now_, each.first)) ||
                         WasDeferred(each.second);
      if (shown) entries.push_back(&each);
    }
    std::stable_sort(entries.begin(), entries.end(),
                     [](const Entry* a, const Entry* b) {
                       return a->second.decisions > b->second.decisions;
                     });
    for (const Entry* each : entries) AddNextHop(each->first, each->second);
    if (entries.empty() && summary_.decisions > 0) AddNobody();
    return block_.text();
  }

 private:
  void AddCounts() {
    const std::string unreadable =
        summary_.unreadable_lines == 0
            ? ""
            : absl::StrCat(", ", Counted(summary_.unreadable_lines, "decision"),
                           " that cannot be read");
    block_.AddLine(absl::StrCat(
        Counted(summary_.decisions, "decision"), " on ",
        Counted(static_cast<int64_t>(summary_.next_hops.size()), "next hop"),
        ", ", Counted(summary_.other_lines, "other line"), unreadable));
    if (summary_.earlier > 0) {
      block_.AddLine(absl::StrCat(Counted(summary_.earlier, "earlier decision"),
                                  " left out"));
    }
    if (summary_.undated > 0) {
      block_.AddLine(absl::StrCat(Counted(summary_.undated, "decision"),
                                  " without a time counted"));
    }
    if (summary_.deliveries) {
      block_.AddLine(
          absl::StrCat(*summary_.deliveries,
                       *summary_.deliveries == 1 ? " delivery" : " deliveries",
                       " in the mail log"));
    }
    if (now_.empty()) return;
    block_.AddLine(absl::StrCat(
        "checked ", Counted(static_cast<int64_t>(now_.size()), "next hop")));
  }

  void AddNobody() {
    const bool unchecked =
        now_.empty() &&
        std::any_of(summary_.next_hops.begin(), summary_.next_hops.end(),
                    [](const Entry& each) { return each.second.demands_tls; });
    block_.AddLine(absl::StrCat(
        "nobody would be deferred",
        unchecked ? " for what DNS said; no server was checked" : ""));
  }

  void AddNextHop(const std::string& next_hop, const NextHopSummary& summary) {
    const bool deferred = WouldDefer(next_hop, summary, now_);
    block_.AddLine("");
    block_.AddLine(absl::StrCat(Printable(next_hop), ": ",
                                deferred               ? "deferred"
                                : WasDeferred(summary) ? "mail was deferred"
                                                       : "not known"));
    if (!summary.last.policy.empty()) {
      block_.AddDetail("policy", summary.last.policy);
    }
    if (!summary.last.exception.empty()) {
      block_.AddDetail("exception", summary.last.exception);
    }
    AddLogged(summary);
    if (summary.mail) AddMail(*summary.mail);
    const NextHopNow* now = Find(now_, next_hop);
    if (now != nullptr) AddNow(*now);
  }

  void AddLogged(const NextHopSummary& summary) {
    block_.AddDetail("log", absl::StrCat(summary.deferred, " of ",
                                         Counted(summary.decisions, "decision"),
                                         summary.deferred == 0 ? "" : ": ",
                                         ReasonsText(summary)));
    const std::string times =
        Times(summary.first_deferred, summary.last_deferred);
    if (!times.empty()) block_.AddDetail("", times);
  }

  // What became of messages.
  void AddMail(const MailSummary& mail) {
    block_.AddDetail("mail", MailText(mail));
    if (mail.deferred == 0) return;
    block_.AddDetail("",
                     absl::StrCat(mail.last_deferred, ": ", mail.last_reason));
  }

  void AddNow(const NextHopNow& now) {
    if (!now.outcome.has_value()) {
      return block_.AddDetail("now", absl::StrCat("not known: ", now.error));
    }
    block_.AddDetail("now", ToText(*now.outcome));
    for (const DeferralCause& each : now.causes) {
      block_.AddDetail(ToText(each.finding.health), CauseText(each));
    }
  }

  const LogSummary& summary_;
  const NextHopsNow& now_;
  Block block_;
};

Json OrNull(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json ToJson(const DeferralCause& cause) {
  return {{"where", OrNull(cause.where)},
          {"id", cause.finding.id},
          {"text", cause.finding.text},
          {"tlsrpt", OrNull(cause.finding.tlsrpt)}};
}

Json ToJson(const NextHopNow& now) {
  Json causes = Json::array();
  for (const DeferralCause& each : now.causes) causes.push_back(ToJson(each));
  return {{"outcome", now.outcome.has_value()
                          ? Json(std::string(ToText(*now.outcome)))
                          : Json(nullptr)},
          {"error", OrNull(now.error)},
          {"causes", std::move(causes)}};
}

Json ToJson(const MailSummary& mail) {
  Json tls = Json::object();
  for (const auto& [level, count] : mail.tls) tls[level] = count;
  return {{"sent", mail.sent},
          {"deferred", mail.deferred},
          {"bounced", mail.bounced},
          {"tls", std::move(tls)},
          {"last_deferred", OrNull(mail.last_deferred)},
          {"last_reason", OrNull(mail.last_reason)}};
}

Json ToJson(const std::string& next_hop, const NextHopSummary& summary,
            const NextHopsNow& now) {
  const NextHopNow* found = Find(now, next_hop);
  Json reasons = Json::object();
  for (const auto& [id, count] : summary.reasons) reasons[id] = count;
  return {{"next_hop", next_hop},
          {"would_defer", WouldDefer(next_hop, summary, now)},
          {"policy", OrNull(summary.last.policy)},
          {"exception", OrNull(summary.last.exception)},
          {"decisions", summary.decisions},
          {"deferred", summary.deferred},
          {"first_deferred", OrNull(summary.first_deferred)},
          {"last_deferred", OrNull(summary.last_deferred)},
          {"reasons", std::move(reasons)},
          {"mail", summary.mail ? ToJson(*summary.mail) : Json(nullptr)},
          {"now", found == nullptr ? Json(nullptr) : ToJson(*found)}};
}

}  // namespace

NextHopNow NowOf(const CheckedDomain& checked) {
  NextHopNow now;
  if (!checked.verdict.has_value()) {
    now.error = checked.error;
    return now;
  }
  now.outcome = checked.report.outcome;
  if (now.outcome == Outcome::kDeferred) now.causes = CausesOf(checked);
  return now;
}

bool WouldDefer(const std::string& next_hop, const NextHopSummary& summary,
                const NextHopsNow& now) {
  const NextHopNow* found = Find(now, next_hop);
  return summary.deferred > 0 ||
         (found != nullptr && found->outcome == Outcome::kDeferred);
}

std::string ToTable(const LogSummary& summary, const NextHopsNow& now,
                    const TableStyle& style) {
  return SummaryTable(summary, now, style).Build();
}

Json ToJson(const LogSummary& summary, const NextHopsNow& now) {
  Json next_hops = Json::array();
  for (const auto& [next_hop, each] : summary.next_hops) {
    next_hops.push_back(ToJson(next_hop, each, now));
  }
  return {{"decisions", summary.decisions},
          {"other_lines", summary.other_lines},
          {"unreadable_lines", summary.unreadable_lines},
          {"earlier_decisions", summary.earlier},
          {"undated_decisions", summary.undated},
          {"deliveries",
           summary.deliveries ? Json(*summary.deliveries) : Json(nullptr)},
          {"next_hops", std::move(next_hops)}};
}

}  // namespace danebound
