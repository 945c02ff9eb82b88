#include "stub/dane/conclude.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/dane/host_walk.h"
#include "stub/dane/tls_key.h"

namespace danebound {
namespace {

void AddReason(ReasonId id, absl::string_view text,
               std::vector<Reason>* reasons) {
  reasons->push_back({id, std::string(text), absl::nullopt});
}

bool HasUsable(const std::vector<Tlsa>& records) {
  return std::any_of(records.begin(), records.end(),
                     [](const Tlsa& record) { return record.usable(); });
}

MxOutline OutlineOf(const Facts& facts) {
  return {facts.kind, facts.security, facts.expires};
}

void SetDuty(const HostDuty& found, HostVerdict* host) {
  host->duty = found.duty;
  host->cause = found.cause;
  host->permanent = found.permanent;
  host->expires = found.expires;
}

std::vector<std::string> ReferenceTexts(const Facts& facts,
                                        const HostVerdict& host) {
  const ReferenceNames wires =
      ReferenceNamesOf(OutlineOf(facts), host.base_domain.wire(),
                       facts.next_hop.name.wire(), facts.expanded.wire());
  std::vector<std::string> names;
  for (size_t i = 0; i < wires.count; ++i) {
    names.push_back(Name::ParseWire(wires.names[i])->ToText());
  }
  return names;
}

// RFC 8460 4.4.
void SetPolicy(const Facts& facts, const HostDuty& found, HostVerdict* host) {
  if (!HasTlsaPolicy(found)) {
    host->policy_type = "no-policy-found";
    if (!facts.next_hop.name.IsRoot()) {
      host->policy_domain = facts.next_hop.name.ToText();
    }
    return;
  }
  host->policy_type = "tlsa";
  const Name& domain =
      host->base_domain.IsRoot() ? host->name : host->base_domain;
  // An address has no name.
  if (!domain.IsRoot()) host->policy_domain = domain.ToText();
  for (const Tlsa& record : host->tlsa) {
    host->policy_strings.push_back(ToText(record));
  }
}

HostVerdict ConcludeHost(const Facts& facts, const Choices& choices,
                         const HostFacts& host_facts) {
  HostVerdict host;
  host.name = host_facts.name;
  host.expanded = host_facts.expanded;
  host.preference = host_facts.preference;
  host.security = host_facts.security;
  host.addresses = host_facts.addresses;
  host.reasons = host_facts.reasons;
  if (host_facts.state == HostState::kTlsa) {
    host.base_domain = host_facts.base_domain;
    host.tlsa_name =
        TlsaName(host.base_domain, facts.next_hop.port).value_or(Name());
    host.tlsa = JudgeTlsa(host_facts.tlsa, choices.digest_order);
    if (!HasUsable(host.tlsa)) {
      AddReason(ReasonId::kAllUnusable,
                absl::StrCat(kAllUnusableText[0], host.tlsa_name.ToText(),
                             kAllUnusableText[1]),
                &host.reasons);
    }
  }
  const MxOutline mx = OutlineOf(facts);
  const HostDuty found =
      DutyOf(mx, {host_facts.state, HasUsable(host.tlsa), host_facts.expires},
             choices);
  SetDuty(found, &host);
  if (found.cause == Cause::kDaneRequired) {
    AddReason(
        ReasonId::kDaneRequired,
        mx.is_insecure_mx() ? kRequiredOfInsecureMxText : kRequiredOfHostText,
        &host.reasons);
  }
  // RFC 7672 8.1.
  if (IsBoundByTlsa(host.duty)) host.sni = host.base_domain.ToText();
  if (host.duty == Duty::kAuthenticate) {
    host.names = ReferenceTexts(facts, host);
  }
  SetPolicy(facts, found, &host);
  host.tls_key = TlsKeyOf(host, facts.next_hop.port);
  return host;
}

// RFC 5321 5.1: hosts no better than the best of our own names are cut.
void CutAtOwnName(const Choices& choices, Verdict* verdict) {
  const auto own = std::find_if(
      verdict->hosts.begin(), verdict->hosts.end(),
      [&choices](const HostVerdict& host) {
        return std::find(choices.own_names.begin(), choices.own_names.end(),
                         host.name) != choices.own_names.end();
      });
  if (!MayCut(verdict->kind) || own == verdict->hosts.end()) return;
  const uint16_t preference = own->preference;
  AddReason(ReasonId::kOwnName,
            absl::StrCat(own->name.ToText(), kOwnNameText[0], preference,
                         kOwnNameText[1]),
            &verdict->reasons);
  verdict->hosts.erase(
      std::remove_if(verdict->hosts.begin(), verdict->hosts.end(),
                     [preference](const HostVerdict& host) {
                       return host.preference >= preference;
                     }),
      verdict->hosts.end());
}

void SetDisposition(const Facts& facts, Verdict* verdict) {
  Disposing disposing;
  for (const HostVerdict& host : verdict->hosts) {
    disposing.Add({host.duty, host.cause, host.permanent, host.expires},
                  host.security);
  }
  const Decided decided =
      disposing.End(OutlineOf(facts), verdict->truncated, verdict->require);
  verdict->disposition = decided.disposition;
  verdict->dsn = std::string(decided.dsn);
  if (!decided.is_dane_required) return;
  AddReason(ReasonId::kDaneRequired, kRequiredOfReturnText, &verdict->reasons);
}

Verdict ConcludeSound(const Facts& facts, const Choices& choices) {
  Verdict verdict;
  verdict.next_hop = facts.next_hop;
  verdict.kind = facts.kind;
  verdict.security = facts.security;
  verdict.expanded = facts.expanded;
  verdict.insecure_mx = OutlineOf(facts).is_insecure_mx();
  verdict.require = choices.require;
  verdict.truncated = facts.truncated;
  verdict.expires = ExpiryOf(facts);
  verdict.reasons = facts.reasons;
  verdict.hosts.reserve(facts.hosts.size());
  for (const HostFacts& host : facts.hosts) {
    verdict.hosts.push_back(ConcludeHost(facts, choices, host));
  }
  CutAtOwnName(choices, &verdict);
  SetDisposition(facts, &verdict);
  return verdict;
}

// What is known when the facts contradict themselves: nothing.
Facts AsFailure(const Facts& facts, absl::string_view contradiction) {
  Facts failure;
  failure.next_hop = facts.next_hop;
  failure.expanded = facts.next_hop.name;
  failure.expires = ExpiryOf(facts);
  AddReason(ReasonId::kMxFailed,
            absl::StrCat("the facts contradict themselves: ", contradiction),
            &failure.reasons);
  return failure;
}

}  // namespace

Verdict Conclude(const Facts& facts, const Choices& choices) {
  const std::string contradiction = ContradictionIn(facts);
  if (contradiction.empty()) return ConcludeSound(facts, choices);
  return ConcludeSound(AsFailure(facts, contradiction), choices);
}

void ShuffleEqualPreferences(Verdict& verdict, std::mt19937& random) {
  for (auto first = verdict.hosts.begin(); first != verdict.hosts.end();) {
    const auto last = std::find_if(
        first, verdict.hosts.end(), [&first](const HostVerdict& host) {
          return host.preference != first->preference;
        });
    std::shuffle(first, last, random);
    first = last;
  }
}

}  // namespace danebound
