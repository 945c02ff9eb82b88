// The settings of `danebound serve`: a TOML file (https://toml.io), read at the
// start and at each SIGHUP. unbound-conf/serve.conf documents every key.
#ifndef DANEBOUND_STUB_SERVE_SETTINGS_H_
#define DANEBOUND_STUB_SERVE_SETTINGS_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/client/options.h"
#include "stub/serve/operator/destination.h"
#include "stub/serve/operator/enforcement.h"
#include "stub/serve/operator/exceptions.h"

namespace danebound {

enum class ServeProtocol : uint8_t { kSocketmap, kJson, kMetrics };

// "socketmap", "json", "metrics".
absl::string_view ToText(ServeProtocol protocol);
absl::optional<ServeProtocol> ServeProtocolNamed(absl::string_view text);

// A socket to listen on.
struct ListenAddress {
  ServeProtocol protocol = ServeProtocol::kSocketmap;
  std::string unix_path;  // absolute; empty: TCP
  uint32_t mode = 0660;
  std::string user;         // owner of the socket; empty: as it is made
  std::string group;        // likewise
  std::string tcp_address;  // "127.0.0.1" or another of 127.0.0.0/8, "::1"
  uint16_t tcp_port = 0;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

// The path, or "127.0.0.1:8461", "[::1]:8461".
std::string ToText(const ListenAddress& address);

enum class LogFormat : uint8_t { kText, kJson };

// What Postfix is told where hosts authenticate by TLSA.
enum class PostfixWord : uint8_t {
  kDane = 0,  // to look TLSA up itself
  kPins,      // the digests themselves, where that can be said
};

// What the setting mta_resolv_conf says in place of a file.
inline constexpr absl::string_view kMtaResolvConfAuto = "auto";
inline constexpr absl::string_view kMtaResolvConfOff = "off";

// Defaults as documented in unbound-conf/serve.conf.
struct ServeSettings {
  std::string module_socket = std::string(kDefaultSocketPath);
  LogFormat log_format = LogFormat::kText;
  Unenforced unenforced = Unenforced::kNotFound;
  PostfixWord postfix_word = PostfixWord::kDane;
  // An absolute path, or one of the words above.
  std::string mta_resolv_conf = std::string(kMtaResolvConfAuto);
  std::vector<std::string> mta_trusted_resolvers;  // IP addresses
  int64_t socketmap_deadline_ms = 30000;
  int64_t json_deadline_ms = 3500;
  int64_t idle_seconds = 600;
  int64_t write_seconds = 10;
  int64_t max_connections = 1024;
  int64_t max_connections_per_user = 512;
  int64_t max_pending_per_connection = 32;
  int64_t max_lookups = 1024;
  int64_t max_lookups_per_user = 512;
  int64_t watch_min_seconds = 30;
  int64_t watch_max_seconds = 3600;
  int64_t watch_heartbeat_seconds = 60;
  int64_t max_watched = 10000;
  int64_t max_watched_per_user = 5000;
  int64_t max_watched_per_connection = 1000;
  int64_t retest_hours = 24;  // 0: exceptions are not tested
  std::vector<ListenAddress> listen;
  Destinations destinations;
  Exceptions exceptions;
  // "FILE:LINE:COLUMN: what", of lines that are read and should be changed.
  std::vector<std::string> notes;
};

// The destination of a next hop, with the exception that is in force.
//
//   now  seconds since the epoch.
Destination DestinationOf(const ServeSettings& settings,
                          const NextHop& next_hop, int64_t now);

// Parses settings.
//
//   text    TOML.
//   file    named in errors.
//   errors  InvalidArgument  no TOML, an unknown key, a value of the wrong type
//                            or out of range: "FILE:LINE:COLUMN: what, and what
//                            is wanted", one a line.
absl::StatusOr<ServeSettings> ParseServeSettings(absl::string_view text,
                                                 absl::string_view file);

// Where the settings are unless another file is named.
inline constexpr const char* kServeConf = "/etc/danebound/serve.conf";

// Reads and parses a settings file.
//
//   errors  as above; InvalidArgument where there is not even a comment in it:
//           it is being written, or was lost; NotFound, PermissionDenied and
//           others where the file cannot be read.
absl::StatusOr<ServeSettings> ReadServeSettings(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SETTINGS_H_
