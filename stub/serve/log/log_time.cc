#include "stub/serve/log/log_time.h"

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace danebound {
namespace {

constexpr int64_t kMostUnits = 100000;

absl::optional<absl::Time> Parse(const char* format, absl::string_view text,
                                 const absl::TimeZone& zone) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(format, text, zone, &time, &error)) {
    return absl::nullopt;
  }
  return time;
}

// Syslog names no year.
absl::optional<absl::Time> ParseSyslogTime(absl::string_view text,
                                           const LogWindow& window) {
  const int64_t year = window.zone.At(window.now).cs.year();
  for (const int64_t each : {year + 1, year, year - 1}) {
    const auto time =
        Parse("%Y %b %d %H:%M:%S", absl::StrCat(each, " ", text), window.zone);
    if (time && *time <= window.now + absl::Hours(24)) return time;
  }
  return absl::nullopt;
}

absl::optional<absl::Duration> ParseAge(absl::string_view text) {
  static const std::array<std::pair<const char*, absl::Duration>, 4> kUnits = {
      {{"min", absl::Minutes(1)},
       {"s", absl::Seconds(1)},
       {"h", absl::Hours(1)},
       {"d", absl::Hours(24)}}};
  for (const auto& [unit, length] : kUnits) {
    int64_t count = 0;
    absl::string_view number = text;
    if (!absl::ConsumeSuffix(&number, unit)) continue;
    if (!absl::SimpleAtoi(number, &count) || count < 0 || count > kMostUnits) {
      return absl::nullopt;
    }
    return count * length;
  }
  return absl::nullopt;
}

}  // namespace

absl::optional<absl::Time> ParseLogTime(absl::string_view text,
                                        const LogWindow& window) {
  const auto time = Parse("%Y-%m-%dT%H:%M:%E*S%Ez", text, window.zone);
  return time ? time : ParseSyslogTime(text, window);
}

absl::optional<absl::Time> ParseSince(absl::string_view text,
                                      const LogWindow& window) {
  const auto age = ParseAge(text);
  if (age) return window.now - *age;
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%E*S%Ez", "%Y-%m-%dT%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S",
        "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    const auto time = Parse(format, text, window.zone);
    if (time) return time;
  }
  return absl::nullopt;
}

}  // namespace danebound
