#include "stub/check/trial.h"

#include <algorithm>
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

// Says whether a reason is what came of asking for TLSA records at one base
// domain: each that was asked without finding some has one, in order.
bool IsOfTlsa(const Reason& reason) {
  return reason.id == ReasonId::kTlsaFailed ||
         reason.id == ReasonId::kTlsaBogus || reason.id == ReasonId::kNoTlsa ||
         reason.id == ReasonId::kInsecureTlsa ||
         reason.id == ReasonId::kTlsaNameTooLong;
}

// Records there would not count, or cannot be.
bool LeavesNoPlace(const Reason& reason) {
  return reason.id == ReasonId::kInsecureTlsa ||
         reason.id == ReasonId::kTlsaNameTooLong;
}

// Base domains in the order in which they are asked. RFC 7672 2.2.2.
std::vector<Name> BaseDomainsOf(const HostFacts& host) {
  if (host.expanded == host.name || host.security != Security::kSecure) {
    return {host.name};
  }
  return {host.expanded, host.name};
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

// Where records would count had they been published: the first base domain that
// was asked and is in a signed zone, with the reason why none were found there.
// Reasons before that one stay true. RFC 7672 2.2.2, 2.2.3.
void ChooseBaseDomain(HostFacts& host) {
  auto reason =
      std::find_if(host.reasons.begin(), host.reasons.end(), IsOfTlsa);
  for (const Name& each : BaseDomainsOf(host)) {
    if (reason == host.reasons.end()) return;
    if (!LeavesNoPlace(*reason)) {
      host.base_domain = each;
      host.reasons.erase(std::remove_if(reason, host.reasons.end(), IsOfTlsa),
                         host.reasons.end());
      return;
    }
    reason = std::find_if(reason + 1, host.reasons.end(), IsOfTlsa);
  }
}

void SayWhyRecordsWouldNotCount(HostFacts& host) {
  for (Reason& each : host.reasons) {
    if (each.id != ReasonId::kInsecureTlsa) continue;
    each.text += "; records there would not count, nor do those tried";
  }
}

void TryRecords(const std::vector<std::string>& tlsa, HostFacts& host) {
  if (host.addresses.empty()) return;
  if (host.base_domain.IsRoot()) ChooseBaseDomain(host);
  if (host.base_domain.IsRoot()) return SayWhyRecordsWouldNotCount(host);
  host.state = HostState::kTlsa;
  host.tlsa = tlsa;
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
