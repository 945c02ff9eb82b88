#include "stub/check/trial.h"

#include <vector>

#include "stub/dane/facts.h"

namespace danebound {
namespace {

// The state that a host's lookups ended in; of those that are skipped by choice
// alone, the one below that choice.
HostState StateOf(const HostVerdict& host) {
  switch (host.cause) {
    case Cause::kAddressFailed:
      return HostState::kAddressFailed;
    case Cause::kNoAddress:
      return HostState::kNoAddress;
    case Cause::kTlsaFailed:
      return HostState::kTlsaFailed;
    case Cause::kMxIsAddress:
      return HostState::kMxIsAddress;
    case Cause::kNotEvaluated:
      return HostState::kNotEvaluated;
    case Cause::kNone:
    case Cause::kDaneRequired:
      break;
  }
  return host.tlsa.empty() ? HostState::kNoTlsa : HostState::kTlsa;
}

// What the tried records make untrue.
bool IsOfPublishedTlsa(const Reason& reason) {
  return reason.id == ReasonId::kTlsaFailed ||
         reason.id == ReasonId::kTlsaBogus || reason.id == ReasonId::kNoTlsa ||
         reason.id == ReasonId::kInsecureTlsa;
}

// What is no fact: Conclude adds it.
bool IsConcluded(const Reason& reason) {
  return reason.id == ReasonId::kAllUnusable ||
         reason.id == ReasonId::kDaneRequired;
}

HostFacts FactsOf(const HostVerdict& host) {
  HostFacts facts;
  facts.name = host.name;
  facts.expanded = host.expanded;
  facts.preference = host.preference;
  facts.state = StateOf(host);
  facts.security = host.security;
  facts.addresses = host.addresses;
  facts.base_domain = host.base_domain;
  for (const Tlsa& each : host.tlsa) facts.tlsa.push_back(each.rdata);
  facts.expires = host.expires;
  facts.reasons = host.reasons;
  std::erase_if(facts.reasons, IsConcluded);
  return facts;
}

// Only a host with secure addresses is asked for TLSA records. RFC 7672 2.2.2.
void TryRecords(const std::vector<std::string>& tlsa, HostFacts& host) {
  if (host.addresses.empty() || host.security != Security::kSecure) return;
  if (host.base_domain.IsRoot()) host.base_domain = host.expanded;
  host.state = HostState::kTlsa;
  host.tlsa = tlsa;
  std::erase_if(host.reasons, IsOfPublishedTlsa);
}

Facts FactsOf(const Verdict& verdict) {
  Facts facts;
  facts.next_hop = verdict.next_hop;
  facts.kind = verdict.kind;
  facts.security = verdict.security;
  facts.expanded = verdict.expanded;
  facts.truncated = verdict.truncated;
  facts.expires = verdict.expires;
  facts.reasons = verdict.reasons;
  std::erase_if(facts.reasons, IsConcluded);
  for (const HostVerdict& host : verdict.hosts) {
    facts.hosts.push_back(FactsOf(host));
  }
  return facts;
}

Verdict WithRecords(const Verdict& verdict,
                    const std::vector<std::string>& tlsa,
                    const Choices& choices) {
  Facts facts = FactsOf(verdict);
  for (HostFacts& host : facts.hosts) TryRecords(tlsa, host);
  return ContradictionIn(facts).empty() ? Conclude(facts, choices) : verdict;
}

void ChooseAddresses(const Trial& trial, HostVerdict& host) {
  if (!trial.addresses.empty() && !host.addresses.empty()) {
    host.addresses.clear();
    for (const Address& each : trial.addresses) {
      host.addresses.push_back({each, host.security});
    }
  }
  std::erase_if(host.addresses, [&](const HostAddress& each) {
    return each.address.IsIpv6() ? !trial.ipv6 : !trial.ipv4;
  });
}

}  // namespace

Verdict Tried(const Verdict& verdict, const Trial& trial,
              const Choices& choices) {
  Verdict tried =
      trial.tlsa.empty() ? verdict : WithRecords(verdict, trial.tlsa, choices);
  for (HostVerdict& host : tried.hosts) ChooseAddresses(trial, host);
  return tried;
}

}  // namespace danebound
