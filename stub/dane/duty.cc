#include "stub/dane/duty.h"

#include <algorithm>

namespace danebound {
namespace {

HostDuty Skip(Cause cause, bool permanent) {
  return {Duty::kSkip, cause, permanent, 0};
}

HostDuty Use(Duty duty) { return {duty, Cause::kNone, false, 0}; }

// Says whether the caller attempts no DANE here, so that a host's TLSA, or its
// failure, decides nothing. RFC 7672 2.2.1.
bool IgnoresTlsa(const MxOutline& mx, const Choices& choices) {
  return mx.is_insecure_mx() && !choices.require &&
         choices.insecure_mx == InsecureMx::kOpportunistic;
}

// The four actions of RFC 7672 2.2 for a host with secure TLSA records.
Duty DutyUnderTlsa(const MxOutline& mx, const Choices& choices,
                   bool has_usable) {
  if (IgnoresTlsa(mx, choices)) return Duty::kOpportunistic;
  if (!has_usable) return Duty::kEncrypt;
  if (mx.is_insecure_mx() && choices.insecure_mx == InsecureMx::kEncrypt) {
    return Duty::kEncrypt;
  }
  return Duty::kAuthenticate;
}

HostDuty DutyByState(const MxOutline& mx, const HostFound& host,
                     const Choices& choices) {
  switch (host.state) {
    case HostState::kNotEvaluated:
      return Skip(Cause::kNotEvaluated, /*permanent=*/false);
    case HostState::kMxIsAddress:
      return Skip(Cause::kMxIsAddress, /*permanent=*/true);
    case HostState::kAddressFailed:
      return Skip(Cause::kAddressFailed, /*permanent=*/false);
    case HostState::kNoAddress:
      return Skip(Cause::kNoAddress, /*permanent=*/true);
    case HostState::kTlsaFailed:
      if (IgnoresTlsa(mx, choices)) return Use(Duty::kOpportunistic);
      return Skip(Cause::kTlsaFailed, /*permanent=*/false);
    case HostState::kNoTlsa:
      return Use(Duty::kOpportunistic);
    case HostState::kTlsa:
      return Use(DutyUnderTlsa(mx, choices, host.has_usable));
  }
  return Skip(Cause::kNotEvaluated, /*permanent=*/false);
}

// Mandatory DANE, RFC 7672 6: a securely found host that authenticates, or
// none.
HostDuty ApplyRequire(const MxOutline& mx, const HostDuty& host) {
  const bool lacks_tlsa =
      host.duty == Duty::kEncrypt || host.duty == Duty::kOpportunistic;
  if (!mx.is_insecure_mx() && !lacks_tlsa) return host;
  return Skip(Cause::kDaneRequired, /*permanent=*/false);
}

// A skipped host whose lookups failed is asked for again alone, however long
// the MX records live.
int64_t ExpiryOf(const MxOutline& mx, const HostFound& host, Duty duty) {
  if (duty == Duty::kSkip && IsFailure(host.state)) return host.expires;
  return std::min(mx.expires, host.expires);
}

void AddName(absl::string_view name, ReferenceNames* names) {
  absl::string_view* const end = names->names + names->count;
  if (std::find(names->names, end, name) != end) return;
  *end = name;
  ++names->count;
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

HostDuty DutyOf(const MxOutline& mx, const HostFound& host,
                const Choices& choices) {
  HostDuty found = DutyByState(mx, host, choices);
  if (choices.require) found = ApplyRequire(mx, found);
  found.expires = ExpiryOf(mx, host, found.duty);
  return found;
}

bool IsBoundByTlsa(Duty duty) {
  return duty == Duty::kAuthenticate || duty == Duty::kEncrypt;
}

bool HasTlsaPolicy(const HostDuty& host) {
  const bool dane_failed =
      host.duty == Duty::kSkip &&
      (host.cause == Cause::kTlsaFailed || host.cause == Cause::kDaneRequired);
  return IsBoundByTlsa(host.duty) || dane_failed;
}

ReferenceNames ReferenceNamesOf(const MxOutline& mx,
                                absl::string_view base_domain,
                                absl::string_view next_hop,
                                absl::string_view expanded) {
  ReferenceNames names;
  AddName(base_domain, &names);
  switch (mx.kind) {
    case Kind::kMx:
      if (mx.is_insecure_mx()) break;
      AddName(next_hop, &names);
      AddName(expanded, &names);
      break;
    case Kind::kImplicitMx:
    case Kind::kHost:
      AddName(next_hop, &names);
      break;
    case Kind::kFailed:
    case Kind::kNullMx:
    case Kind::kNoSuchDomain:
    case Kind::kAddress:
      break;
  }
  return names;
}

bool MayCut(Kind kind) {
  return kind == Kind::kMx || kind == Kind::kImplicitMx;
}

void Disposing::Add(const HostDuty& host, Security security) {
  has_hosts_ = true;
  if (host.duty != Duty::kSkip) has_usable_ = true;
  if (!host.permanent) has_temporary_ = true;
  if (host.cause == Cause::kDaneRequired) has_dane_required_ = true;
  if (host.cause == Cause::kNoAddress && security == Security::kInsecure) {
    has_insecure_absence_ = true;
  }
}

// Enhanced status codes: RFC 3463.
Decided Disposing::ByHosts(bool truncated) const {
  if (has_usable_) return {Disposition::kDeliver, ""};
  // All cut at our own name: routing loop.
  if (!has_hosts_) return {Disposition::kUndeliverable, "5.4.6"};
  // Those not listed are not known.
  if (!truncated && !has_temporary_) {
    return {Disposition::kUndeliverable, "5.4.4"};
  }
  return {Disposition::kDefer, has_dane_required_ ? "4.7.5" : "4.4.3"};
}

// RFC 7505 4.1 for null MX.
Decided Disposing::End(const MxOutline& mx, bool truncated,
                       bool require) const {
  Decided outcome = {Disposition::kDefer, "4.4.3"};
  switch (mx.kind) {
    case Kind::kFailed:
      break;
    case Kind::kNullMx:
      outcome = {Disposition::kUndeliverable, "5.1.10"};
      break;
    case Kind::kNoSuchDomain:
      outcome = {Disposition::kUndeliverable, "5.1.2"};
      break;
    case Kind::kMx:
    case Kind::kImplicitMx:
    case Kind::kHost:
    case Kind::kAddress:
      outcome = ByHosts(truncated);
      break;
  }
  // Never returned under mandatory DANE on the word of an insecure answer,
  // which may be forged. RFC 7672 2.2.1, 6.
  const bool is_insecure =
      mx.security == Security::kInsecure || has_insecure_absence_;
  if (outcome.disposition == Disposition::kUndeliverable && require &&
      is_insecure) {
    return {Disposition::kDefer, "4.7.5", true};
  }
  return outcome;
}

}  // namespace danebound
