#include "stub/serve/log/decision_log.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

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

}  // namespace danebound
