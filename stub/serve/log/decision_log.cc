#include "stub/serve/log/decision_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostHosts = 8;

// JSON in ASCII alone.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

bool IsPlain(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char octet) {
    const auto c = static_cast<unsigned char>(octet);
    return absl::ascii_isgraph(c) && octet != '"' && octet != '\\';
  });
}

std::string TextOf(const std::string& value) {
  return IsPlain(value) ? value : Dump(Json(value));
}

std::string TextOf(const HostVerdict& host) {
  return absl::StrCat(host.name.ToText(), ":", ToText(host.duty),
                      host.cause == Cause::kNone ? "" : "/",
                      ToText(host.cause));
}

void AddReasons(const std::vector<Reason>& reasons,
                std::vector<std::string>* ids) {
  for (const Reason& reason : reasons) {
    std::string id(ToText(reason.id));
    if (std::find(ids->begin(), ids->end(), id) == ids->end()) {
      ids->push_back(std::move(id));
    }
  }
}

}  // namespace

std::string LogLine(LogFormat format, int64_t now, absl::string_view event,
                    const LogFields& fields) {
  if (format == LogFormat::kJson) {
    Json json = Json::object();
    json["time"] = absl::FormatTime(
        "%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(now), absl::UTCTimeZone());
    json["event"] = std::string(event);
    for (const auto& [key, value] : fields) json[key] = value;
    return Dump(json);
  }
  std::string line(event);
  for (const auto& [key, value] : fields) {
    absl::StrAppend(&line, " ", key, "=", TextOf(value));
  }
  return line;
}

LogFields FieldsOf(const Verdict& verdict) {
  std::vector<std::string> hosts;
  std::vector<std::string> reasons;
  AddReasons(verdict.reasons, &reasons);
  for (const HostVerdict& host : verdict.hosts) {
    if (hosts.size() < kMostHosts) hosts.push_back(TextOf(host));
    AddReasons(host.reasons, &reasons);
  }
  LogFields fields = {
      {"kind", std::string(ToText(verdict.kind))},
      {"security", std::string(ToText(verdict.security))},
      {"disposition", std::string(ToText(verdict.disposition))}};
  if (!hosts.empty()) fields.emplace_back("hosts", absl::StrJoin(hosts, ","));
  if (!reasons.empty()) {
    fields.emplace_back("reasons", absl::StrJoin(reasons, ","));
  }
  return fields;
}

}  // namespace danebound
