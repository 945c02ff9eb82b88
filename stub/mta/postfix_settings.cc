#include "stub/mta/postfix_settings.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "stub/mta/run_program.h"

namespace danebound {
namespace {

constexpr const char* kFolderOfPrograms = "/usr/sbin/";
constexpr absl::Duration kProgramTimeout = absl::Seconds(30);
constexpr const char* kClientProgram = "smtp";

constexpr std::array<const char*, 16> kParameters = {
    "mail_version",
    "config_directory",
    "queue_directory",
    "compatibility_level",
    "default_transport",
    "relay_transport",
    "relay_domains",
    "transport_maps",
    "sender_dependent_default_transport_maps",
    "smtp_dns_support_level",
    "smtp_host_lookup",
    "smtp_dns_resolver_options",
    "ignore_mx_lookup_error",
    "smtp_tls_security_level",
    "smtp_tls_policy_maps",
    "smtp_tls_dane_insecure_mx_policy"};

// Runs one of Postfix's programs.
class Postfix {
 public:
  explicit Postfix(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::string> Run(const std::string& program,
                                  const std::vector<std::string>& rest) const {
    // PATH of a user who is not root lacks the folder.
    const std::string there = absl::StrCat(kFolderOfPrograms, program);
    std::vector<std::string> words = {
        access(there.c_str(), X_OK) == 0 ? there : program};
    if (!folder_.empty()) words.insert(words.end(), {"-c", folder_});
    words.insert(words.end(), rest.begin(), rest.end());
    return RunProgram(words, kProgramTimeout);
  }

 private:
  std::string folder_;
};

// "name = value" lines.
PostfixValues ValuesIn(const std::string& text) {
  PostfixValues values;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    if (name.empty()) continue;
    values[std::string(name)] =
        std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return values;
}

// The parameters under some overrides.
absl::StatusOr<PostfixValues> ReadValues(const Postfix& postfix,
                                         const PostfixValues& overrides) {
  std::vector<std::string> words = {"-x"};
  for (const auto& [name, value] : overrides) {
    words.insert(words.end(), {"-o", absl::StrCat(name, "=", value)});
  }
  words.insert(words.end(), kParameters.begin(), kParameters.end());
  const auto text = postfix.Run("postconf", words);
  if (!text.ok()) return text.status();
  return ValuesIn(*text);
}

// "smtp/unix/command" to "smtp" and "command".
struct ServiceField {
  std::string service;
  std::string field;
};

absl::optional<ServiceField> ParseServiceField(absl::string_view name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.size() < 3 || parts[parts.size() - 2] != "unix") {
    return absl::nullopt;
  }
  return ServiceField{parts[0], parts.back()};
}

bool RunsClient(absl::string_view command) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(command, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return false;
  const std::vector<absl::string_view> path = absl::StrSplit(words[0], '/');
  return path.back() == kClientProgram;
}

absl::Status ReadClients(const Postfix& postfix, PostfixSettings* settings) {
  const auto services =
      postfix.Run("postconf", {"-F", "*/unix/command", "*/unix/chroot"});
  if (!services.ok()) return services.status();
  const auto overrides = postfix.Run("postconf", {"-P"});
  if (!overrides.ok()) return overrides.status();
  // master(5): "-" meant yes before compatibility level 1.
  const bool chrooted = ValueOf(settings->values, "compatibility_level") == "0";
  settings->clients =
      ParseServices(*services, chrooted, &settings->other_services);
  AddOverrides(*overrides, &settings->clients);
  for (SmtpClient& client : settings->clients) {
    client.values = settings->values;
    if (client.overrides.empty()) continue;
    auto values = ReadValues(postfix, client.overrides);
    if (!values.ok()) return values.status();
    client.values = *std::move(values);
  }
  return absl::OkStatus();
}

void AddUse(const std::string& value, std::string by, bool general,
            std::vector<TransportUse>* uses) {
  absl::optional<std::string> transport = TransportIn(value);
  if (!transport.has_value()) return;
  uses->push_back({*std::move(transport), std::move(by), general});
}

// Lists one table of transports, and where that cannot be done asks it for what
// holds for all.
void ReadTable(const Postfix& postfix, const std::string& parameter,
               const std::string& table, PostfixSettings* settings) {
  const bool by_sender = parameter != "transport_maps";
  const absl::string_view direct = absl::StripPrefix(table, "proxy:");
  const auto entries = postfix.Run("postmap", {"-s", std::string(direct)});
  if (entries.ok()) {
    for (const absl::string_view line : absl::StrSplit(*entries, '\n')) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(line, absl::MaxSplits('\t', 1));
      AddUse(parts.second, absl::StrCat(parameter, ": ", parts.first),
             by_sender || parts.first == "*", &settings->uses);
    }
    return;
  }
  settings->unread_tables.push_back(absl::StrCat(parameter, " = ", table));
  const auto all = postfix.Run("postmap", {"-q", "*", std::string(direct)});
  if (!all.ok()) return;
  AddUse(std::string(absl::StripAsciiWhitespace(*all)),
         absl::StrCat(parameter, ": *"), true, &settings->uses);
}

// The tables of a list; what braces hold is one word.
std::vector<std::string> TablesIn(const std::string& list) {
  std::vector<std::string> tables(1);
  int depth = 0;
  for (const char letter : list) {
    if (letter == '{') ++depth;
    if (letter == '}') --depth;
    if (depth == 0 && (letter == ',' || absl::ascii_isspace(letter))) {
      tables.emplace_back();
    } else {
      tables.back().push_back(letter);
    }
  }
  tables.erase(std::remove(tables.begin(), tables.end(), ""), tables.end());
  return tables;
}

void ReadUses(const Postfix& postfix, PostfixSettings* settings) {
  AddUse(ValueOf(settings->values, "default_transport"), "default_transport",
         true, &settings->uses);
  if (!ValueOf(settings->values, "relay_domains").empty()) {
    AddUse(ValueOf(settings->values, "relay_transport"), "relay_transport",
           true, &settings->uses);
  }
  for (const char* parameter :
       {"transport_maps", "sender_dependent_default_transport_maps"}) {
    for (const std::string& table :
         TablesIn(ValueOf(settings->values, parameter))) {
      ReadTable(postfix, parameter, table, settings);
    }
  }
}

}  // namespace

std::string ValueOf(const PostfixValues& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "" : found->second;
}

std::vector<SmtpClient> ParseServices(const std::string& text,
                                      bool chrooted_by_default,
                                      std::vector<std::string>* others) {
  const PostfixValues fields = ValuesIn(text);
  std::vector<SmtpClient> clients;
  for (const auto& [name, value] : fields) {
    const absl::optional<ServiceField> field = ParseServiceField(name);
    if (!field.has_value() || field->field != "command") continue;
    if (!RunsClient(value)) {
      others->push_back(field->service);
      continue;
    }
    const std::string chroot =
        ValueOf(fields, absl::StrCat(field->service, "/unix/chroot"));
    clients.push_back({field->service,
                       chroot == "y" || (chroot == "-" && chrooted_by_default),
                       {},
                       {}});
  }
  return clients;
}

void AddOverrides(const std::string& text, std::vector<SmtpClient>* clients) {
  for (const auto& [name, value] : ValuesIn(text)) {
    const absl::optional<ServiceField> field = ParseServiceField(name);
    if (!field.has_value()) continue;
    for (SmtpClient& client : *clients) {
      if (client.service == field->service) {
        client.overrides[field->field] = value;
      }
    }
  }
}

absl::optional<std::string> TransportIn(const std::string& text) {
  std::string transport = text.substr(0, text.find(':'));
  if (transport.empty() || transport == "DUNNO") return absl::nullopt;
  return transport;
}

absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder) {
  const Postfix postfix(folder);
  PostfixSettings settings;
  auto values = ReadValues(postfix, {});
  if (!values.ok()) return values.status();
  settings.values = *std::move(values);
  settings.version = ValueOf(settings.values, "mail_version");
  settings.folder = ValueOf(settings.values, "config_directory");
  settings.queue = ValueOf(settings.values, "queue_directory");
  const absl::Status clients = ReadClients(postfix, &settings);
  if (!clients.ok()) return clients;
  ReadUses(postfix, &settings);
  return settings;
}

}  // namespace danebound
