#include "stub/system/toml_reader.h"

#include <sys/un.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/system/read_file.h"

namespace danebound {
namespace {

// Room for the zero octet.
constexpr size_t kLongestSocketPath = sizeof(sockaddr_un::sun_path) - 1;

// No settings are that long: it is another file.
constexpr size_t kMostFileOctets = 1048576;

absl::optional<uint32_t> ParseOctal(absl::string_view text) {
  if (text.size() < 3 || text.size() > 4) return absl::nullopt;
  uint32_t mode = 0;
  for (const char digit : text) {
    if (digit < '0' || digit > '7') return absl::nullopt;
    mode = mode * 8 + static_cast<uint32_t>(digit - '0');
  }
  if (mode > 0777) return absl::nullopt;
  return mode;
}

}  // namespace

absl::Status TomlReader::status() const {
  if (errors_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(errors_, "\n"));
}

toml::table TomlReader::Parse(absl::string_view text) {
  absl::StatusOr<toml::table> table = ParseToml(
      text, [this](absl::string_view what, toml::source_position place) {
        return absl::StrCat(PlaceOf(place), what);
      });
  if (table.ok()) return *std::move(table);
  errors_.emplace_back(table.status().message());
  return {};
}

void TomlReader::Complain(const toml::node& value, absl::string_view text) {
  errors_.push_back(absl::StrCat(PlaceOf(value.source().begin), text));
}

void TomlReader::ComplainUnknown(const toml::node& value,
                                 absl::string_view key) {
  Complain(value, absl::StrCat("unknown key \"", key, "\""));
}

std::string TomlReader::PlaceOf(const toml::source_position& place) const {
  return absl::StrCat(file_, ":", place.line, ":", place.column, ": ");
}

absl::optional<int64_t> TomlReader::ReadWhole(absl::string_view key,
                                              const toml::node& value,
                                              int64_t least, int64_t most) {
  const auto read = value.value_exact<int64_t>();
  if (read && *read >= least && *read <= most) return *read;
  Complain(value, absl::StrCat(key, " must be a whole number from ", least,
                               " to ", most));
  return absl::nullopt;
}

absl::optional<std::string> TomlReader::ReadSocketPath(
    absl::string_view key, const toml::node& value) {
  std::string path = WordOf(value);
  if (!path.empty() && path.front() == '/' &&
      path.size() <= kLongestSocketPath) {
    return path;
  }
  Complain(value, absl::StrCat(key, " must be an absolute path of at most ",
                               kLongestSocketPath, " octets, in quotes"));
  return absl::nullopt;
}

absl::optional<uint32_t> TomlReader::ReadMode(absl::string_view key,
                                              const toml::node& value) {
  const absl::optional<uint32_t> mode = ParseOctal(WordOf(value));
  if (!mode.has_value()) {
    Complain(value,
             absl::StrCat(key, " must be octal digits in quotes, \"0660\""));
  }
  return mode;
}

std::string TomlReader::WordOf(const toml::node& value) {
  return value.value_exact<std::string>().value_or("");
}

absl::StatusOr<std::string> ReadSettingsFile(const std::string& path) {
  return ReadRegularFile(path, kMostFileOctets);
}

}  // namespace danebound
