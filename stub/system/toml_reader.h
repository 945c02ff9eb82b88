// What the readers of settings files have in common: values of a kind, and all
// that is wrong with them at once, "FILE:LINE:COLUMN: what, and what is
// wanted".
#ifndef DANEBOUND_STUB_SYSTEM_TOML_READER_H_
#define DANEBOUND_STUB_SYSTEM_TOML_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/system/toml.h"

namespace danebound {

// A whole number within bounds, and where it goes.
template <typename Settings>
struct NumberSetting {
  absl::string_view key;
  int64_t Settings::*field;
  int64_t least;
  int64_t most;
};

class TomlReader {
 public:
  // What was wrong, one a line.
  //
  //   errors  InvalidArgument  something was.
  absl::Status status() const;

 protected:
  //   file  named in errors; outlives the reader.
  explicit TomlReader(absl::string_view file) : file_(file) {}
  ~TomlReader() = default;

  // The table of a document; one without keys, after a complaint, where it is
  // no TOML.
  toml::table Parse(absl::string_view text);

  void Complain(const toml::node& value, absl::string_view text);
  void ComplainUnknown(const toml::node& value, absl::string_view key);
  // "FILE:LINE:COLUMN: ".
  std::string PlaceOf(const toml::source_position& place) const;
  size_t error_count() const { return errors_.size(); }

  // Reads the number of that key; says whether it is among `numbers`.
  template <typename Numbers, typename Settings>
  bool ReadNumber(const Numbers& numbers, absl::string_view key,
                  const toml::node& value, Settings* settings) {
    for (const auto& number : numbers) {
      if (key != number.key) continue;
      const auto read = ReadWhole(key, value, number.least, number.most);
      if (read.has_value()) settings->*number.field = *read;
      return true;
    }
    return false;
  }

  // Each complains where it returns nullopt. A path is absolute, and a socket's
  // address has room for it; a mode is octal, in quotes.
  absl::optional<int64_t> ReadWhole(absl::string_view key,
                                    const toml::node& value, int64_t least,
                                    int64_t most);
  absl::optional<std::string> ReadSocketPath(absl::string_view key,
                                             const toml::node& value);
  absl::optional<uint32_t> ReadMode(absl::string_view key,
                                    const toml::node& value);

  // The text of a value in quotes; empty where it is none.
  static std::string WordOf(const toml::node& value);
  static absl::string_view View(std::string_view text) {
    return {text.data(), text.size()};
  }

 private:
  absl::string_view file_;
  std::vector<std::string> errors_;
};

// The octets of a settings file, of up to 1 MiB. Errors as ReadRegularFile's.
absl::StatusOr<std::string> ReadSettingsFile(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_TOML_READER_H_
