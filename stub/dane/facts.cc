#include "stub/dane/facts.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

struct SecurityRange {
  Security least;
  Security most;

  bool Holds(Security security) const {
    return security >= least && security <= most;
  }
};

constexpr SecurityRange kFailure = {Security::kFailed, Security::kBogus};
constexpr SecurityRange kAnswered = {Security::kInsecure, Security::kSecure};
constexpr SecurityRange kInsecureOnly = {Security::kInsecure,
                                         Security::kInsecure};
constexpr SecurityRange kSecureOnly = {Security::kSecure, Security::kSecure};

// What a kind says of the rest of the facts.
struct KindRule {
  NextHopForm form;
  SecurityRange security;
  bool has_hosts;
};

KindRule RuleOf(Kind kind) {
  switch (kind) {
    case Kind::kFailed:
      return {NextHopForm::kDomain, kFailure, false};
    case Kind::kMx:
    case Kind::kImplicitMx:
      return {NextHopForm::kDomain, kAnswered, true};
    case Kind::kNullMx:
    case Kind::kNoSuchDomain:
      return {NextHopForm::kDomain, kAnswered, false};
    case Kind::kHost:
      return {NextHopForm::kHost, kSecureOnly, true};
    case Kind::kAddress:
      return {NextHopForm::kAddress, kInsecureOnly, true};
  }
  return {NextHopForm::kDomain, kFailure, false};
}

// What a state says of the rest of a host.
struct StateRule {
  SecurityRange security;
  bool has_addresses;
};

StateRule RuleOf(HostState state) {
  switch (state) {
    case HostState::kNotEvaluated:
    case HostState::kMxIsAddress:
    case HostState::kAddressFailed:
      return {kFailure, false};
    case HostState::kNoAddress:
      return {kAnswered, false};
    case HostState::kTlsaFailed:
    case HostState::kNoTlsa:
    case HostState::kTlsa:
      return {kAnswered, true};
  }
  return {kFailure, false};
}

HostOutline OutlineOf(const HostFacts& host) {
  HostOutline outline;
  outline.state = host.state;
  outline.security = host.security;
  outline.has_addresses = !host.addresses.empty();
  outline.has_failed_address = std::any_of(
      host.addresses.begin(), host.addresses.end(),
      [](const HostAddress& address) { return IsFailure(address.security); });
  outline.has_tlsa = !host.tlsa.empty();
  outline.has_own_base =
      host.base_domain == host.name || host.base_domain == host.expanded;
  return outline;
}

}  // namespace

absl::string_view ToText(Kind kind) {
  switch (kind) {
    case Kind::kFailed:
      return "failed";
    case Kind::kMx:
      return "mx";
    case Kind::kImplicitMx:
      return "implicit-mx";
    case Kind::kNullMx:
      return "null-mx";
    case Kind::kNoSuchDomain:
      return "no-such-domain";
    case Kind::kHost:
      return "host";
    case Kind::kAddress:
      return "address";
  }
  return "";
}

bool IsFailure(HostState state) {
  return state == HostState::kAddressFailed || state == HostState::kTlsaFailed;
}

absl::string_view ContradictionIn(const HostOutline& host) {
  const StateRule rule = RuleOf(host.state);
  if (!rule.security.Holds(host.security)) {
    return "its security is none that its state can have";
  }
  if (host.has_addresses != rule.has_addresses) {
    return rule.has_addresses ? "it has no address" : "it has addresses";
  }
  if (host.has_failed_address) {
    return "an address of it comes of a failed lookup";
  }
  const bool wants_tlsa = host.state == HostState::kTlsa;
  if (host.has_tlsa != wants_tlsa) {
    return wants_tlsa ? "it has no TLSA records" : "it has TLSA records";
  }
  if (wants_tlsa && !host.has_own_base) {
    return "its TLSA base domain is none of its names";
  }
  return "";
}

std::string ContradictionIn(const FactsOutline& facts) {
  const KindRule rule = RuleOf(facts.kind);
  const absl::string_view kind = ToText(facts.kind);
  if (facts.form != rule.form) {
    return absl::StrCat("the kind ", kind, " does not belong to the next hop");
  }
  if (!rule.security.Holds(facts.security)) {
    return absl::StrCat("the kind ", kind, " is never ",
                        ToText(facts.security));
  }
  if (facts.has_hosts != rule.has_hosts) {
    return absl::StrCat("the kind ", kind,
                        rule.has_hosts ? " has hosts" : " has no hosts");
  }
  return "";
}

std::string ContradictionIn(const Facts& facts) {
  std::string wrong = ContradictionIn(FactsOutline{
      facts.kind, facts.next_hop.form, facts.security, !facts.hosts.empty()});
  if (!wrong.empty()) return wrong;
  for (const HostFacts& host : facts.hosts) {
    const absl::string_view of_host = ContradictionIn(OutlineOf(host));
    if (!of_host.empty()) {
      return absl::StrCat(host.name.ToText(), ": ", of_host);
    }
  }
  return "";
}

void LifeOfHosts::Add(HostState state, int64_t expires) {
  int64_t& least = IsFailure(state) ? of_failed_ : of_standing_;
  least = std::min(least, expires);
}

int64_t LifeOfHosts::With(int64_t mx_expires) const {
  const bool all_failed = of_standing_ == kNoEnd;
  return std::min(mx_expires, all_failed ? of_failed_ : of_standing_);
}

int64_t ExpiryOf(const Facts& facts) {
  LifeOfHosts life;
  for (const HostFacts& host : facts.hosts) life.Add(host.state, host.expires);
  return life.With(facts.expires);
}

}  // namespace danebound
