#include "stub/mta/exim_settings.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "stub/mta/run_program.h"

namespace danebound {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(30);

absl::StatusOr<std::string> RunExim(const std::string& program,
                                    std::vector<std::string> words) {
  words.insert(words.begin(), program);
  return RunProgram(words, kTimeout);
}

// "exim_user = Debian-exim\n" has "Debian-exim".
std::string ValueIn(absl::string_view line) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(line, absl::MaxSplits('=', 1));
  return std::string(absl::StripAsciiWhitespace(parts.second));
}

void AddOption(absl::string_view line, EximDriver& driver) {
  if (line.find(" =") != absl::string_view::npos) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits(" =", 1));
    driver.options[std::string(parts.first)] =
        std::string(absl::StripAsciiWhitespace(parts.second));
    return;
  }
  const bool is_set = !absl::ConsumePrefix(&line, "no_");
  driver.options[std::string(line)] = is_set ? "true" : "false";
}

// The name in "danebound router:"; "" where the line is no head.
std::string NameInHead(absl::string_view line) {
  const bool is_head = absl::ConsumeSuffix(&line, " router:") ||
                       absl::ConsumeSuffix(&line, " transport:");
  return is_head ? std::string(line) : "";
}

absl::Status ReadDrivers(EximSettings& settings) {
  const auto routers = RunExim(settings.program, {"-bP", "routers"});
  if (!routers.ok()) return routers.status();
  const auto transports = RunExim(settings.program, {"-bP", "transports"});
  if (!transports.ok()) return transports.status();
  settings.routers = ParseEximDrivers(*routers);
  settings.transports = ParseEximDrivers(*transports);
  return absl::OkStatus();
}

absl::Status ReadMain(EximSettings& settings) {
  const auto user = RunExim(settings.program, {"-bP", "exim_user"});
  if (!user.ok()) return user.status();
  const auto dnssec = RunExim(settings.program, {"-bP", "dns_dnssec_ok"});
  if (!dnssec.ok()) return dnssec.status();
  settings.user = ValueIn(*user);
  settings.dns_dnssec_ok = ValueIn(*dnssec);
  return absl::OkStatus();
}

}  // namespace

std::string EximDriver::Option(const std::string& option) const {
  const auto found = options.find(option);
  return found == options.end() ? "" : found->second;
}

const EximDriver* EximSettings::Transport(const std::string& name) const {
  for (const EximDriver& transport : transports) {
    if (transport.name == name) return &transport;
  }
  return nullptr;
}

void ParseEximVersion(absl::string_view text, EximSettings& settings) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (absl::ConsumePrefix(&line, "Exim version ")) {
      settings.version = std::string(line.substr(0, line.find(' ')));
    } else if (absl::ConsumePrefix(&line, "Support for: ")) {
      settings.supports = absl::StrSplit(line, ' ', absl::SkipEmpty());
    } else if (absl::ConsumePrefix(&line, "Configuration file is ")) {
      settings.file = std::string(line);
    }
  }
}

std::vector<EximDriver> ParseEximDrivers(absl::string_view text) {
  std::vector<EximDriver> drivers;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::string name = NameInHead(line);
    if (!name.empty()) {
      drivers.push_back({name, {}});
    } else if (!drivers.empty()) {
      AddOption(line, drivers.back());
    }
  }
  return drivers;
}

absl::StatusOr<EximSettings> ReadEximSettings() {
  EximSettings settings;
  absl::StatusOr<std::string> version;
  for (const char* program : {"exim4", "exim"}) {
    settings.program = program;
    version = RunExim(program, {"-bV"});
    if (!absl::IsNotFound(version.status())) break;
  }
  if (!version.ok()) return version.status();
  ParseEximVersion(*version, settings);
  absl::Status read = ReadMain(settings);
  if (read.ok()) read = ReadDrivers(settings);
  if (!read.ok()) return read;
  return settings;
}

}  // namespace danebound
