#include "stub/serve/tls_policy.h"

#include <algorithm>
#include <string>

namespace danebound {
namespace {

bool IsFailureOfDane(ReasonId id) {
  return id == ReasonId::kTlsaFailed || id == ReasonId::kTlsaBogus ||
         id == ReasonId::kAliasFailed || id == ReasonId::kAliasBogus;
}

TlsPolicy PolicyOf(InsecureMx choice) {
  switch (choice) {
    case InsecureMx::kOpportunistic:
      return TlsPolicy::kMay;
    case InsecureMx::kEncrypt:
      return TlsPolicy::kEncrypt;
    case InsecureMx::kAuthenticate:
      return TlsPolicy::kDane;
  }
  return TlsPolicy::kDane;
}

// Says whether every host that the MTA may find authenticates.
bool AllAuthenticate(const Verdict& verdict) {
  return verdict.security == Security::kSecure && !verdict.truncated &&
         std::all_of(verdict.hosts.begin(), verdict.hosts.end(),
                     [](const HostVerdict& host) {
                       return host.duty == Duty::kAuthenticate;
                     });
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
    case TlsPolicy::kMay:
      return "may";
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
  if (verdict.require) return TlsPolicy::kDaneOnly;
  if (verdict.kind == Kind::kFailed) return TlsPolicy::kUnknown;
  const bool touched =
      verdict.truncated ||
      std::any_of(verdict.hosts.begin(), verdict.hosts.end(), IsTouched);
  if (!touched) return TlsPolicy::kNone;
  if (verdict.insecure_mx) return PolicyOf(choice);
  return AllAuthenticate(verdict) ? TlsPolicy::kDaneOnly : TlsPolicy::kDane;
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
    case TlsPolicy::kMay:
      return {SocketmapStatus::kOk, std::string(ToText(policy))};
  }
  if (verdict.reasons.empty()) {
    return Refusal(SocketmapStatus::kTemp, ToText(ReasonId::kMxFailed),
                   "the MX lookup failed");
  }
  const Reason& reason = verdict.reasons.front();
  return Refusal(SocketmapStatus::kTemp, ToText(reason.id), reason.text);
}

}  // namespace danebound
