#include "stub/mta/postfix.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "stub/openssl/pointers.h"
#include "stub/serve/netstring.h"
#include "stub/serve/socketmap.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;
using AddressPtr = std::unique_ptr<addrinfo, FreeWith<freeaddrinfo>>;

// What Postfix asks for after a NOTFOUND, and serve answers without DNS.
constexpr absl::string_view kParentKey = ".danebound.invalid";

constexpr const char* kDnsSupport = "smtp_dns_support_level";
constexpr const char* kHostLookup = "smtp_host_lookup";
constexpr const char* kResolverOptions = "smtp_dns_resolver_options";
constexpr const char* kIgnoreMxErrors = "ignore_mx_lookup_error";
constexpr const char* kTlsLevel = "smtp_tls_security_level";
constexpr const char* kInsecureMx = "smtp_tls_dane_insecure_mx_policy";
constexpr const char* kPolicyMaps = "smtp_tls_policy_maps";

constexpr size_t kMostNamed = 3;  // of what uses a transport

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status LastError() {
  const int error = errno;
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(std::strerror(error));
  }
  return absl::UnavailableError(std::strerror(error));
}

void SetTimeout(int fd, absl::Duration timeout) {
  const timeval time = absl::ToTimeval(timeout);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

absl::Status ConnectUnix(int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("the path is too long for a socket");
  }
  path.copy(address.sun_path, path.size());
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    return LastError();
  }
  return absl::OkStatus();
}

absl::StatusOr<AddressPtr> AddressOf(const PolicyMap& map) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(map.host.c_str(), map.port.c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  return AddressPtr(found);
}

absl::StatusOr<std::string> AskOn(int fd, const std::string& request) {
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return LastError();
  }
  std::string came;
  std::array<char, 1024> octets{};
  for (;;) {
    const ssize_t count = recv(fd, octets.data(), octets.size(), 0);
    if (count < 0) return LastError();
    if (count == 0) return absl::UnavailableError("it closes the connection");
    came.append(octets.data(), static_cast<size_t>(count));
    absl::string_view left = came;
    const auto reply = TakeNetstring(&left, kLongestSocketmapRequest);
    if (!reply.ok()) return reply.status();
    if (reply->has_value()) return std::string(**reply);
  }
}

absl::StatusOr<std::string> Ask(const PolicyMap& map, absl::Duration timeout) {
  const std::string request =
      EncodeNetstring(absl::StrCat(map.map, " ", kParentKey));
  if (!map.path.empty()) {
    const Descriptor unix_socket(
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SetTimeout(unix_socket.get(), timeout);
    const absl::Status connected = ConnectUnix(unix_socket.get(), map.path);
    if (!connected.ok()) return connected;
    return AskOn(unix_socket.get(), request);
  }
  const absl::StatusOr<AddressPtr> address = AddressOf(map);
  if (!address.ok()) return address.status();
  const Descriptor tcp_socket(
      socket((*address)->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SetTimeout(tcp_socket.get(), timeout);
  if (connect(tcp_socket.get(), (*address)->ai_addr, (*address)->ai_addrlen) !=
      0) {
    return LastError();
  }
  return AskOn(tcp_socket.get(), request);
}

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

absl::optional<PolicyMap> ParsePolicyMap(const std::string& queue,
                                         bool chrooted,
                                         absl::string_view text) {
  absl::string_view rest = text;
  const bool proxied = absl::ConsumePrefix(&rest, "proxy:");
  if (!absl::ConsumePrefix(&rest, "socketmap:")) return absl::nullopt;
  const std::vector<std::string> words = absl::StrSplit(rest, ':');
  if (words.size() == 3 && words[0] == "unix") {
    PolicyMap map = UnixMap(queue, chrooted, text, proxied, words[1]);
    map.map = words[2];
    return map;
  }
  if (words.size() == 4 && words[0] == "inet") {
    return PolicyMap{std::string(text), "", words[1], words[2], words[3]};
  }
  return absl::nullopt;
}

std::vector<PolicyMap> MapsIn(const PostfixValues& values,
                              const std::string& queue, bool chrooted) {
  std::vector<PolicyMap> maps;
  const std::string list = ValueOf(values, kPolicyMaps);
  for (const absl::string_view text :
       absl::StrSplit(list, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    absl::optional<PolicyMap> map = ParsePolicyMap(queue, chrooted, text);
    if (map.has_value()) maps.push_back(*std::move(map));
  }
  return maps;
}

// "NAME = VALUE", or "NAME =" where there is none.
std::string Assignment(const SmtpClient& client, const std::string& name) {
  const std::string value = ValueOf(client.values, name);
  return absl::StrCat(name, " =", value.empty() ? "" : " ", value);
}

// What the operator runs to get another value.
std::string Remedy(const SmtpClient& client, const std::string& name,
                   const std::string& wanted) {
  if (client.overrides.count(name) != 0) {
    return absl::StrCat("Run: postconf -PX ", client.service, "/unix/", name);
  }
  return absl::StrCat("Run: postconf ", name, "=", wanted);
}

SelfTestCheck NotAsWanted(Result result, const std::string& check,
                          const SmtpClient& client, const std::string& name,
                          const std::string& then, const std::string& wanted) {
  return {check, result,
          absl::StrCat(Assignment(client, name), ": ", then, ". ",
                       Remedy(client, name, wanted))};
}

bool HasWord(const std::string& value, absl::string_view wanted) {
  for (const absl::string_view word :
       absl::StrSplit(value, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    if (absl::EqualsIgnoreCase(word, wanted)) return true;
  }
  return false;
}

// What else turns DNSSEC off; Postfix logs "dnssec lookups disabled" or
// "configured with MX lookup errors ignored".
SelfTestCheck CheckDnsSupport(const SmtpClient& client) {
  const std::string options = ValueOf(client.values, kResolverOptions);
  if (ValueOf(client.values, kDnsSupport) != "dnssec") {
    return NotAsWanted(Result::kFailed, "dns-support", client, kDnsSupport,
                       "dane and dane-only find no TLSA records", "dnssec");
  }
  if (ValueOf(client.values, kIgnoreMxErrors) == "yes") {
    return NotAsWanted(Result::kFailed, "dns-support", client, kIgnoreMxErrors,
                       "Postfix does no DANE, and goes past MX records that "
                       "fail",
                       "no");
  }
  if (HasWord(options, "res_defnames") || HasWord(options, "res_dnsrch")) {
    return NotAsWanted(Result::kFailed, "dns-support", client, kResolverOptions,
                       "Postfix does no DANE with these", "");
  }
  return {"dns-support", Result::kPassed, Assignment(client, kDnsSupport)};
}

SelfTestCheck CheckHostLookup(const SmtpClient& client) {
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
  return {"host-lookup", Result::kPassed, Assignment(client, kHostLookup)};
}

SelfTestCheck CheckTlsLevel(const SmtpClient& client) {
  const std::string level = ValueOf(client.values, kTlsLevel);
  if (level.empty() || level == "none") {
    return NotAsWanted(Result::kWarning, "tls-level", client, kTlsLevel,
                       "where there is no policy, mail goes in clear", "may");
  }
  return {"tls-level", Result::kPassed, Assignment(client, kTlsLevel)};
}

SelfTestCheck CheckInsecureMx(const SmtpClient& client) {
  if (ValueOf(client.values, kInsecureMx) != "dane") {
    return NotAsWanted(Result::kWarning, "insecure-mx", client, kInsecureMx,
                       "behind insecure MX records Postfix takes dane for that",
                       "dane");
  }
  return {"insecure-mx", Result::kPassed, Assignment(client, kInsecureMx)};
}

// Passed without a text: each map is asked besides.
SelfTestCheck CheckForMap(const SmtpClient& client) {
  if (MapsIn(client.values, "", false).empty()) {
    return {"policy-map", Result::kFailed,
            absl::StrCat(Assignment(client, kPolicyMaps),
                         ": there is no socketmap, Postfix does not ask "
                         "danebound serve. ",
                         client.overrides.count(kPolicyMaps) != 0
                             ? Remedy(client, kPolicyMaps, "")
                             : "Add it in main.cf")};
  }
  return {"policy-map", Result::kPassed, ""};
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
  return std::any_of(uses.begin(), uses.end(),
                     [](const TransportUse& use) { return use.general; });
}

// "used by default_transport".
std::string UseText(const PostfixSettings& settings, const SmtpClient& client) {
  const std::vector<TransportUse> uses = UsesOf(settings, client);
  if (uses.empty()) {
    return settings.unread_tables.empty() ? "not seen to be used"
                                          : "may be used by a table that "
                                            "cannot be listed";
  }
  std::vector<std::string> texts;
  for (const TransportUse& use : uses) {
    if (texts.size() == kMostNamed) break;
    texts.push_back(use.by);
  }
  const size_t more = uses.size() - texts.size();
  return absl::StrCat("used by ", absl::StrJoin(texts, ", "),
                      more == 0 ? "" : absl::StrCat(" and ", more, " more"));
}

// One outcome, and the clients that have it.
struct Group {
  SelfTestCheck check;
  std::vector<const SmtpClient*> clients;
};

std::string NamesOf(const PostfixSettings& settings, const Group& group) {
  const bool good = group.check.result == Result::kPassed;
  return absl::StrJoin(
      group.clients, ", ",
      [&settings, good](std::string* out, const SmtpClient* client) {
        absl::StrAppend(out, client->service);
        if (!good) absl::StrAppend(out, " (", UseText(settings, *client), ")");
      });
}

std::vector<Group> GroupsOf(const PostfixSettings& settings,
                            SelfTestCheck (*judge)(const SmtpClient&)) {
  std::vector<Group> groups;
  for (const SmtpClient& client : settings.clients) {
    SelfTestCheck check = judge(client);
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&check](const Group& group) {
                                     return group.check.text == check.text;
                                   });
    if (same != groups.end()) {
      same->clients.push_back(&client);
    } else {
      groups.push_back({std::move(check), {&client}});
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

// One check where all clients are alike, else one for each kind of them.
void AddChecks(const PostfixSettings& settings,
               SelfTestCheck (*judge)(const SmtpClient&),
               std::vector<SelfTestCheck>* checks) {
  std::vector<Group> groups = GroupsOf(settings, judge);
  for (Group& group : groups) {
    if (group.check.text.empty()) continue;
    SoftenWhereNotGeneral(settings, &group);
    if (groups.size() > 1) {
      group.check.text = absl::StrCat("master.cf, ", NamesOf(settings, group),
                                      ": ", group.check.text);
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

// What sends mail past Postfix's SMTP client sends it past danebound.
SelfTestCheck CheckUse(const PostfixSettings& settings,
                       const TransportUse& use) {
  const std::string text = absl::StrCat(use.by, " = ", use.transport);
  if (IsClient(settings, use.transport)) {
    return {"transport", Result::kPassed, text};
  }
  const bool there =
      std::find(settings.other_services.begin(), settings.other_services.end(),
                use.transport) != settings.other_services.end();
  return {"transport", Result::kWarning,
          absl::StrCat(text, there ? ": that is not Postfix's SMTP client, and "
                                     "asks for no policy"
                                   : ": master.cf has no such service")};
}

void AddTransports(const PostfixSettings& settings,
                   std::vector<SelfTestCheck>* checks) {
  for (const TransportUse& use : settings.uses) {
    if (!use.general) continue;
    SelfTestCheck check = CheckUse(settings, use);
    if (check.result != Result::kPassed || use.by == "default_transport") {
      checks->push_back(std::move(check));
    }
  }
  for (const std::string& table : settings.unread_tables) {
    checks->push_back(
        {"transport", Result::kWarning,
         absl::StrCat(table,
                      ": it cannot be listed, look yourself which transports "
                      "it names")});
  }
}

// Where nobody asks danebound, that is what there is to say, once.
void AddMapChecks(const PostfixSettings& settings,
                  std::vector<SelfTestCheck>* checks) {
  if (PolicyMapsOf(settings).empty() &&
      MapsIn(settings.values, "", false).empty()) {
    SmtpClient main;
    main.values = settings.values;
    checks->push_back(CheckForMap(main));
    checks->back().result = Result::kWarning;
    return;
  }
  AddChecks(settings, CheckForMap, checks);
}

bool MayNotAsk(const absl::Status& status) {
  return absl::IsPermissionDenied(status) && geteuid() != 0;
}

}  // namespace

std::vector<PolicyMap> PolicyMapsOf(const PostfixSettings& settings) {
  std::vector<PolicyMap> maps;
  std::set<std::string> seen;
  for (const SmtpClient& client : settings.clients) {
    for (PolicyMap& map :
         MapsIn(client.values, settings.queue, client.chrooted)) {
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
  AddMapChecks(settings, &checks);
  return checks;
}

SelfTestCheck CheckPolicyMap(const PolicyMap& map, absl::Duration timeout) {
  const absl::StatusOr<std::string> reply = Ask(map, timeout);
  if (!reply.ok() && MayNotAsk(reply.status())) {
    return {"policy-map", Result::kWarning,
            absl::StrCat(map.text, ": ", map.path,
                         ": this user may not ask it, so nothing is known of "
                         "it. Run this as root")};
  }
  if (!reply.ok()) {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": ", map.path, map.path.empty() ? "" : ": ",
                         reply.status().message(),
                         ". All mail is deferred until it answers")};
  }
  if (absl::StripAsciiWhitespace(*reply) != "NOTFOUND") {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": asked for ", kParentKey,
                         " it says: ", *reply)};
  }
  return {"policy-map", Result::kPassed, absl::StrCat(map.text, " answers")};
}

std::vector<std::string> ResolvConfsOf(const PostfixSettings& settings) {
  std::set<bool> chrooted;
  for (const SmtpClient& client : settings.clients) {
    if (!UsesOf(settings, client).empty()) chrooted.insert(client.chrooted);
  }
  if (chrooted.empty()) chrooted.insert(IsChrooted(settings));
  std::vector<std::string> paths;
  for (const bool inside : chrooted) {
    paths.push_back(
        absl::StrCat(inside ? settings.queue : "", "/etc/resolv.conf"));
  }
  return paths;
}

bool IsChrooted(const PostfixSettings& settings) {
  for (const SmtpClient& client : settings.clients) {
    if (IsGeneral(settings, client)) return client.chrooted;
  }
  return !settings.clients.empty() && settings.clients.front().chrooted;
}

}  // namespace danebound
