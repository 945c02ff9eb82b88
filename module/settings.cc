#include "module/settings.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/settings/toml.h"

namespace danebound {
namespace {

constexpr absl::string_view kDefaultPath = "/etc/danebound/module.conf";

// Room for the zero octet.
constexpr size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

// A whole number within bounds, and where it goes.
struct Number {
  absl::string_view key;
  int64_t Settings::*field;
  int64_t least;
  int64_t most;
};

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr auto kNumbers = std::to_array<Number>({
    {"cache_bytes", &Settings::cache_bytes, 0, 64 * kGiB},
    {"max_verdict_life", &Settings::max_verdict_life, 0, 2147483647},
    {"deadline_ms", &Settings::deadline_ms, 100, 600000},
    {"evaluated_hosts", &Settings::evaluated_hosts, 1, 100},
    {"listed_hosts", &Settings::listed_hosts, 1, 1000},
    {"max_lookups_per_worker", &Settings::max_lookups_per_worker, 1, 10000},
    {"max_lookups", &Settings::max_lookups, 1, 100000},
    {"max_prefetches", &Settings::max_prefetches, 1, 100000},
    {"prefetch_per_second", &Settings::prefetch_per_second, 1, 100000},
    {"max_connections", &Settings::max_connections, 1, 100000},
    {"max_connections_per_user", &Settings::max_connections_per_user, 1,
     100000},
    {"max_in_flight_per_connection", &Settings::max_in_flight_per_connection, 1,
     1000},
    {"idle_seconds", &Settings::idle_seconds, 300, 86400},
});

constexpr std::array<std::pair<absl::string_view, LogLevel>, 4> kLogLevels = {
    {{"error", LogLevel::kError},
     {"warning", LogLevel::kWarning},
     {"info", LogLevel::kInfo},
     {"debug", LogLevel::kDebug}}};

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

// Reads one file's settings key by key.
class Reader {
 public:
  Reader(absl::string_view file, Settings* settings)
      : file_(file), settings_(settings) {}

  absl::Status Read(const toml::table& table) {
    absl::Status first;
    for (const auto& [key, value] : table) {
      first.Update(ReadKey(View(key.str()), value));
    }
    return first;
  }

 private:
  absl::Status Error(const toml::node& value, absl::string_view text) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ":", value.source().begin.line, ": ", text));
  }

  absl::Status ReadKey(absl::string_view key, const toml::node& value) {
    if (key == "socket") return ReadSocket(value);
    if (key == "socket_mode") return ReadMode(value);
    if (key == "log_level") return ReadLogLevel(value);
    if (key == "prefetch") return ReadPrefetch(value);
    for (const Number& number : kNumbers) {
      if (key == number.key) return ReadNumber(number, value);
    }
    return Error(value, absl::StrCat("unknown key \"", key, "\""));
  }

  absl::Status ReadSocket(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    if (!text || text->empty() || text->front() != '/' ||
        text->size() > kLongestSocketPath) {
      return Error(value,
                   absl::StrCat("socket must be an absolute path of at "
                                "most ",
                                kLongestSocketPath, " octets, in quotes"));
    }
    settings_->socket = *text;
    return absl::OkStatus();
  }

  absl::Status ReadMode(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    uint32_t mode = 0;
    bool is_octal = text && text->size() >= 3 && text->size() <= 4;
    for (size_t i = 0; is_octal && i < text->size(); ++i) {
      const char digit = (*text)[i];
      is_octal = digit >= '0' && digit <= '7';
      mode = mode * 8 + static_cast<uint32_t>(digit - '0');
    }
    if (!is_octal || mode > 0777) {
      return Error(value,
                   "socket_mode must be octal digits in quotes, \"0660\"");
    }
    settings_->socket_mode = mode;
    return absl::OkStatus();
  }

  absl::Status ReadLogLevel(const toml::node& value) {
    const auto text = value.value_exact<std::string>();
    for (const auto& [name, level] : kLogLevels) {
      if (!text || name != *text) continue;
      settings_->log_level = level;
      return absl::OkStatus();
    }
    return Error(
        value,
        "log_level must be \"error\", \"warning\", \"info\" or \"debug\"");
  }

  absl::Status ReadPrefetch(const toml::node& value) {
    const auto flag = value.value_exact<bool>();
    if (!flag) return Error(value, "prefetch must be true or false");
    settings_->prefetch = *flag;
    return absl::OkStatus();
  }

  absl::Status ReadNumber(const Number& number, const toml::node& value) {
    const auto read = value.value_exact<int64_t>();
    if (!read || *read < number.least || *read > number.most) {
      return Error(value,
                   absl::StrCat(number.key, " must be a whole number from ",
                                number.least, " to ", number.most));
    }
    settings_->*number.field = *read;
    return absl::OkStatus();
  }

  absl::string_view file_;
  Settings* settings_;
};

// Reads a whole file. Returns 0 or an errno.
int ReadFile(const std::string& path, std::string* text) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  std::array<char, 4096> octets;
  ssize_t count = 0;
  while ((count = read(fd, octets.data(), octets.size())) > 0) {
    text->append(octets.data(), static_cast<size_t>(count));
  }
  const int error = count < 0 ? errno : 0;
  close(fd);
  return error;
}

}  // namespace

SettingsPath FindSettings() {
  const char* path = std::getenv("DANEBOUND_CONF");
  if (path != nullptr && *path != '\0') return {path, false};
  return {std::string(kDefaultPath), true};
}

absl::Status ParseSettings(absl::string_view text, absl::string_view file,
                           Settings* settings) {
  const toml::parse_result parsed =
      toml::parse(std::string_view(text.data(), text.size()),
                  std::string_view(file.data(), file.size()));
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return absl::InvalidArgumentError(absl::StrCat(
        file, ":", error.source().begin.line, ": ", View(error.description())));
  }
  return Reader(file, settings).Read(parsed.table());
}

absl::Status ReadSettings(const SettingsPath& path, Settings* settings) {
  std::string text;
  const int error = ReadFile(path.path, &text);
  if (error == ENOENT && path.is_default) return absl::OkStatus();
  if (error != 0) {
    return absl::ErrnoToStatus(
        error, absl::StrCat(path.path, ": ", std::strerror(error),
                            ": the user that Unbound runs as must be able to "
                            "read it, inside its chroot if there is one"));
  }
  return ParseSettings(text, path.path, settings);
}

}  // namespace danebound
