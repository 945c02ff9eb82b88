#include "stub/serve/log/log_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace danebound {
namespace {

using Json = nlohmann::json;
using Fields = std::map<std::string, std::string>;

constexpr absl::string_view kDecision = "decision";
// "Nov 22 07:30:00", as syslog and journald write it.
constexpr size_t kSyslogTime = 15;

// An event and its fields. `before` is what a line has in front of them.
struct Event {
  std::string before;
  std::string name;
  Fields fields;
};

absl::Status Unreadable() {
  return absl::InvalidArgumentError("a decision that cannot be read");
}

std::string TimeOf(absl::string_view before) {
  const absl::string_view first = before.substr(0, before.find(' '));
  if (first.empty()) return "";
  if (absl::ascii_isdigit(static_cast<unsigned char>(first[0]))) {
    return absl::StrContains(first, 'T') ? std::string(first) : "";
  }
  const bool is_syslog = before.size() > kSyslogTime && before[3] == ' ' &&
                         before[6] == ' ' && before[9] == ':' &&
                         before[12] == ':';
  return is_syslog ? std::string(before.substr(0, kSyslogTime)) : "";
}

// Takes a JSON string, whose closing quote no backslash stands before.
absl::optional<std::string> TakeQuoted(absl::string_view* text) {
  size_t end = 1;
  while (end < text->size() && (*text)[end] != '"') {
    end += (*text)[end] == '\\' ? 2 : 1;
  }
  if (end >= text->size()) return absl::nullopt;
  const absl::string_view quoted = text->substr(0, end + 1);
  const Json value = Json::parse(quoted.begin(), quoted.end(), nullptr, false);
  if (!value.is_string()) return absl::nullopt;
  text->remove_prefix(quoted.size());
  return value.get<std::string>();
}

absl::optional<std::string> TakeValue(absl::string_view* text) {
  if (absl::StartsWith(*text, "\"")) return TakeQuoted(text);
  const size_t end = std::min(text->find(' '), text->size());
  std::string value(text->substr(0, end));
  text->remove_prefix(end);
  return value;
}

// "key=value key=value"
absl::optional<Fields> ParseFields(absl::string_view text) {
  Fields fields;
  while (!text.empty()) {
    const size_t equals = text.find('=');
    if (equals == absl::string_view::npos) return absl::nullopt;
    const std::string key(text.substr(0, equals));
    text.remove_prefix(equals + 1);
    absl::optional<std::string> value = TakeValue(&text);
    const bool ends_well = text.empty() || text[0] == ' ';
    if (!value.has_value() || !ends_well) return absl::nullopt;
    fields[key] = *std::move(value);
    if (!text.empty()) text.remove_prefix(1);
  }
  return fields;
}

// Before the first "=" stand the event and the first key.
absl::StatusOr<Event> ParseTextLine(absl::string_view line) {
  Event event;
  const absl::string_view head = line.substr(0, line.find('='));
  const size_t key = head.rfind(' ');
  if (key == absl::string_view::npos) return event;
  const size_t blank = head.substr(0, key).rfind(' ');
  const size_t name = blank == absl::string_view::npos ? 0 : blank + 1;
  event.before = std::string(head.substr(0, name));
  event.name = std::string(head.substr(name, key - name));
  if (event.name != kDecision) return event;
  absl::optional<Fields> fields = ParseFields(line.substr(key + 1));
  if (!fields.has_value()) return Unreadable();
  event.fields = *std::move(fields);
  return event;
}

absl::StatusOr<Event> ParseJsonLine(absl::string_view line, size_t begin) {
  Event event;
  event.before = std::string(line.substr(0, begin));
  const absl::string_view text = line.substr(begin);
  const Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  if (!json.is_object()) {
    if (!absl::StrContains(text, "\"event\":\"decision\"")) return event;
    return Unreadable();
  }
  for (const auto& [key, value] : json.items()) {
    if (value.is_string()) event.fields[key] = value.get<std::string>();
  }
  event.name = event.fields["event"];
  return event;
}

absl::StatusOr<Event> ParseLine(absl::string_view line) {
  const size_t brace = line.find('{');
  return brace < line.find('=') ? ParseJsonLine(line, brace)
                                : ParseTextLine(line);
}

bool HasDuty(const Fields& fields, absl::string_view duty) {
  const auto hosts = fields.find("hosts");
  return hosts != fields.end() && absl::StrContains(hosts->second, duty);
}

// The choice that gave hosts behind insecure MX records their duties.
InsecureMx ChoiceOf(const Fields& fields) {
  const auto security = fields.find("security");
  if (security == fields.end() || security->second != "insecure") {
    return InsecureMx::kOpportunistic;
  }
  if (HasDuty(fields, ":authenticate")) return InsecureMx::kAuthenticate;
  if (HasDuty(fields, ":encrypt")) return InsecureMx::kEncrypt;
  return InsecureMx::kOpportunistic;
}

std::string FieldOf(const Fields& fields, const std::string& key) {
  const auto found = fields.find(key);
  return found == fields.end() ? "" : found->second;
}

// By enforcement: where nothing is enforced no answer is TEMP.
bool AnswersTemp(const Fields& fields) {
  return FieldOf(fields, "answer") == "TEMP" ||
         FieldOf(fields, "would_answer") == "TEMP";
}

LoggedDecision DecisionOf(const Event& event) {
  const Fields& fields = event.fields;
  LoggedDecision decision;
  decision.time = FieldOf(fields, "time");
  if (decision.time.empty()) decision.time = TimeOf(event.before);
  for (const char* key : {"next_hop", "key", "asked"}) {
    if (decision.next_hop.empty()) decision.next_hop = FieldOf(fields, key);
  }
  decision.policy = FieldOf(fields, "policy");
  decision.exception = FieldOf(fields, "exception");
  decision.defers = FieldOf(fields, "disposition") == "defer" ||
                    fields.find("error") != fields.end() || AnswersTemp(fields);
  decision.reasons =
      absl::StrSplit(FieldOf(fields, "reasons"), ',', absl::SkipEmpty());
  decision.demands_tls = decision.defers || HasDuty(fields, ":authenticate") ||
                         HasDuty(fields, ":encrypt");
  decision.require = decision.policy == "require";
  decision.insecure_mx = ChoiceOf(fields);
  return decision;
}

}  // namespace

absl::StatusOr<absl::optional<LoggedDecision>> ReadLogLine(
    absl::string_view line) {
  const absl::StatusOr<Event> event = ParseLine(line);
  if (!event.ok()) return event.status();
  if (event->name != kDecision) return absl::nullopt;
  LoggedDecision decision = DecisionOf(*event);
  if (decision.next_hop.empty()) return Unreadable();
  return decision;
}

}  // namespace danebound
