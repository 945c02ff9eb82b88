#include "stub/system/module_settings.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/system/toml_reader.h"

namespace danebound {
namespace {

constexpr absl::string_view kDefaultPath = "/etc/danebound/module.conf";

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr auto kNumbers = std::to_array<NumberSetting<ModuleSettings>>({
    {"cache_bytes", &ModuleSettings::cache_bytes, 0, 64 * kGiB},
    {"max_verdict_life", &ModuleSettings::max_verdict_life, 0, 2147483647},
    {"deadline_ms", &ModuleSettings::deadline_ms, 100, 600000},
    {"evaluated_hosts", &ModuleSettings::evaluated_hosts, 1, 100},
    {"listed_hosts", &ModuleSettings::listed_hosts, 1, 1000},
    {"mesh_share", &ModuleSettings::mesh_share, 1, 50},
    {"max_lookups", &ModuleSettings::max_lookups, 1, 100000},
    {"max_lookups_per_user", &ModuleSettings::max_lookups_per_user, 1, 100000},
    {"fresh_per_second", &ModuleSettings::fresh_per_second, 1, 100000},
    {"prefetch_per_second", &ModuleSettings::prefetch_per_second, 1, 100000},
    {"max_connections", &ModuleSettings::max_connections, 1, 100000},
    {"max_connections_per_user", &ModuleSettings::max_connections_per_user, 1,
     100000},
    {"max_in_flight_per_connection",
     &ModuleSettings::max_in_flight_per_connection, 1, 1000},
    {"idle_seconds", &ModuleSettings::idle_seconds, 300, 86400},
});

// Keys of release 0.1.0; a file that has them must not stop the service.
constexpr auto kReplaced = std::to_array<absl::string_view>(
    {"max_lookups_per_worker", "max_prefetches"});

constexpr std::array<std::pair<absl::string_view, LogLevel>, 4> kLogLevels = {
    {{"error", LogLevel::kError},
     {"warning", LogLevel::kWarning},
     {"info", LogLevel::kInfo},
     {"debug", LogLevel::kDebug}}};

class Reader : public TomlReader {
 public:
  Reader(absl::string_view file, ModuleSettings* settings)
      : TomlReader(file), settings_(settings) {}

  void Read(absl::string_view text) {
    const toml::table table = Parse(text);
    for (const auto& [key, value] : table) ReadKey(View(key.str()), value);
  }

 private:
  void ReadKey(absl::string_view key, const toml::node& value) {
    if (key == "socket") {
      const auto path = ReadSocketPath(key, value);
      if (path.has_value()) settings_->socket = *path;
    } else if (key == "socket_mode") {
      const auto mode = ReadMode(key, value);
      if (mode.has_value()) settings_->socket_mode = *mode;
    } else if (key == "log_level") {
      ReadLogLevel(value);
    } else if (key == "prefetch") {
      ReadPrefetch(value);
    } else if (std::count(kReplaced.begin(), kReplaced.end(), key) > 0) {
      settings_->notes.push_back(
          absl::StrCat(PlaceOf(value.source().begin), key,
                       " has no effect: mesh_share bounds lookups"));
    } else if (!ReadNumber(kNumbers, key, value, settings_)) {
      ComplainUnknown(value, key);
    }
  }

  void ReadLogLevel(const toml::node& value) {
    const std::string word = WordOf(value);
    for (const auto& [name, level] : kLogLevels) {
      if (word != name) continue;
      settings_->log_level = level;
      return;
    }
    Complain(value,
             "log_level must be \"error\", \"warning\", \"info\" or \"debug\"");
  }

  void ReadPrefetch(const toml::node& value) {
    const auto flag = value.value_exact<bool>();
    if (flag) {
      settings_->prefetch = *flag;
    } else {
      Complain(value, "prefetch must be true or false");
    }
  }

  ModuleSettings* settings_;
};

}  // namespace

ModuleSettingsPath FindModuleSettings() {
  const char* set = std::getenv("DANEBOUND_CONF");
  const absl::string_view path =
      set != nullptr && *set != '\0' ? set : kDefaultPath;
  return {std::string(path), path == kDefaultPath};
}

absl::Status ParseModuleSettings(absl::string_view text, absl::string_view file,
                                 ModuleSettings* settings) {
  Reader reader(file, settings);
  reader.Read(text);
  return reader.status();
}

absl::Status ReadModuleSettings(const std::string& path,
                                ModuleSettings* settings) {
  const absl::StatusOr<std::string> text = ReadSettingsFile(path);
  if (absl::IsPermissionDenied(text.status())) {
    return absl::PermissionDeniedError(
        absl::StrCat(text.status().message(),
                     ": the user that Unbound runs as must be able to read it, "
                     "inside its chroot if there is one"));
  }
  if (!text.ok()) return text.status();
  if (absl::StripAsciiWhitespace(*text).empty()) {
    return absl::NotFoundError(absl::StrCat(path, ": is empty"));
  }
  return ParseModuleSettings(*text, path, settings);
}

}  // namespace danebound
