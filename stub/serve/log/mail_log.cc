#include "stub/serve/log/mail_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "stub/dane/next_hop.h"

namespace danebound {
namespace {

constexpr absl::string_view kConnected = " TLS connection established to ";
constexpr const char* kNotLogged = "not-logged";

// A line of an SMTP client of Postfix, or of what defers in its place.
struct PostfixLine {
  std::string time;     // as the log has it; empty: none
  std::string process;  // "postfix/smtp[712]"
  absl::string_view text;
};

bool IsSmtpClient(absl::string_view program) {
  return absl::EndsWith(program, "/smtp") || absl::EndsWith(program, "/error");
}

// Of what stands before host and program.
std::string TimeOf(absl::string_view line) {
  const absl::string_view first = line.substr(0, line.find(' '));
  if (absl::StrContains(first, 'T') && first.size() > 10) {
    return std::string(first);
  }
  return std::string(line.substr(0, std::min<size_t>(line.size(), 15)));
}

absl::optional<PostfixLine> ParseLine(absl::string_view line) {
  const size_t colon = line.find("]: ");
  if (colon == absl::string_view::npos) return absl::nullopt;
  const absl::string_view head = line.substr(0, colon);
  const size_t blank = head.rfind(' ');
  const size_t bracket = head.rfind('[');
  if (blank == absl::string_view::npos || bracket == absl::string_view::npos ||
      bracket < blank ||
      !IsSmtpClient(head.substr(blank + 1, bracket - blank - 1))) {
    return absl::nullopt;
  }
  return PostfixLine{TimeOf(line), std::string(head.substr(blank + 1)),
                     line.substr(colon + 3)};
}

// The value of "name=value," before the status.
absl::string_view FieldOf(absl::string_view text, absl::string_view name) {
  const size_t begin = text.find(name);
  if (begin == absl::string_view::npos) return "";
  const absl::string_view value = text.substr(begin + name.size());
  return value.substr(0, value.find(", "));
}

// "<a@example.org>" as "example.org".
std::string DomainOf(absl::string_view recipient) {
  absl::ConsumeSuffix(&recipient, ">");
  const size_t at = recipient.rfind('@');
  if (at == absl::string_view::npos) return "";
  const auto next_hop = ParseNextHop(recipient.substr(at + 1));
  return next_hop.ok() ? ToText(*next_hop) : "";
}

// "mx.example.org[192.0.2.1]:25" as "mx.example.org".
std::string HostOf(absl::string_view relay) {
  return absl::AsciiStrToLower(relay.substr(0, relay.find('[')));
}

// "deferred (why)"
struct Outcome {
  absl::string_view status;
  absl::string_view why;
};

absl::optional<Outcome> OutcomeOf(absl::string_view text) {
  const size_t begin = text.find(", status=");
  if (begin == absl::string_view::npos) return absl::nullopt;
  const absl::string_view rest = text.substr(begin + 9);
  const size_t end = rest.find(' ');
  Outcome outcome = {rest.substr(0, end), ""};
  if (end != absl::string_view::npos) outcome.why = rest.substr(end + 1);
  absl::ConsumePrefix(&outcome.why, "(");
  absl::ConsumeSuffix(&outcome.why, ")");
  return outcome;
}

void Add(const Outcome& outcome, const std::string& level,
         const std::string& time, MailSummary& summary) {
  if (outcome.status == "sent") {
    ++summary.sent;
    ++summary.tls[level];
  } else if (outcome.status == "deferred") {
    ++summary.deferred;
    summary.last_deferred = time;
    summary.last_reason = std::string(outcome.why);
  } else if (outcome.status == "bounced") {
    ++summary.bounced;
  }
}

MailSummary Find(const std::map<std::string, MailSummary>& summaries,
                 const std::string& key) {
  const auto found = summaries.find(key);
  return found == summaries.end() ? MailSummary() : found->second;
}

}  // namespace

void MailLog::AddLine(absl::string_view line, const LogWindow& window) {
  const absl::optional<PostfixLine> parsed = ParseLine(line);
  if (!parsed) return;
  const auto time = ParseLogTime(parsed->time, window);
  const absl::string_view text = parsed->text;
  const size_t connected = text.find(kConnected);
  if (connected != absl::string_view::npos) {
    const absl::string_view rest = text.substr(connected + kConnected.size());
    const std::string relay(rest.substr(0, rest.find(": ")));
    const absl::string_view before = text.substr(0, connected);
    const size_t blank = before.rfind(' ');
    levels_[{parsed->process, relay}] = std::string(
        blank == absl::string_view::npos ? before : before.substr(blank + 1));
    return;
  }
  const size_t recipient = text.find(": to=<");
  const absl::optional<Outcome> outcome = OutcomeOf(text);
  if (recipient == absl::string_view::npos || !outcome) return;
  if (time && window.IsBefore(*time)) return;
  const std::string relay(FieldOf(text, ", relay="));
  const auto level = levels_.find({parsed->process, relay});
  const std::string word = level == levels_.end() ? kNotLogged : level->second;
  ++deliveries_;
  Add(*outcome, word, parsed->time,
      by_domain_[DomainOf(FieldOf(text, ": to=<"))]);
  if (relay != "none") {
    Add(*outcome, word, parsed->time, by_host_[HostOf(relay)]);
  }
}

MailSummary MailLog::For(absl::string_view next_hop) const {
  const auto parsed = ParseNextHop(next_hop);
  if (!parsed.ok()) return {};
  return parsed->form == NextHopForm::kDomain
             ? Find(by_domain_, ToText(*parsed))
             : Find(by_host_, parsed->name.ToText());
}

}  // namespace danebound
