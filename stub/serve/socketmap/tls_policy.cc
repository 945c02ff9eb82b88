#include "stub/serve/socketmap/tls_policy.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

template <typename Predicate>
bool HasHost(const Verdict& verdict, const Predicate& holds) {
  return std::any_of(verdict.hosts.begin(), verdict.hosts.end(), holds);
}

bool IsSkippedForNow(const HostVerdict& host) {
  return host.duty == Duty::kSkip && !host.permanent;
}

bool IsFailureOfDane(ReasonId id) {
  return id == ReasonId::kTlsaFailed || id == ReasonId::kTlsaBogus ||
         id == ReasonId::kAliasFailed || id == ReasonId::kAliasBogus;
}

// Says whether a host authenticates by whole certificates and keys alone. The
// TLS library may refuse one that only looks like it, and encryption is due
// then. RFC 7672 2.2.
bool RestsOnFullData(const HostVerdict& host) {
  return host.duty == Duty::kAuthenticate &&
         std::none_of(host.tlsa.begin(), host.tlsa.end(),
                      [](const Tlsa& record) {
                        return record.counts() && record.matching != 0;
                      });
}

// The word for an insecure MX answer that leads to hosts with TLSA records.
// `encrypt` would have the MTA use a host that the verdict skips.
TlsPolicy PolicyOfInsecureMx(const Verdict& verdict, InsecureMx choice) {
  switch (choice) {
    case InsecureMx::kOpportunistic:
      return TlsPolicy::kNone;
    case InsecureMx::kEncrypt:
      return HasHost(verdict, IsSkippedForNow) ? TlsPolicy::kDane
                                               : TlsPolicy::kEncrypt;
    case InsecureMx::kAuthenticate:
      return TlsPolicy::kDane;
  }
  return TlsPolicy::kDane;
}

TlsPolicy PolicyOfSecureMx(const Verdict& verdict) {
  const auto is = [](Duty duty) {
    return [duty](const HostVerdict& host) { return host.duty == duty; };
  };
  const bool authenticates = HasHost(verdict, is(Duty::kAuthenticate));
  const bool encrypts = HasHost(verdict, is(Duty::kEncrypt));
  const bool is_free = HasHost(verdict, is(Duty::kOpportunistic));
  if (authenticates && !encrypts && !is_free) {
    return verdict.require || !HasHost(verdict, RestsOnFullData)
               ? TlsPolicy::kDaneOnly
               : TlsPolicy::kDane;
  }
  const bool all_encrypt = encrypts && !authenticates && !is_free &&
                           !HasHost(verdict, is(Duty::kSkip));
  return all_encrypt && !verdict.truncated ? TlsPolicy::kEncrypt
                                           : TlsPolicy::kDane;
}

}  // namespace

absl::string_view ToText(TlsPolicy policy) {
  switch (policy) {
    case TlsPolicy::kUnknown:
      return "unknown";
    case TlsPolicy::kDaneOnly:
      return "dane-only";
    case TlsPolicy::kDane:
      return "dane";
    case TlsPolicy::kEncrypt:
      return "encrypt";
    case TlsPolicy::kNone:
      return "none";
  }
  return "unknown";
}

bool IsTouched(const HostVerdict& host) {
  switch (host.cause) {
    case Cause::kAddressFailed:
    case Cause::kTlsaFailed:
    case Cause::kNotEvaluated:
    case Cause::kDaneRequired:
      return true;
    case Cause::kNoAddress:
    case Cause::kMxIsAddress:
      return false;
    case Cause::kNone:
      break;
  }
  return !host.tlsa.empty() ||
         std::any_of(
             host.reasons.begin(), host.reasons.end(),
             [](const Reason& reason) { return IsFailureOfDane(reason.id); });
}

TlsPolicy PolicyFor(const Verdict& verdict, InsecureMx choice) {
  switch (verdict.disposition) {
    case Disposition::kDefer:
      return TlsPolicy::kUnknown;
    case Disposition::kUndeliverable:
      return verdict.require ? TlsPolicy::kDaneOnly : TlsPolicy::kNone;
    case Disposition::kDeliver:
      break;
  }
  if (!verdict.truncated && !HasHost(verdict, IsTouched)) {
    return TlsPolicy::kNone;
  }
  return verdict.insecure_mx ? PolicyOfInsecureMx(verdict, choice)
                             : PolicyOfSecureMx(verdict);
}

Deferral WhyDeferred(const Verdict& verdict) {
  for (const HostVerdict& host : verdict.hosts) {
    if (!IsSkippedForNow(host)) continue;
    const std::string name = host.name.ToText();
    if (host.reasons.empty()) return {std::string(ToText(host.cause)), name};
    const Reason& reason = host.reasons.back();
    return {std::string(ToText(reason.id)),
            absl::StrCat(name, ": ", reason.text)};
  }
  if (!verdict.reasons.empty()) {
    const Reason& reason = verdict.reasons.front();
    return {std::string(ToText(reason.id)), reason.text};
  }
  return {std::string(ToText(ReasonId::kMxFailed)), "the MX lookup failed"};
}

SocketmapReply ReplyFor(TlsPolicy policy, const Verdict& verdict) {
  switch (policy) {
    case TlsPolicy::kUnknown:
      break;
    case TlsPolicy::kNone:
      return {SocketmapStatus::kNotFound, ""};
    case TlsPolicy::kDaneOnly:
    case TlsPolicy::kDane:
    case TlsPolicy::kEncrypt:
      return {SocketmapStatus::kOk, std::string(ToText(policy))};
  }
  const Deferral deferral = WhyDeferred(verdict);
  return Refusal(SocketmapStatus::kTemp, deferral.id, deferral.text);
}

}  // namespace danebound
