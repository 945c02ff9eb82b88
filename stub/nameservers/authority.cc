#include "stub/nameservers/authority.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/nameservers/question.h"
#include "stub/nameservers/validation.h"

namespace danebound {
namespace {

constexpr size_t kMostAliases = 8;
// A label that no zone has by itself.
constexpr absl::string_view kProbe = "danebound-wildcard-probe";
constexpr size_t kMostAddresses = 64;

using Views = std::vector<ServerView>;

struct Server {
  std::string label;    // "ns1.example.org 192.0.2.1"
  std::string address;  // empty: there is none that can be reached
};

// What one server has at one name.
struct Shown {
  ServerView view;
  absl::optional<Name> alias;  // where it has a CNAME
};

DnsServers ResolversOf(const AuthorityOptions& options) {
  return {options.resolvers, true, options.timeout};
}

absl::Status WithQuestion(const absl::Status& status, const Name& name,
                          const char* type) {
  return {status.code(),
          absl::StrCat(name.ToText(), " ", type, ": ", status.message())};
}

// The records of a name itself.
struct Found {
  std::vector<std::string> rdata;
  absl::optional<Security> security;  // none: nobody looked
};

absl::StatusOr<Found> LookSecurely(const Name& name, uint16_t type,
                                   const char* type_name,
                                   const AuthorityOptions& options) {
  Answer answer = options.validator({name, static_cast<RrType>(type)});
  if (IsFailure(answer.security)) {
    const absl::Status failure =
        answer.security == Security::kBogus
            ? absl::DataLossError(
                  absl::StrCat("DNSSEC validation failed: ", answer.why))
            : absl::UnavailableError(answer.why);
    return WithQuestion(failure, name, type_name);
  }
  if (!answer.aliases.empty()) return Found{{}, answer.security};
  return Found{std::move(answer.rdata), answer.security};
}

absl::StatusOr<Found> Look(const Name& name, uint16_t type,
                           const char* type_name,
                           const AuthorityOptions& options) {
  if (options.validator) return LookSecurely(name, type, type_name, options);
  const auto reply = AskDns(ResolversOf(options), name, type);
  if (!reply.ok()) return WithQuestion(reply.status(), name, type_name);
  Found found;
  for (const DnsRecord& record : reply->answer) {
    if (record.type == type && record.owner == name) {
      found.rdata.push_back(record.rdata);
    }
  }
  return found;
}

struct Zone {
  Name name;
  absl::optional<Security> security;  // none: nobody looked
  ZoneKeys keys = {};                 // of a secure zone
};

absl::StatusOr<Zone> WithKeys(Zone zone, const AuthorityOptions& options) {
  if (zone.security != absl::make_optional(Security::kSecure)) return zone;
  auto keys = Look(zone.name, kTypeDnskey, "DNSKEY", options);
  if (!keys.ok()) return keys.status();
  if (keys->security != zone.security || keys->rdata.empty()) {
    return absl::UnavailableError(
        absl::StrCat(zone.name.ToText(),
                     " DNSKEY: the zone is secure, and its "
                     "keys could not be had securely"));
  }
  zone.keys = {zone.name, std::move(keys->rdata)};
  return zone;
}

// Says whether a name begins with a label of a service, "_tcp"; zones seldom
// do.
bool IsOfService(const Name& name) {
  return absl::StartsWith(name.ToText(), "_");
}

// The nearest name above that has an SOA of its own. A server that wrongly
// denies labels of services, so that validation fails there, is asked all the
// same; it has to answer with authority.
absl::StatusOr<Zone> ZoneOf(const Name& owner,
                            const AuthorityOptions& options) {
  for (Name name = owner;; name = name.Parent()) {
    const auto soa = Look(name, kTypeSoa, "SOA", options);
    if (absl::IsDataLoss(soa.status()) && IsOfService(name)) continue;
    if (!soa.ok()) return soa.status();
    if (!soa->rdata.empty()) return WithKeys({name, soa->security}, options);
    if (name.IsRoot()) break;
  }
  return absl::UnavailableError(
      absl::StrCat(owner.ToText(), ": no zone above it has an SOA record"));
}

std::string AddressText(const std::string& rdata) {
  std::string text(INET6_ADDRSTRLEN, '\0');
  const int family = rdata.size() == 4 ? AF_INET : AF_INET6;
  inet_ntop(family, rdata.data(), text.data(),
            static_cast<socklen_t>(text.size()));
  text.resize(text.find('\0'));
  return text;
}

// Says whether this machine could send to the address at all.
bool HasRoute(const std::string& address) {
  addrinfo hints = {};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), "53", &hints, &found) != 0) return false;
  const int descriptor = socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const bool has_route = descriptor >= 0 && connect(descriptor, found->ai_addr,
                                                    found->ai_addrlen) == 0;
  if (descriptor >= 0) close(descriptor);
  freeaddrinfo(found);
  return has_route;
}

absl::StatusOr<std::vector<std::string>> AddressesOf(
    const Name& server, const AuthorityOptions& options) {
  std::vector<std::string> addresses;
  if (options.ipv4) {
    const auto rdata = Look(server, kTypeA, "A", options);
    if (!rdata.ok()) return rdata.status();
    for (const std::string& octets : rdata->rdata) {
      if (octets.size() == 4) addresses.push_back(AddressText(octets));
    }
  }
  if (options.ipv6) {
    const auto rdata = Look(server, kTypeAaaa, "AAAA", options);
    if (!rdata.ok()) return rdata.status();
    for (const std::string& octets : rdata->rdata) {
      if (octets.size() == 16) addresses.push_back(AddressText(octets));
    }
  }
  return addresses;
}

absl::Status AddServers(const Name& name, const AuthorityOptions& options,
                        std::vector<Server>& servers) {
  const auto addresses = AddressesOf(name, options);
  if (!addresses.ok()) return addresses.status();
  const size_t before = servers.size();
  for (const std::string& address : *addresses) {
    if (HasRoute(address)) {
      servers.push_back({absl::StrCat(name.ToText(), " ", address), address});
    }
  }
  if (servers.size() == before) servers.push_back({name.ToText(), ""});
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Server>> ServersOf(const Name& zone,
                                              const AuthorityOptions& options) {
  const auto names = Look(zone, kTypeNs, "NS", options);
  if (!names.ok()) return names.status();
  std::vector<Server> servers;
  for (const std::string& wire : names->rdata) {
    const auto name = Name::ParseWire(wire);
    if (!name.ok()) continue;
    const absl::Status status = AddServers(*name, options, servers);
    if (!status.ok()) return status;
  }
  if (servers.empty() || servers.size() > kMostAddresses) {
    return absl::UnavailableError(absl::StrCat(
        zone.ToText(), " NS: ", servers.size(),
        " addresses of name servers; 1 to ", kMostAddresses, " can be asked"));
  }
  // Resolvers give records in any order.
  std::sort(servers.begin(), servers.end(),
            [](const Server& a, const Server& b) { return a.label < b.label; });
  return servers;
}

absl::optional<SignatureTime> FirstToEnd(const std::vector<DnsRecord>& records,
                                         int64_t now) {
  absl::optional<SignatureTime> first;
  for (const DnsRecord& record : records) {
    if (record.type != kTypeRrsig) continue;
    const absl::optional<Rrsig> rrsig = ParseRrsig(record.rdata, now);
    if (rrsig && (!first || rrsig->ends < first->ends)) {
      first = SignatureTime{rrsig->begins, rrsig->ends};
    }
  }
  return first;
}

// How long a cache keeps a denial. RFC 2308 5.
uint32_t NegativeTtl(const DnsReply& reply) {
  for (const DnsRecord& record : reply.authority) {
    if (record.type != kTypeSoa) continue;
    return std::min(record.ttl, SoaMinimum(record.rdata).value_or(0));
  }
  return 0;
}

void Read(const DnsReply& reply, const Name& name, Shown& shown) {
  for (const DnsRecord& record : reply.answer) {
    if (record.owner != name) continue;
    if (record.type == kTypeTlsa) {
      shown.view.rdata.insert(record.rdata);
      shown.view.hold = std::max(shown.view.hold, record.ttl);
      shown.view.ttl = record.ttl;
    } else if (record.type == kTypeCname) {
      const auto target = Name::ParseWire(record.rdata);
      if (target.ok()) shown.alias = *target;
      shown.view.hold = std::max(shown.view.hold, record.ttl);
    }
  }
  const bool is_denial = shown.view.rdata.empty() && !shown.alias;
  if (is_denial) shown.view.hold = NegativeTtl(reply);
  shown.view.signature = FirstToEnd(is_denial ? reply.authority : reply.answer,
                                    std::time(nullptr));
}

// Says whether a server says with authority that there is no such name. The
// type is the one that resolvers ask step by step for. RFC 9156 2.1.
bool Denies(const Server& server, const Name& name,
            const AuthorityOptions& options) {
  const auto reply =
      AskDns({{server.address}, false, options.timeout}, name, kTypeA);
  return reply.ok() && reply->authoritative && !reply->name_exists;
}

// Takes the TTLs that were signed for those that the reply has.
absl::Status Verify(const DnsReply& reply, const Name& name, const Zone& zone,
                    Shown& shown) {
  const int64_t now = std::time(nullptr);
  absl::StatusOr<uint32_t> ttl = uint32_t{0};
  if (shown.alias) {
    ttl = VerifyRecords(reply, name, kTypeCname, zone.keys, now);
  } else if (shown.view.rdata.empty()) {
    ttl = VerifyDenial(reply, name, kTypeTlsa, zone.keys, now);
  } else {
    ttl = VerifyRecords(reply, name, kTypeTlsa, zone.keys, now);
    if (ttl.ok()) shown.view.ttl = *ttl;
  }
  if (ttl.ok()) shown.view.hold = *ttl;
  return ttl.status();
}

bool HasTlsa(const DnsReply& reply, const Name& name) {
  return std::any_of(reply.answer.begin(), reply.answer.end(),
                     [&](const DnsRecord& record) {
                       return record.type == kTypeTlsa && record.owner == name;
                     });
}

// Nothing that is not to be believed is left.
Shown Disbelieved(const Server& server, const Shown& shown,
                  const absl::Status& status) {
  Shown nothing;
  nothing.view.server = server.label;
  nothing.view.disbelieved = true;
  nothing.view.why = absl::StrCat(
      shown.alias ? "its CNAME"
                  : (shown.view.rdata.empty() ? "its denial of TLSA records"
                                              : "its TLSA records"),
      shown.alias || shown.view.rdata.empty() ? " is" : " are",
      " not valid by DNSSEC: ", status.message());
  return nothing;
}

Shown Judged(const DnsReply& reply, const Name& name, const Server& server,
             const Zone& zone) {
  Shown shown;
  shown.view.server = server.label;
  shown.view.answered = true;
  Read(reply, name, shown);
  if (zone.security != absl::make_optional(Security::kSecure)) return shown;
  const absl::Status status = Verify(reply, name, zone, shown);
  return status.ok() ? shown : Disbelieved(server, shown, status);
}

Shown AskServer(const Server& server, const Name& name, const Zone& zone,
                const AuthorityOptions& options) {
  Shown shown;
  shown.view.server = server.label;
  if (server.address.empty()) {
    shown.view.why = "has no address that this machine has a route to";
    return shown;
  }
  const auto reply =
      AskDns({{server.address}, false, options.timeout}, name, kTypeTlsa);
  if (!reply.ok()) {
    shown.view.why = std::string(reply.status().message());
  } else if (!reply->authoritative) {
    shown.view.why = "answers without authority for the zone";
  } else {
    shown = Judged(*reply, name, server, zone);
    // RFC 8020 2: resolvers may believe it of the records below, too.
    shown.view.denies_above = options.above && HasTlsa(*reply, name) &&
                              Denies(server, name.Parent(), options);
  }
  return shown;
}

// One name after another along CNAMEs; servers may disagree on them, so that
// there is more than one way.
class Walk {
 public:
  explicit Walk(const AuthorityOptions& options) : options_(options) {}

  absl::Status Ask(const Name& name, uint32_t hold);
  Views TakeViews() { return std::move(views_); }

 private:
  const AuthorityOptions& options_;
  std::set<Name> asked_;
  Views views_;
};

absl::Status Walk::Ask(const Name& name, uint32_t hold) {
  if (!asked_.insert(name).second || asked_.size() > kMostAliases) {
    return absl::InvalidArgumentError(
        absl::StrCat(name.ToText(), ": CNAMEs go round, or are too many"));
  }
  const auto zone = ZoneOf(name, options_);
  if (!zone.ok()) return zone.status();
  const auto servers = ServersOf(zone->name, options_);
  if (!servers.ok()) return servers.status();
  std::map<Name, uint32_t> targets;
  for (const Server& server : *servers) {
    Shown shown = AskServer(server, name, *zone, options_);
    shown.view.hold = std::max(shown.view.hold, hold);
    shown.view.owner = name;
    shown.view.zone = zone->name;
    shown.view.security = zone->security;
    if (asked_.size() > 1) {
      absl::StrAppend(&shown.view.server, " for ", name.ToText());
    }
    if (shown.alias) {
      uint32_t& longest = targets[*shown.alias];
      longest = std::max(longest, shown.view.hold);
    } else {
      views_.push_back(std::move(shown.view));
    }
  }
  for (const auto& [target, longest] : targets) {
    absl::Status status = Ask(target, longest);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

using Records = std::vector<DnsRecord>;

Records RecordsOf(const DnsReply& reply, const Name& name, uint16_t type) {
  Records records;
  for (const DnsRecord& record : reply.answer) {
    const bool counts = record.owner == name && record.type == type;
    if (counts) records.push_back(record);
  }
  return records;
}

// Verifies what RecordsAt found, and takes the TTL that was signed.
absl::Status VerifyFound(const DnsReply& reply, const Name& name, uint16_t type,
                         const Zone& zone, Records& records) {
  if (zone.security != absl::make_optional(Security::kSecure)) {
    return absl::OkStatus();
  }
  const int64_t now = std::time(nullptr);
  const auto ttl =
      records.empty()
          ? VerifyDenial(reply, name, type, zone.keys, now)
          : VerifyRecords(reply, name, records.front().type, zone.keys, now);
  if (!ttl.ok()) {
    return absl::UnavailableError(
        absl::StrCat("not valid by DNSSEC: ", ttl.status().message()));
  }
  for (DnsRecord& record : records) record.ttl = *ttl;
  return absl::OkStatus();
}

// What an authoritative server has at a name: of one type, or else CNAME; none
// where there is no such name.
absl::StatusOr<absl::optional<Records>> RecordsAt(
    const Server& server, const Name& name, uint16_t type, const Zone& zone,
    const AuthorityOptions& options) {
  const auto reply =
      AskDns({{server.address}, false, options.timeout}, name, type);
  if (!reply.ok()) return reply.status();
  if (!reply->authoritative) {
    return absl::UnavailableError("answers without authority for the zone");
  }
  Records records = RecordsOf(*reply, name, kTypeCname);
  if (records.empty()) records = RecordsOf(*reply, name, type);
  const absl::Status status = VerifyFound(*reply, name, type, zone, records);
  if (!status.ok()) return status;
  const bool exists = reply->name_exists || !records.empty();
  return exists ? absl::make_optional(records) : absl::nullopt;
}

// A and AAAA; none where there is no such name.
absl::StatusOr<absl::optional<Records>> AddressRecordsAt(
    const Server& server, const Name& name, const Zone& zone,
    const AuthorityOptions& options) {
  auto all = RecordsAt(server, name, kTypeA, zone, options);
  if (!all.ok() || !*all) return all;
  const auto more = RecordsAt(server, name, kTypeAaaa, zone, options);
  if (!more.ok()) return more.status();
  for (const DnsRecord& record : more->value_or(Records())) {
    if (record.type == kTypeAaaa) (*all)->push_back(record);
  }
  return all;
}

std::set<std::pair<uint16_t, std::string>> DataOf(const Records& records) {
  std::set<std::pair<uint16_t, std::string>> data;
  for (const DnsRecord& record : records) {
    data.emplace(record.type, record.rdata);
  }
  return data;
}

// What a name that nobody made has below `parent`: a wildcard's.
absl::StatusOr<Records> WildcardBelow(const Server& server, const Name& parent,
                                      const Zone& zone,
                                      const AuthorityOptions& options) {
  const auto probe = parent.WithLabel(kProbe);
  if (!probe.ok()) return Records();
  const auto records = AddressRecordsAt(server, *probe, zone, options);
  if (!records.ok()) return records.status();
  return records->value_or(Records());
}

absl::StatusOr<HostPresence> AskServerForHost(const Server& server,
                                              const Name& host,
                                              const Zone& zone,
                                              const AuthorityOptions& options) {
  HostPresence presence;
  presence.zone = zone.name;
  const auto own = AddressRecordsAt(server, host, zone, options);
  if (!own.ok()) return own.status();
  presence.exists = own->has_value();
  presence.addresses = own->value_or(Records());
  if (!presence.exists || host == zone.name) return presence;
  const auto beside = WildcardBelow(server, host.Parent(), zone, options);
  if (!beside.ok()) return beside.status();
  if (beside->empty()) return presence;
  if (presence.addresses.empty()) {
    presence.addresses = *beside;
    presence.cut_off = true;
    return presence;
  }
  const auto below = WildcardBelow(server, host, zone, options);
  if (!below.ok()) return below.status();
  presence.by_wildcard = DataOf(presence.addresses) == DataOf(*beside) &&
                         DataOf(*beside) == DataOf(*below);
  return presence;
}

}  // namespace

absl::StatusOr<HostPresence> AskHost(const Name& host,
                                     const AuthorityOptions& options) {
  const auto zone = ZoneOf(host, options);
  if (!zone.ok()) return zone.status();
  const auto servers = ServersOf(zone->name, options);
  if (!servers.ok()) return servers.status();
  absl::StatusOr<HostPresence> presence =
      absl::UnavailableError("no address that this machine has a route to");
  for (const Server& server : *servers) {
    if (server.address.empty()) continue;
    presence = AskServerForHost(server, host, *zone, options);
    if (presence.ok()) break;
    presence = absl::UnavailableError(
        absl::StrCat(server.label, ": ", presence.status().message()));
  }
  return presence;
}

std::string TypeText(const DnsRecord& record) {
  switch (record.type) {
    case kTypeA:
      return "A";
    case kTypeAaaa:
      return "AAAA";
    default:
      return "CNAME";
  }
}

std::string RdataText(const DnsRecord& record) {
  if (record.type != kTypeCname) return AddressText(record.rdata);
  return absl::StrCat(Name::ParseWire(record.rdata).value_or(Name()).ToText(),
                      ".");
}

std::string ZoneLine(const Name& owner, const DnsRecord& record) {
  return absl::StrCat(owner.ToText(), ". ", record.ttl, " IN ",
                      TypeText(record), " ", RdataText(record));
}

absl::StatusOr<std::vector<ServerView>> AskAuthorities(
    const Name& owner, const AuthorityOptions& options) {
  Walk walk(options);
  const absl::Status status = walk.Ask(owner, 0);
  if (!status.ok()) return status;
  return walk.TakeViews();
}

}  // namespace danebound
