#include "stub/serve/settings.h"

#include <arpa/inet.h>

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "stub/serve/resolver/resolv_conf.h"
#include "stub/system/toml_reader.h"

namespace danebound {
namespace {

// Postfix waits 100 s for a socketmap, Exim 5 s for a ${readsocket}.
constexpr auto kNumbers = std::to_array<NumberSetting<ServeSettings>>({
    {"socketmap_deadline_ms", &ServeSettings::socketmap_deadline_ms, 100,
     90000},
    {"json_deadline_ms", &ServeSettings::json_deadline_ms, 100, 3900},
    {"idle_seconds", &ServeSettings::idle_seconds, 1, 86400},
    {"write_seconds", &ServeSettings::write_seconds, 1, 3600},
    {"max_connections", &ServeSettings::max_connections, 1, 100000},
    {"max_connections_per_user", &ServeSettings::max_connections_per_user, 1,
     100000},
    {"max_pending_per_connection", &ServeSettings::max_pending_per_connection,
     1, 1000},
    {"max_lookups", &ServeSettings::max_lookups, 1, 100000},
    {"max_lookups_per_user", &ServeSettings::max_lookups_per_user, 1, 100000},
    {"watch_min_seconds", &ServeSettings::watch_min_seconds, 1, 3600},
    {"watch_max_seconds", &ServeSettings::watch_max_seconds, 1, 86400},
    {"watch_heartbeat_seconds", &ServeSettings::watch_heartbeat_seconds, 1,
     3600},
    {"max_watched", &ServeSettings::max_watched, 1, 1000000},
    {"max_watched_per_user", &ServeSettings::max_watched_per_user, 1, 1000000},
    {"max_watched_per_connection", &ServeSettings::max_watched_per_connection,
     1, 1000000},
    {"retest_hours", &ServeSettings::retest_hours, 0, 8760},
});

// What a setting was called, and is.
struct Renamed {
  absl::string_view old_key;
  absl::string_view key;
};
constexpr auto kRenamed = std::to_array<Renamed>({
    {"max_connections_per_peer", "max_connections_per_user"},
    {"max_lookups_per_peer", "max_lookups_per_user"},
    {"max_watched_per_peer", "max_watched_per_user"},
});

// Without a look at the scope of "fe80::1%eth0", which may come later.
bool IsAddress(const std::string& text) {
  in6_addr room{};
  return inet_pton(AF_INET, text.c_str(), &room) == 1 ||
         inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &room) ==
             1;
}

// "127.0.0.1:8461" or "[::1]:8461".
bool ParseTcp(absl::string_view text, ListenAddress* listen) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return false;
  absl::string_view address = text.substr(0, colon);
  if (absl::StartsWith(address, "[") && absl::EndsWith(address, "]")) {
    address = address.substr(1, address.size() - 2);
  }
  uint32_t port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 1 ||
      port > 65535) {
    return false;
  }
  listen->tcp_address = std::string(address);
  listen->tcp_port = static_cast<uint16_t>(port);
  return IsLoopback(listen->tcp_address);
}

class Reader : public TomlReader {
 public:
  explicit Reader(absl::string_view file) : TomlReader(file) {}

  absl::StatusOr<ServeSettings> Read(absl::string_view text) {
    const toml::table table = Parse(text);
    for (const auto& [key, value] : table) {
      ReadKey(NameToday(View(key.str()), value), value);
    }
    if (!status().ok()) return status();
    return std::move(settings_);
  }

 private:
  // An old name counts where the new one is not there, which is read later.
  absl::string_view NameToday(absl::string_view key, const toml::node& value) {
    for (const Renamed& each : kRenamed) {
      if (key != each.old_key) continue;
      settings_.notes.push_back(absl::StrCat(PlaceOf(value.source().begin),
                                             each.old_key, " is called ",
                                             each.key, " now: rename it"));
      return each.key;
    }
    return key;
  }

  void ReadKey(absl::string_view key, const toml::node& value) {
    if (key == "module_socket") return ReadModuleSocket(value);
    if (key == "log_format") return ReadLogFormat(value);
    if (key == "unenforced") return ReadUnenforced(value);
    if (key == "postfix_word") return ReadPostfixWord(value);
    if (key == "mta_resolv_conf") return ReadMtaResolvConf(value);
    if (key == "mta_trusted_resolvers") return ReadTrustedResolvers(value);
    if (key == "listen") return ReadListens(value);
    if (key == "default") return ReadDefault(value);
    if (key == "destinations") return ReadDestinations(value);
    if (key == "exceptions") return ReadExceptions(value);
    if (!ReadNumber(kNumbers, key, value, &settings_)) {
      ComplainUnknown(value, key);
    }
  }

  void ReadModuleSocket(const toml::node& value) {
    const auto path = ReadSocketPath("module_socket", value);
    if (path.has_value()) settings_.module_socket = *path;
  }

  void ReadLogFormat(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (text == "text" || text == "json") {
      settings_.log_format =
          *text == "json" ? LogFormat::kJson : LogFormat::kText;
      return;
    }
    Complain(value, "log_format must be \"text\" or \"json\"");
  }

  void ReadUnenforced(const toml::node& value) {
    const auto unenforced = UnenforcedNamed(WordOf(value));
    if (unenforced.has_value()) {
      settings_.unenforced = *unenforced;
      return;
    }
    Complain(value, "unenforced must be \"notfound\", \"may\" or \"encrypt\"");
  }

  void ReadPostfixWord(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (text == "dane" || text == "pins") {
      settings_.postfix_word =
          *text == "pins" ? PostfixWord::kPins : PostfixWord::kDane;
      return;
    }
    Complain(value, "postfix_word must be \"dane\" or \"pins\"");
  }

  void ReadMtaResolvConf(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (text && (*text == kMtaResolvConfAuto || *text == kMtaResolvConfOff ||
                 absl::StartsWith(*text, "/"))) {
      settings_.mta_resolv_conf = *text;
      return;
    }
    Complain(value,
             "mta_resolv_conf must be \"auto\", \"off\" or an absolute path");
  }

  void ReadTrustedResolvers(const toml::node& value) {
    const toml::array* addresses = value.as_array();
    if (addresses == nullptr) {
      return Complain(value,
                      "mta_trusted_resolvers must be IP addresses in brackets, "
                      "[\"192.0.2.53\"]");
    }
    for (const toml::node& each : *addresses) {
      const auto text = each.value_exact<std::string>();
      if (text && IsAddress(*text)) {
        settings_.mta_trusted_resolvers.push_back(*text);
      } else {
        Complain(each, "mta_trusted_resolvers must be IP addresses in quotes");
      }
    }
  }

  void ReadListens(const toml::node& value) {
    const toml::array* listens = value.as_array();
    if (listens == nullptr) {
      return Complain(value, "write [[listen]], in double brackets");
    }
    for (const toml::node& each : *listens) {
      const toml::table* table = each.as_table();
      if (table == nullptr) {
        Complain(each, "write [[listen]] and its keys below");
      } else {
        ReadListen(*table);
      }
    }
  }

  void ReadListen(const toml::table& table) {
    ListenAddress listen;
    const size_t errors_before = error_count();
    for (const auto& [key, value] : table) {
      ReadListenKey(View(key.str()), value, &listen);
    }
    if (error_count() != errors_before) return;
    if (!table.contains("protocol") ||
        listen.unix_path.empty() == listen.tcp_address.empty()) {
      return Complain(table,
                      "[[listen]] needs protocol, and one of unix and tcp");
    }
    const bool has_owner = table.contains("mode") || table.contains("user") ||
                           table.contains("group");
    if (has_owner && listen.unix_path.empty()) {
      return Complain(table, "mode, user and group go with unix alone");
    }
    settings_.listen.push_back(std::move(listen));
  }

  void ReadListenKey(absl::string_view key, const toml::node& value,
                     ListenAddress* listen) {
    if (key == "unix") {
      const auto path = ReadSocketPath(key, value);
      if (path.has_value()) listen->unix_path = *path;
      return;
    }
    const std::string word = WordOf(value);
    if (key == "protocol") {
      const auto protocol = ServeProtocolNamed(word);
      if (!protocol.has_value()) {
        return Complain(value,
                        "protocol must be \"socketmap\", \"json\" or "
                        "\"metrics\"");
      }
      listen->protocol = *protocol;
    } else if (key == "mode") {
      const auto mode = ReadMode(key, value);
      if (mode.has_value()) listen->mode = *mode;
    } else if (key == "user" || key == "group") {
      if (word.empty()) {
        return Complain(value, absl::StrCat(key, " must be a name in quotes"));
      }
      (key == "user" ? listen->user : listen->group) = word;
    } else if (key == "tcp") {
      if (!ParseTcp(word, listen)) {
        Complain(value,
                 "tcp must be a loopback address and a port in quotes, "
                 "\"127.0.0.1:8461\" or \"[::1]:8461\"");
      }
    } else {
      ComplainUnknown(value, key);
    }
  }

  Destination ReadDestination(const toml::table& table) {
    Destination destination;
    for (const auto& [key, value] : table) {
      ReadDestinationKey(View(key.str()), value, &destination);
    }
    return destination;
  }

  void ReadDestinationKey(absl::string_view key, const toml::node& value,
                          Destination* destination) {
    const std::string word = WordOf(value);
    if (key == "policy") {
      const auto enforcement = EnforcementNamed(word);
      if (!enforcement.has_value()) {
        return Complain(value,
                        "policy must be \"enforce\", \"require\", \"audit\" or "
                        "\"off\"");
      }
      destination->enforcement = *enforcement;
    } else if (key == "insecure_mx") {
      const auto choice = InsecureMxOf(word);
      if (!choice.has_value()) {
        return Complain(value,
                        "insecure_mx must be \"opportunistic\", \"encrypt\" or "
                        "\"authenticate\"");
      }
      destination->insecure_mx = *choice;
    } else {
      ComplainUnknown(value, key);
    }
  }

  void ReadDefault(const toml::node& value) {
    const toml::table* table = value.as_table();
    if (table == nullptr) return Complain(value, "write [default]");
    settings_.destinations.SetDefault(ReadDestination(*table));
  }

  void ReadDestinations(const toml::node& value) {
    const toml::table* table = value.as_table();
    if (table == nullptr) {
      return Complain(value, "write [destinations.\"example.org\"]");
    }
    for (const auto& [key, each] : *table) {
      const toml::table* keys = each.as_table();
      if (keys == nullptr) {
        Complain(each, "write [destinations.\"example.org\"], in quotes");
        continue;
      }
      const absl::Status added =
          settings_.destinations.Add(View(key.str()), ReadDestination(*keys));
      if (!added.ok()) Complain(each, added.message());
    }
  }

  void ReadExceptions(const toml::node& value) {
    const toml::array* exceptions = value.as_array();
    if (exceptions == nullptr) {
      return Complain(value, "write [[exceptions]], in double brackets");
    }
    for (const toml::node& each : *exceptions) {
      const toml::table* table = each.as_table();
      if (table == nullptr) {
        Complain(each, "write [[exceptions]] and its keys below");
      } else {
        ReadException(*table);
      }
    }
  }

  void ReadException(const toml::table& table) {
    Exception exception;
    const size_t errors_before = error_count();
    for (const auto& [key, value] : table) {
      ReadExceptionKey(View(key.str()), value, &exception);
    }
    if (error_count() != errors_before) return;
    if (exception.next_hop.empty() || exception.until.empty() ||
        exception.reason.empty()) {
      return Complain(table, "[[exceptions]] needs next_hop, until and reason");
    }
    const absl::Status added = settings_.exceptions.Add(exception);
    if (!added.ok()) Complain(*table.get("next_hop"), added.message());
  }

  void ReadExceptionKey(absl::string_view key, const toml::node& value,
                        Exception* exception) {
    if (key == "until") return ReadUntil(value, exception);
    const std::string word = WordOf(value);
    if (key == "next_hop" || key == "reason") {
      if (word.empty()) {
        return Complain(value, absl::StrCat(key, " must be a text in quotes"));
      }
      (key == "next_hop" ? exception->next_hop : exception->reason) = word;
    } else if (key == "policy") {
      const auto enforcement = EnforcementNamed(word);
      if (enforcement != Enforcement::kAudit &&
          enforcement != Enforcement::kOff) {
        return Complain(value,
                        "policy of an exception must be \"audit\" or \"off\"");
      }
      exception->enforcement = *enforcement;
    } else {
      ComplainUnknown(value, key);
    }
  }

  void ReadUntil(const toml::node& value, Exception* exception) {
    const auto date = value.value_exact<toml::date>();
    if (!date) {
      return Complain(value,
                      "until must be a date, 2026-12-31, without quotes");
    }
    const absl::CivilDay day(date->year, date->month, date->day);
    exception->until = absl::FormatCivilTime(day);
    exception->end =
        absl::ToUnixSeconds(absl::FromCivil(day + 1, absl::UTCTimeZone()));
  }

  ServeSettings settings_;
};

}  // namespace

absl::string_view ToText(ServeProtocol protocol) {
  switch (protocol) {
    case ServeProtocol::kSocketmap:
      return "socketmap";
    case ServeProtocol::kJson:
      return "json";
    case ServeProtocol::kMetrics:
      return "metrics";
  }
  return "";
}

absl::optional<ServeProtocol> ServeProtocolNamed(absl::string_view text) {
  for (const ServeProtocol each :
       {ServeProtocol::kSocketmap, ServeProtocol::kJson,
        ServeProtocol::kMetrics}) {
    if (text == ToText(each)) return each;
  }
  return absl::nullopt;
}

std::string ToText(const ListenAddress& address) {
  if (!address.unix_path.empty()) return address.unix_path;
  const bool ipv6 = absl::StrContains(address.tcp_address, ':');
  return absl::StrCat(ipv6 ? "[" : "", address.tcp_address, ipv6 ? "]:" : ":",
                      address.tcp_port);
}

Destination DestinationOf(const ServeSettings& settings,
                          const NextHop& next_hop, int64_t now) {
  Destination destination = settings.destinations.For(next_hop);
  const Exception* exception = settings.exceptions.For(next_hop, now);
  if (exception != nullptr) destination.exception = *exception;
  return destination;
}

absl::StatusOr<ServeSettings> ParseServeSettings(absl::string_view text,
                                                 absl::string_view file) {
  return Reader(file).Read(text);
}

absl::StatusOr<ServeSettings> ReadServeSettings(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadSettingsFile(path);
  if (!text.ok()) return text.status();
  if (absl::StripAsciiWhitespace(*text).empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path,
        ": the file is empty; write a comment (# …) into it if all is to "
        "be as by default"));
  }
  return ParseServeSettings(*text, path);
}

}  // namespace danebound
