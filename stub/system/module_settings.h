// The module's settings: a small TOML file (https://toml.io), read at the start
// and at each reload. unbound-conf/module.conf documents every key.
#ifndef DANEBOUND_STUB_SYSTEM_MODULE_SETTINGS_H_
#define DANEBOUND_STUB_SYSTEM_MODULE_SETTINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace danebound {

enum class LogLevel : uint8_t { kError, kWarning, kInfo, kDebug };

// Defaults as documented in unbound-conf/module.conf.
struct ModuleSettings {
  std::string socket = "/run/danebound/module.sock";
  uint32_t socket_mode = 0660;
  LogLevel log_level = LogLevel::kInfo;
  bool prefetch = true;

  int64_t cache_bytes = 16777216;
  int64_t max_verdict_life = 0;  // seconds; 0: as long as DNS says

  int64_t deadline_ms = 20000;
  int64_t evaluated_hosts = 16;
  int64_t listed_hosts = 500;
  int64_t mesh_share = 25;  // percent of num-queries-per-thread
  int64_t max_lookups = 4096;
  int64_t max_lookups_per_user = 1024;
  int64_t fresh_per_second = 100;
  int64_t prefetch_per_second = 20;  // questions

  int64_t max_connections = 512;
  int64_t max_connections_per_user = 128;
  int64_t max_in_flight_per_connection = 64;
  int64_t idle_seconds = 600;

  // What the file says without effect, one sentence each, with its place.
  std::vector<std::string> notes;
};

// The file to read: $DANEBOUND_CONF, else /etc/danebound/module.conf, which may
// be missing: a module that starts then has the defaults.
struct ModuleSettingsPath {
  std::string path;
  bool is_default = true;
};
ModuleSettingsPath FindModuleSettings();

// Parses settings.
//
//   text      TOML.
//   file      named in errors.
//   settings  filled as far as could be read, also on error: the socket may be
//             known where another key is bad.
//   errors    InvalidArgument  no TOML, an unknown key, a value of the wrong
//                              type or out of range: "FILE:LINE:COLUMN: what,
//                              and what is wanted", one a line.
absl::Status ParseModuleSettings(absl::string_view text, absl::string_view file,
                                 ModuleSettings* settings);

// Reads and parses a settings file.
//
//   errors  as ParseModuleSettings; NotFound where it is missing or holds white
//           space alone, as while an editor writes it; PermissionDenied,
//           Unavailable where it cannot be read; FailedPrecondition where it is
//           no regular file or longer than 1 MiB.
absl::Status ReadModuleSettings(const std::string& path,
                                ModuleSettings* settings);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_MODULE_SETTINGS_H_
