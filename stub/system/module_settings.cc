#include "stub/system/module_settings.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/system/descriptor.h"
#include "stub/system/toml.h"

namespace danebound {
namespace {

constexpr absl::string_view kDefaultPath = "/etc/danebound/module.conf";

// No settings are that long: it is another file.
constexpr size_t kMostFileOctets = 1048576;

// Room for the zero octet.
constexpr size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

// A whole number within bounds, and where it goes.
struct Number {
  absl::string_view key;
  int64_t ModuleSettings::*field;
  int64_t least;
  int64_t most;
};

constexpr int64_t kGiB = int64_t{1} << 30;
constexpr auto kNumbers = std::to_array<Number>({
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

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

// Reads one file's settings key by key.
class Reader {
 public:
  Reader(absl::string_view file, ModuleSettings* settings)
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
    return absl::InvalidArgumentError(absl::StrCat(Place(value), text));
  }

  absl::Status ReadKey(absl::string_view key, const toml::node& value) {
    if (key == "socket") return ReadSocket(value);
    if (key == "socket_mode") return ReadMode(value);
    if (key == "log_level") return ReadLogLevel(value);
    if (key == "prefetch") return ReadPrefetch(value);
    for (const Number& number : kNumbers) {
      if (key == number.key) return ReadNumber(number, value);
    }
    if (std::count(kReplaced.begin(), kReplaced.end(), key) > 0) {
      settings_->notes.push_back(absl::StrCat(
          Place(value), key, " has no effect: mesh_share bounds lookups"));
      return absl::OkStatus();
    }
    return Error(value, absl::StrCat("unknown key \"", key, "\""));
  }

  std::string Place(const toml::node& value) const {
    return absl::StrCat(file_, ":", value.source().begin.line, ": ");
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
  ModuleSettings* settings_;
};

absl::Status FileError(const std::string& path, int error) {
  return absl::Status(
      absl::ErrnoToStatusCode(error),
      absl::StrCat(path, ": ", std::strerror(error),
                   error == ENOENT
                       ? ""
                       : ": the user that Unbound runs as must be able to read "
                         "it, inside its chroot if there is one"));
}

// Opens a regular file, and nothing that could make the reader wait.
absl::Status OpenFile(const std::string& path, Descriptor* file) {
  *file = Descriptor(
      open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file->is_open()) return FileError(path, errno);
  struct stat found {};
  if (fstat(file->get(), &found) != 0) return FileError(path, errno);
  if (S_ISREG(found.st_mode)) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(path, ": is no regular file"));
}

absl::Status ReadFile(const std::string& path, std::string* text) {
  Descriptor file;
  if (absl::Status open = OpenFile(path, &file); !open.ok()) return open;
  std::array<char, 4096> octets;
  ssize_t count = 0;
  while ((count = read(file.get(), octets.data(), octets.size())) > 0) {
    text->append(octets.data(), static_cast<size_t>(count));
    if (text->size() > kMostFileOctets) {
      return absl::FailedPreconditionError(
          absl::StrCat(path, ": is longer than ", kMostFileOctets, " octets"));
    }
  }
  return count < 0 ? FileError(path, errno) : absl::OkStatus();
}

}  // namespace

ModuleSettingsPath FindModuleSettings() {
  const char* set = std::getenv("DANEBOUND_CONF");
  const absl::string_view path =
      set != nullptr && *set != '\0' ? set : kDefaultPath;
  return {std::string(path), path == kDefaultPath};
}

absl::Status ParseModuleSettings(absl::string_view text, absl::string_view file,
                                 ModuleSettings* settings) {
  const absl::StatusOr<toml::table> table = ParseToml(
      text, [file](absl::string_view what, toml::source_position place) {
        return absl::StrCat(file, ":", place.line, ": ", what);
      });
  if (!table.ok()) return table.status();
  return Reader(file, settings).Read(*table);
}

absl::Status ReadModuleSettings(const std::string& path,
                                ModuleSettings* settings) {
  std::string text;
  if (absl::Status read = ReadFile(path, &text); !read.ok()) return read;
  if (absl::StripAsciiWhitespace(text).empty()) {
    return absl::NotFoundError(absl::StrCat(path, ": is empty"));
  }
  return ParseModuleSettings(text, path, settings);
}

}  // namespace danebound
