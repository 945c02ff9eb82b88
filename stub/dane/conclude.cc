#include "stub/dane/conclude.h"

#include <algorithm>
#include <iterator>
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

bool IsInsecureMx(const Facts& facts) {
  return facts.kind == Kind::kMx && facts.security != Security::kSecure;
}

// Says whether the caller attempts no DANE here, so that a host's TLSA, or its
// failure, decides nothing. RFC 7672 2.2.1.
bool IgnoresTlsa(const Facts& facts, const Choices& choices) {
  return IsInsecureMx(facts) && !choices.require &&
         choices.insecure_mx == InsecureMx::kOpportunistic;
}

void Skip(Cause cause, bool permanent, HostVerdict* host) {
  host->duty = Duty::kSkip;
  host->cause = cause;
  host->permanent = permanent;
}

void Use(Duty duty, HostVerdict* host) {
  host->duty = duty;
  host->cause = Cause::kNone;
}

// The four actions of RFC 7672 2.2 for a host with secure TLSA records.
Duty DutyUnderTlsa(const Facts& facts, const Choices& choices,
                   const HostVerdict& host) {
  if (IgnoresTlsa(facts, choices)) return Duty::kOpportunistic;
  if (!HasUsable(host.tlsa)) return Duty::kEncrypt;
  if (IsInsecureMx(facts) && choices.insecure_mx == InsecureMx::kEncrypt) {
    return Duty::kEncrypt;
  }
  return Duty::kAuthenticate;
}

void SetDuty(const Facts& facts, const Choices& choices, HostState state,
             HostVerdict* host) {
  switch (state) {
    case HostState::kNotEvaluated:
      return Skip(Cause::kNotEvaluated, /*permanent=*/false, host);
    case HostState::kMxIsAddress:
      return Skip(Cause::kMxIsAddress, /*permanent=*/true, host);
    case HostState::kAddressFailed:
      return Skip(Cause::kAddressFailed, /*permanent=*/false, host);
    case HostState::kNoAddress:
      return Skip(Cause::kNoAddress, /*permanent=*/true, host);
    case HostState::kTlsaFailed:
      if (IgnoresTlsa(facts, choices)) {
        return Use(Duty::kOpportunistic, host);
      }
      return Skip(Cause::kTlsaFailed, /*permanent=*/false, host);
    case HostState::kNoTlsa:
      return Use(Duty::kOpportunistic, host);
    case HostState::kTlsa:
      return Use(DutyUnderTlsa(facts, choices, *host), host);
  }
}

// Mandatory DANE, RFC 7672 6: a securely found host that authenticates, or
// none.
void ApplyRequire(const Facts& facts, HostVerdict* host) {
  const bool insecure = IsInsecureMx(facts);
  const bool lacks_tlsa =
      host->duty == Duty::kEncrypt || host->duty == Duty::kOpportunistic;
  if (!insecure && !lacks_tlsa) return;
  AddReason(ReasonId::kDaneRequired,
            insecure ? "DANE is required, and the MX records are insecure"
                     : "DANE is required, and the host has no secure usable "
                       "TLSA records",
            &host->reasons);
  Skip(Cause::kDaneRequired, /*permanent=*/false, host);
}

void AddName(const Name& name, std::vector<std::string>* names) {
  std::string text = name.ToText();
  if (std::find(names->begin(), names->end(), text) == names->end()) {
    names->push_back(std::move(text));
  }
}

// RFC 7672 3.2.2.
std::vector<std::string> ReferenceNames(const Facts& facts,
                                        const HostVerdict& host) {
  std::vector<std::string> names;
  AddName(host.base_domain, &names);
  switch (facts.kind) {
    case Kind::kMx:
      if (IsInsecureMx(facts)) break;
      AddName(facts.next_hop.name, &names);
      AddName(facts.expanded, &names);
      break;
    case Kind::kImplicitMx:
    case Kind::kHost:
      AddName(facts.next_hop.name, &names);
      break;
    case Kind::kFailed:
    case Kind::kNullMx:
    case Kind::kNoSuchDomain:
    case Kind::kAddress:
      break;
  }
  return names;
}

// RFC 8460 4.4.
void SetPolicy(const Facts& facts, HostVerdict* host) {
  const bool bound =
      host->duty == Duty::kAuthenticate || host->duty == Duty::kEncrypt;
  const bool dane_failed =
      host->duty == Duty::kSkip && (host->cause == Cause::kTlsaFailed ||
                                    host->cause == Cause::kDaneRequired);
  if (!bound && !dane_failed) {
    host->policy_type = "no-policy-found";
    if (!facts.next_hop.name.IsRoot()) {
      host->policy_domain = facts.next_hop.name.ToText();
    }
    return;
  }
  host->policy_type = "tlsa";
  host->policy_domain =
      (host->base_domain.IsRoot() ? host->name : host->base_domain).ToText();
  for (const Tlsa& record : host->tlsa) {
    host->policy_strings.push_back(ToText(record));
  }
}

// A skipped host whose lookups failed is asked for again alone, however long
// the MX records live.
int64_t ExpiryOf(const Facts& facts, const HostFacts& host, Duty duty) {
  if (duty == Duty::kSkip && IsFailure(host.state)) return host.expires;
  return std::min(facts.expires, host.expires);
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
                absl::StrCat("no TLSA record of ", host.tlsa_name.ToText(),
                             " is usable"),
                &host.reasons);
    }
  }
  SetDuty(facts, choices, host_facts.state, &host);
  if (choices.require) ApplyRequire(facts, &host);
  host.expires = ExpiryOf(facts, host_facts, host.duty);
  // RFC 7672 8.1.
  if (host.duty == Duty::kAuthenticate || host.duty == Duty::kEncrypt) {
    host.sni = host.base_domain.ToText();
  }
  if (host.duty == Duty::kAuthenticate) {
    host.names = ReferenceNames(facts, host);
  }
  SetPolicy(facts, &host);
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
  const bool of_the_domain =
      verdict->kind == Kind::kMx || verdict->kind == Kind::kImplicitMx;
  if (!of_the_domain || own == verdict->hosts.end()) return;
  const uint16_t preference = own->preference;
  AddReason(ReasonId::kOwnName,
            absl::StrCat(own->name.ToText(),
                         " is this host: hosts of "
                         "preference ",
                         preference, " and worse are cut"),
            &verdict->reasons);
  verdict->hosts.erase(
      std::remove_if(verdict->hosts.begin(), verdict->hosts.end(),
                     [preference](const HostVerdict& host) {
                       return host.preference >= preference;
                     }),
      verdict->hosts.end());
}

void Decide(Disposition disposition, absl::string_view dsn, Verdict* verdict) {
  verdict->disposition = disposition;
  verdict->dsn = std::string(dsn);
}

// Says whether an insecure answer, which may be forged, is what makes the
// domain undeliverable.
bool RestsOnInsecureAnswers(const Verdict& verdict) {
  if (verdict.security == Security::kInsecure) return true;
  return std::any_of(verdict.hosts.begin(), verdict.hosts.end(),
                     [](const HostVerdict& host) {
                       return host.cause == Cause::kNoAddress &&
                              host.security == Security::kInsecure;
                     });
}

// Returns the message, but under mandatory DANE never on the word of an
// insecure answer. RFC 7672 2.2.1, 6.
void Return(absl::string_view dsn, Verdict* verdict) {
  if (verdict->require && RestsOnInsecureAnswers(*verdict)) {
    AddReason(ReasonId::kDaneRequired,
              "DANE is required, and only an insecure answer says that the "
              "domain is undeliverable",
              &verdict->reasons);
    return Decide(Disposition::kDefer, "4.7.5", verdict);
  }
  Decide(Disposition::kUndeliverable, dsn, verdict);
}

// Enhanced status codes: RFC 3463; RFC 7505 4.1 for null MX.
void DecideByHosts(Verdict* verdict) {
  const auto& hosts = verdict->hosts;
  const auto any = [&hosts](auto holds) {
    return std::any_of(hosts.begin(), hosts.end(), holds);
  };
  if (any([](const HostVerdict& h) { return h.duty != Duty::kSkip; })) {
    Decide(Disposition::kDeliver, "", verdict);
  } else if (hosts.empty()) {  // all cut at our own name: routing loop
    Return("5.4.6", verdict);
  } else if (!verdict->truncated &&  // those not listed are not known
             !any([](const HostVerdict& h) { return !h.permanent; })) {
    Return("5.4.4", verdict);
  } else if (any([](const HostVerdict& h) {
               return h.cause == Cause::kDaneRequired;
             })) {
    Decide(Disposition::kDefer, "4.7.5", verdict);
  } else {
    Decide(Disposition::kDefer, "4.4.3", verdict);
  }
}

void SetDisposition(Verdict* verdict) {
  switch (verdict->kind) {
    case Kind::kFailed:
      return Decide(Disposition::kDefer, "4.4.3", verdict);
    case Kind::kNullMx:
      return Return("5.1.10", verdict);
    case Kind::kNoSuchDomain:
      return Return("5.1.2", verdict);
    case Kind::kMx:
    case Kind::kImplicitMx:
    case Kind::kHost:
    case Kind::kAddress:
      return DecideByHosts(verdict);
  }
}

Verdict ConcludeSound(const Facts& facts, const Choices& choices) {
  Verdict verdict;
  verdict.next_hop = facts.next_hop;
  verdict.kind = facts.kind;
  verdict.security = facts.security;
  verdict.expanded = facts.expanded;
  verdict.insecure_mx = IsInsecureMx(facts);
  verdict.require = choices.require;
  verdict.truncated = facts.truncated;
  verdict.expires = ExpiryOf(facts);
  verdict.reasons = facts.reasons;
  verdict.hosts.reserve(facts.hosts.size());
  for (const HostFacts& host : facts.hosts) {
    verdict.hosts.push_back(ConcludeHost(facts, choices, host));
  }
  CutAtOwnName(choices, &verdict);
  SetDisposition(&verdict);
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

absl::string_view ToText(InsecureMx choice) {
  switch (choice) {
    case InsecureMx::kOpportunistic:
      return "opportunistic";
    case InsecureMx::kEncrypt:
      return "encrypt";
    case InsecureMx::kAuthenticate:
      return "authenticate";
  }
  return "";
}

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
