#include "stub/mta/postfix.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "stub/mta/resolver_path.h"
#include "stub/serve/socketmap/socketmap_client.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;

// What Postfix asks for after a NOTFOUND, and serve answers without DNS.
constexpr absl::string_view kParentKey = ".danebound.invalid";

constexpr const char* kDnsSupport = "smtp_dns_support_level";
constexpr const char* kHostLookup = "smtp_host_lookup";
constexpr const char* kResolverOptions = "smtp_dns_resolver_options";
constexpr const char* kIgnoreMxErrors = "ignore_mx_lookup_error";
constexpr const char* kTlsLevel = "smtp_tls_security_level";
constexpr const char* kInsecureMx = "smtp_tls_dane_insecure_mx_policy";
constexpr const char* kPinDigest = "smtp_tls_fingerprint_digest";
constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";
constexpr const char* kInstances = "multi_instance_directories";

constexpr const char* kResolvConf = "/etc/resolv.conf";

// The map whose answers have attributes for TLS reports, and the Postfix that
// knows them. Others call them invalid, and defer.
constexpr absl::string_view kReportMap = "QUERYwithTLSRPT";
constexpr std::pair<int, int> kKnowsReports = {3, 10};

constexpr size_t kMostNamed = 3;  // of what uses a transport

// A chrooted client opens the socket from inside, unless proxymap does it.
PolicyMap UnixMap(const std::string& queue, bool chrooted,
                  absl::string_view text, bool proxied,
                  const std::string& path) {
  PolicyMap map;
  map.text = std::string(text);
  if (!absl::StartsWith(path, "/")) {
    map.path = absl::StrCat(queue, "/", path);
  } else {
    map.path = absl::StrCat(chrooted && !proxied ? queue : "", path);
  }
  return map;
}

// How a table that stands in a list is opened and asked.
struct Place {
  std::string queue;
  bool chrooted = false;
  bool proxied = false;
  bool has_destination = true;  // as its key, not what another table found
};

// serve has these words for Postfix; other socketmaps are other services'.
bool IsDanebounds(absl::string_view map) {
  return map == "QUERY" || map == kReportMap;
}

// Splits at the last colon, as Postfix does: a path, and [::1], may have some.
absl::optional<std::pair<std::string, std::string>> SplitLast(
    absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return absl::nullopt;
  return std::make_pair(std::string(text.substr(0, colon)),
                        std::string(text.substr(colon + 1)));
}

absl::optional<PolicyMap> InetMap(absl::string_view text,
                                  absl::string_view endpoint) {
  const auto parts = SplitLast(endpoint);
  if (!parts.has_value()) return absl::nullopt;
  absl::string_view host = parts->first;
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  PolicyMap map;
  map.text = std::string(text);
  map.host = std::string(host);
  map.port = parts->second;
  return map;
}

// "unix:PATH:MAP" or "inet:HOST:PORT:MAP", of the table `text`.
absl::optional<PolicyMap> ParsePolicyMap(const Place& place,
                                         absl::string_view text,
                                         absl::string_view name) {
  const auto parts = SplitLast(name);
  if (!parts.has_value()) return absl::nullopt;
  absl::string_view endpoint = parts->first;
  absl::optional<PolicyMap> map;
  if (absl::ConsumePrefix(&endpoint, "unix:")) {
    map = UnixMap(place.queue, place.chrooted, text, place.proxied,
                  std::string(endpoint));
  } else if (absl::ConsumePrefix(&endpoint, "inet:")) {
    map = InetMap(text, endpoint);
  }
  if (!map.has_value()) return absl::nullopt;
  map->map = parts->second;
  map->is_danebounds = place.has_destination && IsDanebounds(map->map);
  return map;
}

// "{a, b}" to "a, b".
std::string WithoutBraces(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "{")) absl::ConsumeSuffix(&text, "}");
  return std::string(text);
}

void AddMaps(const std::string& list, const Place& place,
             std::vector<PolicyMap>* maps);

void AddMapsOfTable(const std::string& table, Place place,
                    std::vector<PolicyMap>* maps) {
  absl::string_view rest = table;
  place.proxied |= absl::ConsumePrefix(&rest, "proxy:");
  if (absl::ConsumePrefix(&rest, "unionmap:")) {
    AddMaps(WithoutBraces(rest), place, maps);
  } else if (absl::ConsumePrefix(&rest, "pipemap:")) {
    for (const std::string& each : TablesIn(WithoutBraces(rest))) {
      AddMapsOfTable(each, place, maps);
      place.has_destination = false;
    }
  } else if (absl::ConsumePrefix(&rest, "socketmap:")) {
    absl::optional<PolicyMap> map = ParsePolicyMap(place, table, rest);
    if (map.has_value()) maps->push_back(*std::move(map));
  }
}

// DATABASE_README: unionmap asks all its tables, pipemap each for what the one
// before has found.
void AddMaps(const std::string& list, const Place& place,
             std::vector<PolicyMap>* maps) {
  for (const std::string& table : TablesIn(list)) {
    AddMapsOfTable(table, place, maps);
  }
}

// "NAME = VALUE", or "NAME =" where there is none.
std::string Assignment(const SmtpClient& client, const std::string& name) {
  const std::string value = ValueOf(client.values, name);
  return absl::StrCat(name, " =", value.empty() ? "" : " ", value);
}

// What was found about a client.
struct Finding {
  SelfTestCheck check;
  std::string name{};  // of the parameter to set otherwise, where there is
  absl::optional<std::string> wanted = absl::nullopt;  // none: it depends
};

// As a word of a shell.
std::string Quoted(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char letter) {
    return absl::ascii_isalnum(letter) ||
           absl::string_view("/._-+").find(letter) != absl::string_view::npos;
  });
  if (plain) return text;
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "'\\''"}}), "'");
}

// What the operator does to get another value.
std::string Remedy(const PostfixSettings& settings, const SmtpClient& client,
                   const Finding& finding) {
  if (finding.name.empty()) return "";
  const std::string postconf =
      settings.asked_folder.empty()
          ? "Run: postconf"
          : absl::StrCat("Run: postconf -c ", Quoted(settings.asked_folder));
  if (client.overrides.count(finding.name) != 0) {
    return absl::StrCat(postconf, " -PX ", client.service, "/unix/",
                        finding.name);
  }
  if (!finding.wanted.has_value()) return "Add it in main.cf";
  return absl::StrCat(postconf, " ", finding.name, "=", *finding.wanted);
}

Finding NotAsWanted(Result result, const std::string& check,
                    const SmtpClient& client, const std::string& name,
                    const std::string& then,
                    const absl::optional<std::string>& wanted) {
  return {{check, result, absl::StrCat(Assignment(client, name), ": ", then)},
          name,
          wanted};
}

Finding AsWanted(const std::string& check, const SmtpClient& client,
                 const std::string& name) {
  return {{check, Result::kPassed, Assignment(client, name)}};
}

bool HasWord(const std::string& value, absl::string_view wanted) {
  for (const absl::string_view word :
       absl::StrSplit(value, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (absl::EqualsIgnoreCase(word, wanted)) return true;
  }
  return false;
}

// Postfix takes its words in capitals, too.
bool Is(const SmtpClient& client, const std::string& name,
        absl::string_view wanted) {
  return absl::EqualsIgnoreCase(ValueOf(client.values, name), wanted);
}

// What else turns DNSSEC off; Postfix logs "dnssec lookups disabled" or
// "configured with MX lookup errors ignored".
Finding CheckDnsSupport(const SmtpClient& client) {
  const std::string options = ValueOf(client.values, kResolverOptions);
  if (!Is(client, kDnsSupport, "dnssec")) {
    return NotAsWanted(Result::kFailed, "dns-support", client, kDnsSupport,
                       "dane and dane-only find no TLSA records", "dnssec");
  }
  if (Is(client, kIgnoreMxErrors, "yes")) {
    return NotAsWanted(Result::kFailed, "dns-support", client, kIgnoreMxErrors,
                       "Postfix does no DANE, and goes past MX records that "
                       "fail",
                       "no");
  }
  if (HasWord(options, "res_defnames") || HasWord(options, "res_dnsrch")) {
    return NotAsWanted(Result::kFailed, "dns-support", client, kResolverOptions,
                       "Postfix does no DANE with these", "");
  }
  return AsWanted("dns-support", client, kDnsSupport);
}

Finding CheckHostLookup(const SmtpClient& client) {
  const std::string lookup = ValueOf(client.values, kHostLookup);
  if (!HasWord(lookup, "dns")) {
    return NotAsWanted(Result::kFailed, "host-lookup", client, kHostLookup,
                       "addresses come past DNSSEC: dane demands nothing, and "
                       "dane-only defers",
                       "dns");
  }
  if (HasWord(lookup, "native")) {
    return NotAsWanted(Result::kWarning, "host-lookup", client, kHostLookup,
                       "hosts whose DNS answers fail are looked up past DNSSEC",
                       "dns");
  }
  return AsWanted("host-lookup", client, kHostLookup);
}

Finding CheckTlsLevel(const SmtpClient& client) {
  if (Is(client, kTlsLevel, "") || Is(client, kTlsLevel, "none")) {
    return NotAsWanted(Result::kWarning, "tls-level", client, kTlsLevel,
                       "where there is no policy, mail goes in clear", "may");
  }
  return AsWanted("tls-level", client, kTlsLevel);
}

Finding CheckInsecureMx(const SmtpClient& client) {
  if (!Is(client, kInsecureMx, "dane")) {
    return NotAsWanted(Result::kWarning, "insecure-mx", client, kInsecureMx,
                       "behind insecure MX records Postfix takes dane for that",
                       "dane");
  }
  return AsWanted("insecure-mx", client, kInsecureMx);
}

// Whether pins are given is a setting of serve, so what is right is not said.
Finding CheckPinDigest(const SmtpClient& client) {
  if (!Is(client, kPinDigest, "sha256")) {
    return NotAsWanted(Result::kWarning, "pin-digest", client, kPinDigest,
                       "no server matches a pin of danebound, so that with "
                       "postfix_word = \"pins\" in serve.conf such mail waits",
                       "sha256");
  }
  return {{"pin-digest", Result::kPassed, ""}};
}

// Passed without a text: each map is asked besides.
Finding CheckForMap(const SmtpClient& client) {
  if (!AsksDanebound(ValueOf(client.values, kPolicyMaps))) {
    return NotAsWanted(Result::kFailed, "policy-map", client, kPolicyMaps,
                       "there is no socketmap with the map QUERY, Postfix does "
                       "not ask danebound serve",
                       absl::nullopt);
  }
  return {{"policy-map", Result::kPassed, ""}};
}

std::vector<TransportUse> UsesOf(const PostfixSettings& settings,
                                 const SmtpClient& client) {
  std::vector<TransportUse> uses;
  for (const TransportUse& use : settings.uses) {
    if (use.transport == client.service) uses.push_back(use);
  }
  return uses;
}

// Whether it carries mail for destinations that nobody has named.
bool IsGeneral(const PostfixSettings& settings, const SmtpClient& client) {
  const std::vector<TransportUse> uses = UsesOf(settings, client);
  return std::any_of(uses.begin(), uses.end(), [](const TransportUse& use) {
    return use.carries == Carries::kGeneral;
  });
}

bool IsInUse(const PostfixSettings& settings, const SmtpClient& client) {
  return !UsesOf(settings, client).empty();
}

// Whether it has mail for a content filter alone, to which DANE is nothing.
bool OnlyFilters(const PostfixSettings& settings, const SmtpClient& client) {
  const std::vector<TransportUse> uses = UsesOf(settings, client);
  return !uses.empty() &&
         std::all_of(uses.begin(), uses.end(), [](const TransportUse& use) {
           return use.carries == Carries::kFilter;
         });
}

// The clients that may carry mail to other hosts.
std::vector<const SmtpClient*> CarriersOf(const PostfixSettings& settings) {
  std::vector<const SmtpClient*> carriers;
  for (const SmtpClient& client : settings.clients) {
    if (!OnlyFilters(settings, client)) carriers.push_back(&client);
  }
  return carriers;
}

// "default_transport, transport_maps: a.example and 2 more".
std::string NamesOf(const std::vector<TransportUse>& uses) {
  std::vector<std::string> names;
  for (const TransportUse& use : uses) {
    if (names.size() == kMostNamed) break;
    names.push_back(use.by);
  }
  const size_t more = uses.size() - names.size();
  return absl::StrCat(absl::StrJoin(names, ", "),
                      more == 0 ? "" : absl::StrCat(" and ", more, " more"));
}

// "smtp (used by default_transport)".
std::string WithUses(const PostfixSettings& settings,
                     const SmtpClient& client) {
  const std::vector<TransportUse> uses = UsesOf(settings, client);
  const std::string text = !uses.empty()
                               ? absl::StrCat("used by ", NamesOf(uses))
                           : settings.unread_tables.empty()
                               ? "not seen to be used"
                               : "may be used by a table that cannot be listed";
  return absl::StrCat(client.service, " (", text, ")");
}

// One outcome, and the clients that have it.
struct Group {
  SelfTestCheck check;
  std::string remedy;
  std::vector<const SmtpClient*> clients;
};

std::string ServicesOf(const PostfixSettings& settings, const Group& group) {
  const bool good = group.check.result == Result::kPassed;
  return absl::StrJoin(
      group.clients, ", ",
      [&settings, good](std::string* out, const SmtpClient* client) {
        absl::StrAppend(out,
                        good ? client->service : WithUses(settings, *client));
      });
}

std::vector<Group> GroupsOf(const PostfixSettings& settings,
                            Finding (*judge)(const SmtpClient&)) {
  std::vector<Group> groups;
  for (const SmtpClient* client : CarriersOf(settings)) {
    Finding finding = judge(*client);
    const std::string remedy = Remedy(settings, *client, finding);
    const auto same =
        std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
          return group.check.text == finding.check.text &&
                 group.remedy == remedy;
        });
    if (same != groups.end()) {
      same->clients.push_back(client);
    } else {
      groups.push_back({std::move(finding.check), remedy, {client}});
    }
  }
  return groups;
}

// What carries named destinations alone, or nothing, may be meant to be so.
void SoftenWhereNotGeneral(const PostfixSettings& settings, Group* group) {
  const bool general = std::any_of(group->clients.begin(), group->clients.end(),
                                   [&settings](const SmtpClient* client) {
                                     return IsGeneral(settings, *client);
                                   });
  if (!general && group->check.result == Result::kFailed) {
    group->check.result = Result::kWarning;
  }
}

// What nobody is seen to use has no remedy: FILTER of an access table, which is
// not read, may lead to a filter that takes no TLS.
bool HasRemedy(const PostfixSettings& settings, const Group& group) {
  return !group.remedy.empty() &&
         std::any_of(group.clients.begin(), group.clients.end(),
                     [&settings](const SmtpClient* client) {
                       return IsInUse(settings, *client);
                     });
}

// One check where all clients are alike, else one for each kind of them.
void AddChecks(const PostfixSettings& settings,
               Finding (*judge)(const SmtpClient&),
               std::vector<SelfTestCheck>* checks) {
  std::vector<Group> groups = GroupsOf(settings, judge);
  for (Group& group : groups) {
    if (group.check.text.empty()) continue;
    SoftenWhereNotGeneral(settings, &group);
    if (groups.size() > 1) {
      group.check.text = absl::StrCat(
          "master.cf, ", ServicesOf(settings, group), ": ", group.check.text);
    }
    if (HasRemedy(settings, group)) {
      absl::StrAppend(&group.check.text, ". ", group.remedy);
    }
    checks->push_back(std::move(group.check));
  }
}

bool IsClient(const PostfixSettings& settings, const std::string& transport) {
  return std::any_of(settings.clients.begin(), settings.clients.end(),
                     [&transport](const SmtpClient& client) {
                       return client.service == transport;
                     });
}

const OtherService* FindOther(const PostfixSettings& settings,
                              const std::string& transport) {
  for (const OtherService& other : settings.other_services) {
    if (other.service == transport) return &other;
  }
  return nullptr;
}

// What a transport that is not the SMTP client makes of policies.
std::string WordsOf(const OtherService* other) {
  if (other == nullptr) return "master.cf has no such service";
  if (other->program != "lmtp") {
    return "that is not Postfix's SMTP client, and asks for no policy";
  }
  if (AsksDanebound(other->policy_maps)) {
    return "that is Postfix's LMTP client. It asks danebound, but lmtp_ "
           "parameters are not looked at here";
  }
  return "that is Postfix's LMTP client, and lmtp_tls_policy_maps does not ask "
         "danebound";
}

// What sends mail past Postfix's SMTP client sends it past danebound; what
// sends none, nowhere.
void AddTransport(const PostfixSettings& settings,
                  const std::vector<TransportUse>& uses,
                  std::vector<SelfTestCheck>* checks) {
  const std::string& transport = uses.front().transport;
  const std::string text = absl::StrCat(NamesOf(uses), " = ", transport);
  if (IsClient(settings, transport)) {
    checks->push_back({"transport", Result::kPassed, text});
    return;
  }
  const OtherService* other = FindOther(settings, transport);
  if (other != nullptr &&
      (other->program == "error" || other->program == "discard")) {
    return;
  }
  checks->push_back({"transport", Result::kWarning,
                     absl::StrCat(text, ": ", WordsOf(other))});
}

// The general uses of each transport.
std::vector<std::vector<TransportUse>> GeneralUses(
    const PostfixSettings& settings) {
  std::vector<std::vector<TransportUse>> all;
  for (const TransportUse& use : settings.uses) {
    if (use.carries != Carries::kGeneral) continue;
    const auto same = std::find_if(
        all.begin(), all.end(), [&use](const std::vector<TransportUse>& uses) {
          return uses.front().transport == use.transport;
        });
    if (same != all.end()) {
      same->push_back(use);
    } else {
      all.push_back({use});
    }
  }
  return all;
}

SelfTestCheck CheckUnread(const UnreadTable& unread) {
  const bool denied =
      absl::StrContains(unread.why, "Permission denied") && geteuid() != 0;
  return {"transport", Result::kWarning,
          absl::StrCat(unread.table, ": it cannot be listed (", unread.why,
                       denied ? "). Run this as root"
                              : "). Look yourself which transports it names")};
}

void AddTransports(const PostfixSettings& settings,
                   std::vector<SelfTestCheck>* checks) {
  for (const std::vector<TransportUse>& uses : GeneralUses(settings)) {
    AddTransport(settings, uses, checks);
  }
  for (const UnreadTable& unread : settings.unread_tables) {
    checks->push_back(CheckUnread(unread));
  }
}

bool SomebodyAsks(const PostfixSettings& settings) {
  const std::vector<const SmtpClient*> carriers = CarriersOf(settings);
  return AsksDanebound(ValueOf(settings.values, kPolicyMaps)) ||
         std::any_of(
             carriers.begin(), carriers.end(), [](const SmtpClient* client) {
               return AsksDanebound(ValueOf(client->values, kPolicyMaps));
             });
}

// Where nobody asks danebound, that is what there is to say, once.
void AddMapChecks(const PostfixSettings& settings,
                  std::vector<SelfTestCheck>* checks) {
  if (CarriersOf(settings).empty()) {
    checks->push_back({"policy-map", Result::kFailed,
                       "master.cf has no service that runs smtp for mail to "
                       "other hosts: nobody asks danebound serve"});
  } else if (SomebodyAsks(settings)) {
    AddChecks(settings, CheckForMap, checks);
  } else {
    SmtpClient main;
    main.values = settings.values;
    const Finding finding = CheckForMap(main);
    checks->push_back(finding.check);
    absl::StrAppend(&checks->back().text, ". ",
                    Remedy(settings, main, finding));
  }
}

// "3.7.11", "3.11-20260901"; {0, 0} for what is none.
std::pair<int, int> VersionOf(absl::string_view text) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(text, absl::ByAnyChar(".-"));
  std::pair<int, int> version;
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[0], &version.first) ||
      !absl::SimpleAtoi(parts[1], &version.second)) {
    return {};
  }
  return version;
}

void AddReportMaps(const PostfixSettings& settings,
                   std::vector<SelfTestCheck>* checks) {
  if (VersionOf(settings.version) >= kKnowsReports) return;
  for (const PolicyMap& map : PolicyMapsOf(settings)) {
    if (map.map != kReportMap) continue;
    checks->push_back(
        {"policy-map", Result::kFailed,
         absl::StrCat(map.text, ": Postfix ", settings.version,
                      " does not know what this map says for TLS reports, and "
                      "defers all mail that danebound has a word for. Name the "
                      "map QUERY instead, ",
                      kReportMap, " is for Postfix 3.10 and later")});
  }
}

// postmulti(1)
void AddInstances(const PostfixSettings& settings,
                  std::vector<SelfTestCheck>* checks) {
  std::vector<std::string> others =
      TablesIn(ValueOf(settings.values, kInstances));
  others.erase(std::remove(others.begin(), others.end(), settings.folder),
               others.end());
  if (others.empty()) return;
  checks->push_back(
      {"instances", Result::kWarning,
       absl::StrCat("other instances: ", absl::StrJoin(others, ", "),
                    ", run `self-test --mta --postfix-config FOLDER` for "
                    "each")});
}

bool MayNotAsk(const absl::Status& status) {
  return absl::IsPermissionDenied(status) && geteuid() != 0;
}

}  // namespace

bool AsksDanebound(const std::string& list) {
  std::vector<PolicyMap> maps;
  AddMaps(list, Place(), &maps);
  return std::any_of(maps.begin(), maps.end(),
                     [](const PolicyMap& map) { return map.is_danebounds; });
}

absl::StatusOr<std::string> AskPolicyMap(const PolicyMap& map,
                                         absl::string_view key,
                                         absl::Duration timeout) {
  SocketmapClient client({map.path, map.host, map.port});
  const absl::StatusOr<SocketmapReply> reply =
      client.Ask(map.map, key, timeout);
  if (!reply.ok()) return reply.status();
  return absl::StrCat(ToText(reply->status), " ", reply->text);
}

std::vector<PolicyMap> PolicyMapsOf(const PostfixSettings& settings) {
  std::vector<PolicyMap> maps;
  std::set<std::string> seen;
  for (const SmtpClient& client : settings.clients) {
    std::vector<PolicyMap> own;
    AddMaps(ValueOf(client.values, kPolicyMaps),
            {settings.queue, client.chrooted}, &own);
    for (PolicyMap& map : own) {
      if (!seen.insert(absl::StrCat(map.text, " ", map.path)).second) continue;
      maps.push_back(std::move(map));
    }
  }
  return maps;
}

std::vector<SelfTestCheck> CheckPostfix(const PostfixSettings& settings) {
  std::vector<SelfTestCheck> checks;
  AddTransports(settings, &checks);
  AddChecks(settings, CheckDnsSupport, &checks);
  AddChecks(settings, CheckHostLookup, &checks);
  AddChecks(settings, CheckTlsLevel, &checks);
  AddChecks(settings, CheckInsecureMx, &checks);
  AddChecks(settings, CheckPinDigest, &checks);
  AddMapChecks(settings, &checks);
  AddReportMaps(settings, &checks);
  AddInstances(settings, &checks);
  return checks;
}

SelfTestCheck CheckPolicyMap(const PolicyMap& map, absl::Duration timeout) {
  const absl::StatusOr<std::string> reply =
      AskPolicyMap(map, kParentKey, timeout);
  if (!reply.ok() && MayNotAsk(reply.status())) {
    return {"policy-map", Result::kWarning,
            absl::StrCat(map.text, ": ", reply.status().message(),
                         ": this user may not ask it, so nothing is known of "
                         "it. Run this as root")};
  }
  if (!reply.ok()) {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": ", reply.status().message(),
                         ". All mail is deferred until it answers")};
  }
  if (!map.is_danebounds) {
    return {"policy-map", Result::kPassed,
            absl::StrCat(map.text, " answers; it is not danebound's")};
  }
  if (absl::StripAsciiWhitespace(*reply) != "NOTFOUND") {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": asked for ", kParentKey,
                         " it says: ", *reply)};
  }
  return {"policy-map", Result::kPassed, absl::StrCat(map.text, " answers")};
}

std::vector<ClientResolvConf> ResolvConfsOf(const PostfixSettings& settings) {
  std::map<bool, ClientResolvConf> confs;  // by whether it is the chroot's
  for (const SmtpClient* client : CarriersOf(settings)) {
    if (!IsInUse(settings, *client)) continue;
    ClientResolvConf& conf = confs[client->chrooted];
    absl::StrAppend(&conf.readers, conf.readers.empty() ? "" : ", ",
                    WithUses(settings, *client));
    conf.general |= IsGeneral(settings, *client);
  }
  if (confs.empty()) confs[IsChrooted(settings)].general = true;
  std::vector<ClientResolvConf> all;
  for (auto& [inside, conf] : confs) {
    conf.path = absl::StrCat(inside ? settings.queue : "", kResolvConf);
    all.push_back(std::move(conf));
  }
  return all;
}

std::vector<SelfTestCheck> CheckResolvConfs(
    const PostfixSettings& settings, const std::vector<std::string>& trusted,
    absl::Duration timeout) {
  std::vector<SelfTestCheck> checks;
  for (const ClientResolvConf& conf : ResolvConfsOf(settings)) {
    for (SelfTestCheck& check :
         CheckResolverPath(conf.path, trusted, timeout)) {
      if (!conf.general && check.result != Result::kPassed) {
        check.result = Result::kWarning;
        check.text =
            absl::StrCat("master.cf, ", conf.readers, ": ", check.text);
      }
      checks.push_back(std::move(check));
    }
  }
  return checks;
}

bool IsChrooted(const PostfixSettings& settings) {
  for (const SmtpClient& client : settings.clients) {
    if (IsGeneral(settings, client)) return client.chrooted;
  }
  return !settings.clients.empty() && settings.clients.front().chrooted;
}

}  // namespace danebound
