#include "tests/oracle/oracle.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace danebound {
namespace {

// What is read: a world at one time, as far as its questions were answered.
struct View {
  const World& world;
  int64_t now;
  const std::set<Question>* answered;  // none: all
  std::set<Question>* asked;           // every question read, for the caller
};

// What one question finds at the end of its aliases.
struct Found {
  Security security = Security::kFailed;
  bool no_anchor = false;  // insecure for want of a trust anchor only
  bool name_exists = true;
  bool is_alias = false;
  Security first_alias = Security::kFailed;  // of the first link alone
  Name end;
  std::vector<std::string> rdata;
  int64_t expires = 0;

  bool failed() const { return IsFailure(security); }
  bool HasData() const { return !failed() && !rdata.empty(); }
};

Found FoundFailure(const Name& name, Security security, int64_t expires) {
  Found found;
  found.security = security;
  found.end = name;
  found.expires = expires;
  return found;
}

Found FoundHere(const View& view, const Name& name, const Rrset& rrset) {
  const Security security = SecurityOf(rrset.health);
  const int64_t expires = view.now + rrset.ttl;
  if (IsFailure(security)) return FoundFailure(name, security, expires);
  Found found;
  found.security = security;
  found.no_anchor = rrset.health == Health::kNoAnchor;
  found.name_exists = rrset.name_exists;
  found.end = name;
  found.rdata = rrset.rdata;
  found.expires = expires;
  return found;
}

// RFC 7672 2.1.3: an insecure alias makes all after it insecure, a failed one
// fails the whole question.
Found Follow(const View& view, const Question& question, size_t aliases_left) {
  const Link link = LinkAt(view.world, question);
  if (const Rrset* rrset = std::get_if<Rrset>(&link)) {
    return FoundHere(view, question.name, *rrset);
  }
  const auto& alias = std::get<Alias>(link);
  const Security security = SecurityOf(alias.health);
  const int64_t expires = view.now + alias.ttl;
  if (IsFailure(security)) {
    return FoundFailure(question.name, security, expires);
  }
  if (aliases_left == 0) {
    return FoundFailure(question.name, Security::kFailed,
                        view.now + kFailureLife);
  }
  Found found = Follow(view, {alias.target, question.type}, aliases_left - 1);
  if (found.failed()) return found;
  const bool unsigned_after =
      found.security == Security::kInsecure && !found.no_anchor;
  found.no_anchor = (found.no_anchor || alias.health == Health::kNoAnchor) &&
                    !unsigned_after && alias.health != Health::kInsecure;
  found.security = std::min(found.security, security);
  found.is_alias = true;
  found.first_alias = security;
  found.expires = std::min(found.expires, expires);
  return found;
}

Found Find(const View& view, const Question& question) {
  view.asked->insert(question);
  if (view.answered != nullptr && view.answered->count(question) == 0) {
    return FoundFailure(question.name, Security::kFailed,
                        view.now + kFailureLife);
  }
  return Follow(view, question, kMostAliases);
}

void AddReason(std::vector<Reason>& reasons, ReasonId id) {
  reasons.push_back({id, "", absl::nullopt});
}

void AddFailure(std::vector<Reason>& reasons, const Found& found,
                ReasonId failed, ReasonId bogus) {
  AddReason(reasons, found.security == Security::kBogus ? bogus : failed);
}

// One address family. A record of the wrong length cannot be parsed, and the
// family has failed.
Found FindAddresses(const View& view, const Name& name, RrType type) {
  Found found = Find(view, {name, type});
  const size_t size = type == RrType::kA ? 4 : 16;
  for (const std::string& rdata : found.rdata) {
    if (rdata.size() != size) {
      return FoundFailure(name, Security::kFailed, found.expires);
    }
  }
  return found;
}

// RFC 7672 2.2.3; nullopt where the name would be longer than 255 octets.
absl::optional<Name> TlsaOwner(const Name& base_domain, uint16_t port) {
  absl::StatusOr<Name> name = base_domain.WithLabel("_tcp");
  if (name.ok()) name = name->WithLabel(absl::StrCat("_", port));
  return name.ok() ? absl::optional<Name>(*name) : absl::nullopt;
}

// A lookup on the way to TLSA has failed: when to ask again is for it to say.
void FailTlsa(const Found& found, HostFacts& host) {
  host.state = HostState::kTlsaFailed;
  host.expires = found.expires;
}

// Tries the candidate base domains in turn. RFC 7672 2.2.3.
void EvaluateTlsa(const View& view, const std::vector<Name>& candidates,
                  HostFacts& host) {
  host.state = HostState::kNoTlsa;
  for (const Name& candidate : candidates) {
    const absl::optional<Name> owner =
        TlsaOwner(candidate, view.world.next_hop.port);
    if (!owner) {
      AddReason(host.reasons, ReasonId::kTlsaNameTooLong);
      continue;
    }
    const Found found = Find(view, {*owner, RrType::kTlsa});
    host.expires = std::min(host.expires, found.expires);
    if (found.failed()) {
      AddFailure(host.reasons, found, ReasonId::kTlsaFailed,
                 ReasonId::kTlsaBogus);
      return FailTlsa(found, host);
    }
    if (found.security == Security::kSecure && found.HasData()) {
      host.state = HostState::kTlsa;
      host.base_domain = candidate;
      host.tlsa = found.rdata;
      return;
    }
    AddReason(host.reasons, found.security == Security::kSecure
                                ? ReasonId::kNoTlsa
                                : ReasonId::kInsecureTlsa);
  }
}

// Insecure addresses: only a secure alias lets TLSA be asked for, at its own
// name. RFC 7672 2.2.2, "Insecure CNAME".
void EvaluateInsecure(const View& view, const Found& deciding,
                      HostFacts& host) {
  AddReason(host.reasons, ReasonId::kInsecureAddress);
  if (deciding.no_anchor) AddReason(host.reasons, ReasonId::kNoTrustAnchor);
  host.state = HostState::kNoTlsa;
  if (!deciding.is_alias) return;
  if (!view.world.untold.contains(host.name)) {
    if (deciding.first_alias == Security::kSecure) {
      EvaluateTlsa(view, {host.name}, host);
    }
    return;
  }
  const Found alias = Find(view, {host.name, RrType::kCname});
  host.expires = std::min(host.expires, alias.expires);
  if (alias.failed()) {
    AddFailure(host.reasons, alias, ReasonId::kAliasFailed,
               ReasonId::kAliasBogus);
    return FailTlsa(alias, host);
  }
  if (alias.security != Security::kSecure) return;
  if (!alias.rdata.empty()) return EvaluateTlsa(view, {host.name}, host);
  AddReason(host.reasons, ReasonId::kAliasFailed);
  host.state = HostState::kTlsaFailed;
}

void EvaluateSecure(const View& view, const Found& deciding, HostFacts& host) {
  std::vector<Name> candidates = {host.name};
  if (deciding.end != host.name) {
    candidates.insert(candidates.begin(), deciding.end);
  }
  EvaluateTlsa(view, candidates, host);
}

// Of the families with addresses a secure one decides; among insecure ones one
// through an alias, because only there TLSA may count; else IPv4. Null where
// there is no address.
const Found* DecidingFamily(const Found& ipv4, const Found& ipv6) {
  if (!ipv4.HasData() && !ipv6.HasData()) return nullptr;
  if (!ipv4.HasData()) return &ipv6;
  if (!ipv6.HasData()) return &ipv4;
  if (ipv4.security == Security::kSecure) return &ipv4;
  if (ipv6.security == Security::kSecure) return &ipv6;
  return ipv6.is_alias && !ipv4.is_alias ? &ipv6 : &ipv4;
}

void EvaluateNoAddress(const Found& ipv4, const Found& ipv6, HostFacts& host) {
  host.security = std::min(ipv4.security, ipv6.security);
  if (ipv4.failed() || ipv6.failed()) {
    host.state = HostState::kAddressFailed;
    return;
  }
  host.state = HostState::kNoAddress;
  AddReason(host.reasons, ReasonId::kNoAddress);
}

void AddFamily(const Found& family, HostFacts& host) {
  if (family.failed()) {
    AddFailure(host.reasons, family, ReasonId::kAddressFailed,
               ReasonId::kAddressBogus);
    return;
  }
  for (const std::string& rdata : family.rdata) {
    host.addresses.push_back({*Address::ParseOctets(rdata), family.security});
  }
}

// RFC 7672 2.2.2 with the deliberate reading that a failed address family
// gives no addresses and the other one decides.
HostFacts EvaluateHost(const View& view, const Name& name,
                       uint16_t preference) {
  const Found ipv4 = FindAddresses(view, name, RrType::kA);
  const Found ipv6 = FindAddresses(view, name, RrType::kAaaa);
  HostFacts host;
  host.name = host.expanded = name;
  host.preference = preference;
  host.expires = kNoEnd;
  AddFamily(ipv4, host);
  AddFamily(ipv6, host);
  const Found* deciding = DecidingFamily(ipv4, ipv6);
  // A failure counts only for a host that has no address at all, and then
  // nothing else does.
  const bool address_failed =
      deciding == nullptr && (ipv4.failed() || ipv6.failed());
  for (const Found* family : {&ipv4, &ipv6}) {
    if (family->failed() != address_failed) continue;
    host.expires = std::min(host.expires, family->expires);
  }
  if (deciding == nullptr) {
    EvaluateNoAddress(ipv4, ipv6, host);
    return host;
  }
  host.expanded = deciding->end;
  host.security = deciding->security;
  if (deciding->security == Security::kSecure) {
    EvaluateSecure(view, *deciding, host);
  } else {
    EvaluateInsecure(view, *deciding, host);
  }
  return host;
}

struct Mx {
  uint16_t preference;
  Name exchange;
};

// nullopt where one record is no MX RDATA. RFC 1035 3.3.9.
absl::optional<std::vector<Mx>> ReadMx(const std::vector<std::string>& rdata) {
  std::vector<Mx> records;
  for (const std::string& record : rdata) {
    if (record.size() < 3) return absl::nullopt;
    absl::StatusOr<Name> exchange = Name::ParseWire(record.substr(2));
    if (!exchange.ok()) return absl::nullopt;
    const int high = static_cast<uint8_t>(record[0]);
    const int low = static_cast<uint8_t>(record[1]);
    records.push_back({static_cast<uint16_t>(high * 256 + low), *exchange});
  }
  return records;
}

// By preference, then by name; a host once, at its best. RFC 5321 5.1.
std::vector<Mx> InOrder(const std::vector<Mx>& records) {
  std::map<Name, uint16_t> best;
  for (const Mx& mx : records) {
    auto [entry, is_new] = best.insert({mx.exchange, mx.preference});
    if (!is_new) entry->second = std::min(entry->second, mx.preference);
  }
  std::vector<Mx> ordered;
  for (const auto& [exchange, preference] : best) {
    if (!exchange.IsRoot()) ordered.push_back({preference, exchange});
  }
  std::stable_sort(
      ordered.begin(), ordered.end(),
      [](const Mx& a, const Mx& b) { return a.preference < b.preference; });
  return ordered;
}

bool IsAddressAsName(const Name& name) {
  const std::vector<Name>& all = AddressesAsNames();
  return std::find(all.begin(), all.end(), name) != all.end();
}

HostFacts HostNotAskedFor(const Mx& mx, HostState state, ReasonId reason,
                          int64_t expires) {
  HostFacts host;
  host.name = host.expanded = mx.exchange;
  host.preference = mx.preference;
  host.state = state;
  host.expires = expires;
  AddReason(host.reasons, reason);
  return host;
}

// A host of `earlier` that still lives and was looked up.
const HostFacts* LivingHost(const Facts* earlier, const Name& name,
                            int64_t now) {
  if (earlier == nullptr) return nullptr;
  for (const HostFacts& host : earlier->hosts) {
    const bool looked_up = host.state != HostState::kNotEvaluated &&
                           host.state != HostState::kMxIsAddress;
    if (looked_up && host.name == name && host.expires > now) return &host;
  }
  return nullptr;
}

HostFacts KeepOrEvaluate(const View& view, const Facts* earlier, const Mx& mx) {
  const HostFacts* living = LivingHost(earlier, mx.exchange, view.now);
  if (living == nullptr) {
    return EvaluateHost(view, mx.exchange, mx.preference);
  }
  HostFacts host = *living;
  host.preference = mx.preference;
  return host;
}

void ListHosts(const View& view, const std::vector<Mx>& records,
               const Facts* earlier, Facts& facts) {
  const LookupLimits& limits = view.world.limits;
  size_t evaluated = 0;
  for (const Mx& mx : records) {
    if (facts.hosts.size() == limits.listed_hosts) {
      facts.truncated = true;
      break;
    }
    if (IsAddressAsName(mx.exchange)) {
      facts.hosts.push_back(HostNotAskedFor(
          mx, HostState::kMxIsAddress, ReasonId::kMxIsAddress, facts.expires));
    } else if (evaluated == limits.evaluated_hosts) {
      facts.truncated = true;
      facts.hosts.push_back(HostNotAskedFor(mx, HostState::kNotEvaluated,
                                            ReasonId::kNotEvaluated,
                                            facts.expires));
    } else {
      ++evaluated;
      facts.hosts.push_back(KeepOrEvaluate(view, earlier, mx));
    }
  }
  if (facts.truncated) {
    AddReason(facts.reasons, ReasonId::kHostsNotEvaluated);
  }
}

void EvaluateMxRecords(const View& view, const std::vector<Mx>& records,
                       const Facts* earlier, Facts& facts) {
  if (facts.security == Security::kInsecure) {
    AddReason(facts.reasons, ReasonId::kInsecureMx);
  }
  const std::vector<Mx> hosts = InOrder(records);
  if (hosts.empty()) {
    facts.kind = Kind::kNullMx;
    AddReason(facts.reasons, ReasonId::kNullMx);
    return;
  }
  facts.kind = Kind::kMx;
  for (const Mx& mx : records) {
    if (!mx.exchange.IsRoot()) continue;
    AddReason(facts.reasons, ReasonId::kNullMxIgnored);
    break;
  }
  ListHosts(view, hosts, earlier, facts);
}

void EvaluateNoMx(const View& view, const Found& found, const Facts* earlier,
                  Facts& facts) {
  if (!found.name_exists) {
    facts.kind = Kind::kNoSuchDomain;
    AddReason(facts.reasons, ReasonId::kNoSuchDomain);
    return;
  }
  facts.kind = Kind::kImplicitMx;
  AddReason(facts.reasons, ReasonId::kImplicitMx);
  facts.hosts.push_back(
      KeepOrEvaluate(view, earlier, {0, view.world.next_hop.name}));
}

// RFC 7672 2.2.1.
Facts EvaluateDomain(const View& view, const Facts* earlier) {
  Facts facts;
  facts.next_hop = view.world.next_hop;
  facts.expanded = facts.next_hop.name;
  const Found found = Find(view, {facts.next_hop.name, RrType::kMx});
  facts.expires = found.expires;
  facts.security = found.security;
  if (found.failed()) {
    AddFailure(facts.reasons, found, ReasonId::kMxFailed, ReasonId::kMxBogus);
    return facts;
  }
  facts.expanded = found.end;
  if (found.no_anchor) AddReason(facts.reasons, ReasonId::kNoTrustAnchor);
  const absl::optional<std::vector<Mx>> records = ReadMx(found.rdata);
  if (!records) {
    facts.security = Security::kFailed;
    AddReason(facts.reasons, ReasonId::kMxFailed);
    return facts;
  }
  if (records->empty()) {
    EvaluateNoMx(view, found, earlier, facts);
  } else {
    EvaluateMxRecords(view, *records, earlier, facts);
  }
  return facts;
}

Facts EvaluateHostNextHop(const View& view, const Facts* earlier) {
  Facts facts;
  facts.next_hop = view.world.next_hop;
  facts.kind = Kind::kHost;
  facts.security = Security::kSecure;
  facts.expires = kNoEnd;
  facts.hosts.push_back(
      KeepOrEvaluate(view, earlier, {0, facts.next_hop.name}));
  facts.expanded = facts.hosts[0].expanded;
  return facts;
}

Facts EvaluateAddress(const View& view) {
  Facts facts;
  facts.next_hop = view.world.next_hop;
  facts.kind = Kind::kAddress;
  facts.security = Security::kInsecure;
  facts.expires = view.now + kLiteralLife;
  AddReason(facts.reasons, ReasonId::kAddressLiteral);
  HostFacts host;
  host.state = HostState::kNoTlsa;
  host.security = Security::kInsecure;
  host.addresses = {{facts.next_hop.address, Security::kInsecure}};
  host.expires = facts.expires;
  facts.hosts.push_back(host);
  return facts;
}

Facts EvaluateNextHop(const View& view, const Facts* earlier) {
  switch (view.world.next_hop.form) {
    case NextHopForm::kDomain:
      return EvaluateDomain(view, earlier);
    case NextHopForm::kHost:
      return EvaluateHostNextHop(view, earlier);
    case NextHopForm::kAddress:
      return EvaluateAddress(view);
  }
  return {};
}

// RFC 6698 2.1, RFC 7672 3.1, in the order of the fields.
WhyNot WhyNotUsable(const std::string& rdata, const DigestOrder& order) {
  if (rdata.size() < 4) return WhyNot::kTooShort;
  const int usage = static_cast<uint8_t>(rdata[0]);
  const int selector = static_cast<uint8_t>(rdata[1]);
  const int matching = static_cast<uint8_t>(rdata[2]);
  const std::string data = rdata.substr(3);
  if (usage < 2) return WhyNot::kPkixUsage;
  if (usage > 3) return WhyNot::kUnknownUsage;
  if (selector > 1) return WhyNot::kUnknownSelector;
  if (matching == 0 && selector == 0) {
    return data == TheCertificate() ? WhyNot::kNone : WhyNot::kNotACertificate;
  }
  if (matching == 0) {
    return data == ThePublicKey() ? WhyNot::kNone : WhyNot::kNotAPublicKey;
  }
  const bool accepted =
      std::find(order.begin(), order.end(), matching) != order.end();
  if (matching > 2 || !accepted) return WhyNot::kUnknownMatching;
  const size_t length = matching == 1 ? 32 : 64;
  return data.size() == length ? WhyNot::kNone : WhyNot::kWrongDigestLength;
}

Tlsa ReadTlsa(const std::string& rdata, const DigestOrder& order) {
  Tlsa record;
  record.rdata = rdata;
  record.why_not = WhyNotUsable(rdata, order);
  if (!rdata.empty()) record.usage = static_cast<uint8_t>(rdata[0]);
  if (rdata.size() > 1) record.selector = static_cast<uint8_t>(rdata[1]);
  if (rdata.size() > 2) record.matching = static_cast<uint8_t>(rdata[2]);
  if (rdata.size() > 3) record.data = rdata.substr(3);
  return record;
}

bool Supersedes(const Tlsa& stronger, const Tlsa& record,
                const DigestOrder& order) {
  if (!stronger.usable() || stronger.matching == 0) return false;
  if (stronger.usage != record.usage) return false;
  if (stronger.selector != record.selector) return false;
  return std::find(order.begin(), order.end(), stronger.matching) <
         std::find(order.begin(), order.end(), record.matching);
}

// RFC 7671 9.
std::vector<Tlsa> ReadTlsaRrset(const std::vector<std::string>& rdata,
                                const DigestOrder& order) {
  std::vector<Tlsa> records;
  records.reserve(rdata.size());
  for (const std::string& record : rdata) {
    records.push_back(ReadTlsa(record, order));
  }
  for (Tlsa& record : records) {
    if (!record.usable() || record.matching == 0) continue;
    for (const Tlsa& other : records) {
      if (Supersedes(other, record, order)) record.superseded = true;
    }
  }
  return records;
}

bool CanAuthenticate(const HostVerdict& host) {
  return std::any_of(host.tlsa.begin(), host.tlsa.end(),
                     [](const Tlsa& record) { return record.usable(); });
}

void Skip(Cause cause, HostVerdict& host) {
  host.duty = Duty::kSkip;
  host.cause = cause;
  host.permanent = cause == Cause::kNoAddress || cause == Cause::kMxIsAddress;
}

void Owe(Duty duty, HostVerdict& host) {
  host.duty = duty;
  host.cause = Cause::kNone;
}

// RFC 7672 2.2: the four actions, and 2.2.1 for what an insecure MX permits.
void JudgeState(HostState state, bool insecure_mx, InsecureMx choice,
                HostVerdict& host) {
  const bool dane_is_off = insecure_mx && choice == InsecureMx::kOpportunistic;
  switch (state) {
    case HostState::kNotEvaluated:
      return Skip(Cause::kNotEvaluated, host);
    case HostState::kMxIsAddress:
      return Skip(Cause::kMxIsAddress, host);
    case HostState::kAddressFailed:
      return Skip(Cause::kAddressFailed, host);
    case HostState::kNoAddress:
      return Skip(Cause::kNoAddress, host);
    case HostState::kTlsaFailed:
      if (dane_is_off) return Owe(Duty::kOpportunistic, host);
      return Skip(Cause::kTlsaFailed, host);
    case HostState::kNoTlsa:
      return Owe(Duty::kOpportunistic, host);
    case HostState::kTlsa:
      if (dane_is_off) return Owe(Duty::kOpportunistic, host);
      const bool encrypt_only = insecure_mx && choice == InsecureMx::kEncrypt;
      const bool authenticate = CanAuthenticate(host) && !encrypt_only;
      return Owe(authenticate ? Duty::kAuthenticate : Duty::kEncrypt, host);
  }
}

// RFC 7672 6 with the deliberate readings of docs/conformance.md.
void JudgeRequire(bool mx_is_insecure, HostVerdict& host) {
  const bool own_cause = host.duty == Duty::kSkip && !mx_is_insecure;
  if (own_cause) return;
  if (host.duty == Duty::kAuthenticate && !mx_is_insecure) return;
  AddReason(host.reasons, ReasonId::kDaneRequired);
  Skip(Cause::kDaneRequired, host);
}

// RFC 7672 3.2.2.
std::vector<std::string> NamesOf(const HostVerdict& host,
                                 const Verdict& verdict) {
  std::vector<Name> names = {host.base_domain};
  if (verdict.kind == Kind::kMx) {
    if (verdict.security == Security::kSecure) {
      names.push_back(verdict.next_hop.name);
      names.push_back(verdict.expanded);
    }
  } else if (host.base_domain == host.expanded) {
    names.push_back(host.name);
  }
  std::vector<std::string> texts;
  for (const Name& name : names) {
    const std::string text = name.ToText();
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  return texts;
}

HostVerdict JudgeHost(const HostFacts& facts, int64_t mx_expires,
                      const Verdict& verdict, const Choices& choices) {
  HostVerdict host;
  host.name = facts.name;
  host.expanded = facts.expanded;
  host.preference = facts.preference;
  host.security = facts.security;
  host.addresses = facts.addresses;
  host.reasons = facts.reasons;
  if (facts.state == HostState::kTlsa) {
    host.base_domain = facts.base_domain;
    host.tlsa_name = *TlsaOwner(facts.base_domain, verdict.next_hop.port);
    host.tlsa = ReadTlsaRrset(facts.tlsa, choices.digest_order);
    if (!CanAuthenticate(host)) {
      AddReason(host.reasons, ReasonId::kAllUnusable);
    }
  }
  JudgeState(facts.state, verdict.insecure_mx, choices.insecure_mx, host);
  if (choices.require) JudgeRequire(verdict.insecure_mx, host);
  const bool is_failure = facts.state == HostState::kAddressFailed ||
                          facts.state == HostState::kTlsaFailed;
  host.expires = is_failure && host.duty == Duty::kSkip
                     ? facts.expires
                     : std::min(facts.expires, mx_expires);
  if (host.duty == Duty::kAuthenticate || host.duty == Duty::kEncrypt) {
    host.sni = host.base_domain.ToText();
  }
  if (host.duty == Duty::kAuthenticate) host.names = NamesOf(host, verdict);
  return host;
}

bool IsOwn(const HostFacts& host, const std::vector<Name>& own_names) {
  return std::find(own_names.begin(), own_names.end(), host.name) !=
         own_names.end();
}

// RFC 5321 5.1: the least preference value of this host; only lower ones stay.
// None where it is not among the MX hosts.
absl::optional<uint16_t> OwnPreference(const Facts& facts,
                                       const std::vector<Name>& own_names) {
  absl::optional<uint16_t> least;
  if (facts.kind != Kind::kMx && facts.kind != Kind::kImplicitMx) return least;
  for (const HostFacts& host : facts.hosts) {
    if (!IsOwn(host, own_names)) continue;
    least = least ? std::min(*least, host.preference) : host.preference;
  }
  return least;
}

void Defer(absl::string_view dsn, Verdict& verdict) {
  verdict.disposition = Disposition::kDefer;
  verdict.dsn = std::string(dsn);
}

// What is insecure may be forged, and under mandatory DANE no message is
// returned on its word. RFC 7672 2.2.1, 6.
bool RestsOnInsecureAnswers(const Verdict& verdict) {
  if (verdict.security == Security::kInsecure) return true;
  return std::any_of(verdict.hosts.begin(), verdict.hosts.end(),
                     [](const HostVerdict& host) {
                       return host.cause == Cause::kNoAddress &&
                              host.security == Security::kInsecure;
                     });
}

void Return(absl::string_view dsn, Verdict& verdict) {
  if (verdict.require && RestsOnInsecureAnswers(verdict)) {
    AddReason(verdict.reasons, ReasonId::kDaneRequired);
    return Defer("4.7.5", verdict);
  }
  verdict.disposition = Disposition::kUndeliverable;
  verdict.dsn = std::string(dsn);
}

// RFC 7672 2.1.2. A host that is not listed is not known to be absent.
void DisposeByHosts(Verdict& verdict) {
  bool all_permanent = !verdict.truncated;
  bool dane_required = false;
  for (const HostVerdict& host : verdict.hosts) {
    if (host.duty != Duty::kSkip) {
      verdict.disposition = Disposition::kDeliver;
      return;
    }
    all_permanent = all_permanent && host.permanent;
    dane_required = dane_required || host.cause == Cause::kDaneRequired;
  }
  if (verdict.hosts.empty()) return Return("5.4.6", verdict);
  if (all_permanent) return Return("5.4.4", verdict);
  Defer(dane_required ? "4.7.5" : "4.4.3", verdict);
}

void JudgeDisposition(Verdict& verdict) {
  switch (verdict.kind) {
    case Kind::kFailed:
      return Defer("4.4.3", verdict);
    case Kind::kNullMx:
      return Return("5.1.10", verdict);
    case Kind::kNoSuchDomain:
      return Return("5.1.2", verdict);
    case Kind::kMx:
    case Kind::kImplicitMx:
    case Kind::kHost:
    case Kind::kAddress:
      return DisposeByHosts(verdict);
  }
}

// The least of the MX part and of the hosts that did not fail; of all where
// all failed.
int64_t LeastExpiry(const Facts& facts) {
  int64_t good = facts.expires;
  int64_t all = facts.expires;
  bool any_good = facts.hosts.empty();
  for (const HostFacts& host : facts.hosts) {
    all = std::min(all, host.expires);
    if (host.state == HostState::kAddressFailed) continue;
    if (host.state == HostState::kTlsaFailed) continue;
    any_good = true;
    good = std::min(good, host.expires);
  }
  return any_good ? good : all;
}

Expectation EvaluateView(const World& world, int64_t now,
                         const std::set<Question>* answered) {
  Expectation expectation;
  expectation.facts =
      EvaluateNextHop({world, now, answered, &expectation.permitted}, nullptr);
  return expectation;
}

}  // namespace

Expectation Evaluate(const World& world, int64_t now) {
  return EvaluateView(world, now, nullptr);
}

Expectation EvaluateGivenUp(const World& world, int64_t now,
                            const std::set<Question>& answered) {
  return EvaluateView(world, now, &answered);
}

Expectation Renew(const Facts& earlier, const World& world, int64_t now) {
  Expectation expectation;
  const View view = {world, now, nullptr, &expectation.permitted};
  if (earlier.kind == Kind::kFailed || earlier.expires <= now) {
    expectation.facts = EvaluateNextHop(view, &earlier);
    return expectation;
  }
  expectation.facts = earlier;
  for (HostFacts& host : expectation.facts.hosts) {
    if (host.expires <= now) {
      host = EvaluateHost(view, host.name, host.preference);
    }
  }
  if (earlier.kind == Kind::kHost) {
    expectation.facts.expanded = expectation.facts.hosts[0].expanded;
  }
  return expectation;
}

Verdict Judge(const Facts& facts, const Choices& choices) {
  Verdict verdict;
  verdict.next_hop = facts.next_hop;
  verdict.kind = facts.kind;
  verdict.security = facts.security;
  verdict.expanded = facts.expanded;
  verdict.insecure_mx =
      facts.kind == Kind::kMx && facts.security == Security::kInsecure;
  verdict.require = choices.require;
  verdict.truncated = facts.truncated;
  verdict.expires = LeastExpiry(facts);
  verdict.reasons = facts.reasons;
  const absl::optional<uint16_t> own = OwnPreference(facts, choices.own_names);
  if (own) AddReason(verdict.reasons, ReasonId::kOwnName);
  for (const HostFacts& host : facts.hosts) {
    if (own && host.preference >= *own) continue;
    verdict.hosts.push_back(JudgeHost(host, facts.expires, verdict, choices));
  }
  JudgeDisposition(verdict);
  return verdict;
}

}  // namespace danebound
