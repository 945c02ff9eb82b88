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
constexpr const char* kLmtpProgram = "lmtp";
constexpr const char* kFilter = "content_filter";
constexpr const char* kLmtpPolicyMaps = "lmtp_tls_policy_maps";
constexpr const char* kTransportMaps = "transport_maps";
constexpr const char* kSenderMaps = "sender_dependent_default_transport_maps";
constexpr const char* kForAll = "transport_maps: *";

// disable_dns_lookups is not among them: an smtp_dns_support_level that is set
// overrides it, and one that is empty fails whatever it says.
constexpr std::array<const char*, 22> kParameters = {
    "mail_version",
    "config_directory",
    "queue_directory",
    "compatibility_level",
    "default_transport",
    "relay_transport",
    "relay_domains",
    "transport_maps",
    "sender_dependent_default_transport_maps",
    "content_filter",
    "multi_instance_directories",
    "lmtp_tls_policy_maps",
    "smtp_dns_support_level",
    "smtp_host_lookup",
    "smtp_dns_resolver_options",
    "ignore_mx_lookup_error",
    "smtp_tls_security_level",
    "smtp_enforce_tls",
    "smtp_tls_per_site",
    "smtp_tls_policy_maps",
    "smtp_tls_fingerprint_digest",
    "smtp_tls_dane_insecure_mx_policy"};

// The parameters under some overrides.
absl::StatusOr<PostfixValues> ReadValues(const std::string& folder,
                                         const PostfixValues& overrides) {
  std::vector<std::string> words = {"-x"};
  for (const auto& [name, value] : overrides) {
    words.insert(words.end(), {"-o", absl::StrCat(name, "=", value)});
  }
  words.insert(words.end(), kParameters.begin(), kParameters.end());
  const auto text = RunPostfix(folder, "postconf", words);
  if (!text.ok()) return text.status();
  return ParseValues(*text);
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

// "/usr/lib/postfix/sbin/smtp -o a=b" to "smtp".
std::string ProgramIn(absl::string_view command) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(command, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.empty()) return "";
  const std::vector<absl::string_view> path = absl::StrSplit(words[0], '/');
  return std::string(path.back());
}

absl::Status ReadOwnValues(const std::string& folder,
                           const PostfixValues& main_values,
                           SmtpClient* client) {
  client->values = main_values;
  if (client->overrides.empty()) return absl::OkStatus();
  auto values = ReadValues(folder, client->overrides);
  if (!values.ok()) return values.status();
  client->values = *std::move(values);
  return absl::OkStatus();
}

absl::Status ReadLmtpMaps(const std::string& folder,
                          const std::string& overrides,
                          PostfixSettings* settings) {
  for (OtherService& other : settings->other_services) {
    if (other.program != kLmtpProgram) continue;
    std::vector<SmtpClient> clients(1);
    clients[0].service = other.service;
    AddOverrides(overrides, &clients);
    const absl::Status read =
        ReadOwnValues(folder, settings->values, clients.data());
    if (!read.ok()) return read;
    other.policy_maps = ValueOf(clients[0].values, kLmtpPolicyMaps);
  }
  return absl::OkStatus();
}

absl::Status ReadClients(const std::string& folder, PostfixSettings* settings) {
  const auto services =
      RunPostfix(folder, "postconf", {"-F", "*/unix/command", "*/unix/chroot"});
  if (!services.ok()) return services.status();
  const auto overrides = RunPostfix(folder, "postconf", {"-P"});
  if (!overrides.ok()) return overrides.status();
  // master(5): "-" meant yes before compatibility level 1.
  const bool chrooted = ValueOf(settings->values, "compatibility_level") == "0";
  settings->clients =
      ParseServices(*services, chrooted, &settings->other_services);
  AddOverrides(*overrides, &settings->clients);
  for (SmtpClient& client : settings->clients) {
    const absl::Status read = ReadOwnValues(folder, settings->values, &client);
    if (!read.ok()) return read;
  }
  return ReadLmtpMaps(folder, *overrides, settings);
}

void AddUse(const std::string& value, std::string by, Carries carries,
            std::vector<TransportUse>* uses) {
  absl::optional<std::string> transport = TransportIn(value);
  if (!transport.has_value()) return;
  uses->push_back({*std::move(transport), std::move(by), carries});
}

void AddEntry(const std::string& parameter, const std::string& key,
              const std::string& value, std::vector<TransportUse>* uses) {
  if (parameter == kSenderMaps) return AddSenderUse(key, value, uses);
  AddUse(value, absl::StrCat(parameter, ": ", key),
         key == "*" ? Carries::kGeneral : Carries::kNamed, uses);
}

// What a program said last, "postmap: fatal: …".
std::string LastLine(absl::string_view text) {
  const std::vector<absl::string_view> lines =
      absl::StrSplit(text, '\n', absl::SkipEmpty());
  return lines.empty() ? "" : std::string(lines.back());
}

// Tables of expressions, which Postfix does not ask for "*".
bool HasExpressions(absl::string_view table) {
  return absl::StartsWith(table, "regexp:") || absl::StartsWith(table, "pcre:");
}

// Lists one table of transports, and where that cannot be done asks it for what
// holds for all.
void ReadTable(const std::string& folder, const std::string& parameter,
               const std::string& table, PostfixSettings* settings) {
  const std::string direct(absl::StripPrefix(table, "proxy:"));
  const auto entries = RunPostfix(folder, "postmap", {"-s", direct});
  if (entries.ok()) {
    for (const absl::string_view line : absl::StrSplit(*entries, '\n')) {
      const std::pair<std::string, std::string> parts =
          absl::StrSplit(line, absl::MaxSplits('\t', 1));
      AddEntry(parameter, parts.first, parts.second, &settings->uses);
    }
    return;
  }
  const std::string name = absl::StrCat(parameter, " = ", table);
  settings->unread_tables.push_back(
      {name, LastLine(entries.status().message())});
  const auto all = RunPostfix(folder, "postmap", {"-q", "*", direct});
  if (!all.ok()) return;
  const std::string value(absl::StripAsciiWhitespace(*all));
  if (HasExpressions(direct)) {
    AddUse(value, name, Carries::kGeneral, &settings->uses);
  } else {
    AddEntry(parameter, "*", value, &settings->uses);
  }
}

absl::Status ReadUses(const std::string& folder, PostfixSettings* settings) {
  AddUse(ValueOf(settings->values, "default_transport"), "default_transport",
         Carries::kGeneral, &settings->uses);
  if (!ValueOf(settings->values, "relay_domains").empty()) {
    AddUse(ValueOf(settings->values, "relay_transport"), "relay_transport",
           Carries::kNamed, &settings->uses);
  }
  for (const char* parameter : {kTransportMaps, kSenderMaps}) {
    for (const std::string& table :
         TablesIn(ValueOf(settings->values, parameter))) {
      ReadTable(folder, parameter, table, settings);
    }
  }
  DropOverridden(&settings->uses);
  const auto overrides = RunPostfix(folder, "postconf", {"-Px"});
  if (!overrides.ok()) return overrides.status();
  AddFilters(ValueOf(settings->values, kFilter), *overrides, &settings->uses);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> RunPostfix(const std::string& folder,
                                       const std::string& program,
                                       const std::vector<std::string>& rest) {
  // PATH of a user who is not root lacks the folder.
  const std::string there = absl::StrCat(kFolderOfPrograms, program);
  std::vector<std::string> words = {access(there.c_str(), X_OK) == 0 ? there
                                                                     : program};
  if (!folder.empty()) words.insert(words.end(), {"-c", folder});
  words.insert(words.end(), rest.begin(), rest.end());
  return RunProgram(words, kProgramTimeout);
}

PostfixValues ParseValues(const std::string& text) {
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

std::string ValueOf(const PostfixValues& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? "" : found->second;
}

std::vector<SmtpClient> ParseServices(const std::string& text,
                                      bool chrooted_by_default,
                                      std::vector<OtherService>* others) {
  const PostfixValues fields = ParseValues(text);
  std::vector<SmtpClient> clients;
  for (const auto& [name, value] : fields) {
    const absl::optional<ServiceField> field = ParseServiceField(name);
    if (!field.has_value() || field->field != "command") continue;
    const std::string program = ProgramIn(value);
    if (program != kClientProgram) {
      others->push_back({field->service, program, ""});
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
  for (const auto& [name, value] : ParseValues(text)) {
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
  if (transport.empty()) return absl::nullopt;
  return transport;
}

void AddSenderUse(const std::string& key, const std::string& value,
                  std::vector<TransportUse>* uses) {
  if (absl::EqualsIgnoreCase(value, "DUNNO")) return;
  AddUse(value, absl::StrCat(kSenderMaps, ": ", key), Carries::kGeneral, uses);
}

void AddFilters(const std::string& main_value, const std::string& overrides,
                std::vector<TransportUse>* uses) {
  AddUse(main_value, kFilter, Carries::kFilter, uses);
  for (const auto& [name, value] : ParseValues(overrides)) {
    absl::string_view service = name;
    if (!absl::ConsumeSuffix(&service, "/content_filter")) continue;
    AddUse(value, absl::StrCat(kFilter, " of ", service), Carries::kFilter,
           uses);
  }
}

void DropOverridden(std::vector<TransportUse>* uses) {
  const auto is_for_all = [](const TransportUse& use) {
    return use.by == kForAll;
  };
  if (std::none_of(uses->begin(), uses->end(), is_for_all)) return;
  for (TransportUse& use : *uses) {
    if (!absl::StartsWith(use.by, kTransportMaps) &&
        use.carries == Carries::kGeneral) {
      use.carries = Carries::kNamed;
    }
  }
}

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

absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder) {
  PostfixSettings settings;
  auto values = ReadValues(folder, {});
  if (!values.ok()) return values.status();
  settings.values = *std::move(values);
  settings.asked_folder = folder;
  settings.version = ValueOf(settings.values, "mail_version");
  settings.folder = ValueOf(settings.values, "config_directory");
  settings.queue = ValueOf(settings.values, "queue_directory");
  const absl::Status clients = ReadClients(folder, &settings);
  if (!clients.ok()) return clients;
  const absl::Status uses = ReadUses(folder, &settings);
  if (!uses.ok()) return uses;
  return settings;
}

}  // namespace danebound
