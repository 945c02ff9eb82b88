// Exim's settings that decide on DANE, as exim -bV and exim -bP tell them,
// macros expanded.
#ifndef DANEBOUND_STUB_MTA_EXIM_SETTINGS_H_
#define DANEBOUND_STUB_MTA_EXIM_SETTINGS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// A router or a transport.
struct EximDriver {
  std::string name;
  // Options as -bP prints them; "true" and "false" for those that it prints as
  // "more" and "no_more".
  std::map<std::string, std::string> options;

  // "" where there is no such option.
  std::string Option(const std::string& option) const;
};

struct EximSettings {
  std::string program;              // "exim4"
  std::string version;              // "4.96"
  std::set<std::string> supports;   // "DANE", "Expand_dlfunc"
  std::string file;                 // what it reads
  std::string user;                 // exim_user
  std::string dns_dnssec_ok;        // "1"
  std::vector<EximDriver> routers;  // in the order in which they are asked
  std::vector<EximDriver> transports;

  // nullptr where there is none of that name.
  const EximDriver* Transport(const std::string& name) const;
};

// Asks exim4, as Debian calls it, or exim.
//
//   errors  NotFound          there is neither.
//           Unavailable       it fails, as it does where its configuration is
//                             bad; the text has its words.
//           DeadlineExceeded  it does not end.
absl::StatusOr<EximSettings> ReadEximSettings();

// Takes version, file and what is supported from what -bV prints.
void ParseEximVersion(absl::string_view text, EximSettings& settings);

// Parses what `exim -bP routers` or `exim -bP transports` prints.
std::vector<EximDriver> ParseEximDrivers(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_EXIM_SETTINGS_H_
