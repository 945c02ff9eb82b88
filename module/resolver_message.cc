#include "module/resolver_message.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/rr_type.h"

namespace danebound {
namespace {

bool IsWholeChainBelowAnchor(
    const Question& question, const Reading& reading,
    const std::function<bool(const Name&)>& below_anchor) {
  return below_anchor(question.name) &&
         std::all_of(reading.aliases.begin(), reading.aliases.end(),
                     below_anchor);
}

// In a secure message every record it rests on must be secure by itself.
bool HasWeakLink(const Reading& reading) {
  const auto is_weak = [](const Rrset* rrset) {
    return rrset->security != Security::kSecure;
  };
  return (reading.records != nullptr && is_weak(reading.records_voucher)) ||
         std::any_of(reading.alias_vouchers.begin(),
                     reading.alias_vouchers.end(), is_weak);
}

Answer Failure(Security security, absl::string_view why,
               const ResolverMessage& message, int64_t now) {
  Answer answer = FailedAnswer(why, now);
  answer.security = security;
  if (!message.reasons.empty()) {
    answer.why = why.empty() ? message.reasons
                             : absl::StrCat(why, ": ", message.reasons);
  }
  if (security == Security::kBogus) answer.ede = message.ede;
  return answer;
}

// The failure that the message is whatever it says of the question, if any.
absl::optional<Answer> FailureOf(const ResolverMessage& message, int64_t now) {
  if (!message.has_reply ||
      (message.rcode != kRcodeNoError && message.rcode != kRcodeNxDomain)) {
    const int rcode =
        message.rcode == kRcodeNoError ? kRcodeServFail : message.rcode;
    return Failure(Security::kFailed, RcodeText(rcode), message, now);
  }
  if (!message.is_readable) {
    return Failure(Security::kFailed, "a record of it cannot be read", message,
                   now);
  }
  if (message.is_expired) {
    return Failure(Security::kFailed,
                   "the resolver has only records whose life has ended "
                   "(serve-expired)",
                   message, now);
  }
  const absl::optional<Security> security = SecurityOf(message.security);
  if (!security) {
    return Failure(Security::kFailed, "the answer was not validated", message,
                   now);
  }
  if (*security == Security::kBogus) {
    return Failure(Security::kBogus, "", message, now);
  }
  return absl::nullopt;
}

// RFC 5155 9.2: in an opt-out zone a CNAME made from a wildcard is signed, but
// not the proof that the wildcard applies. A message that is secure as a whole
// has that proof; of another one nobody can tell what made it insecure. Behind
// a DNAME the CNAME cannot be asked for: it has no signature of its own.
bool IsProofUnknown(const Rrset& voucher, const ResolverMessage& message) {
  return voucher.is_from_wildcard && voucher.type != kTypeDname &&
         voucher.security == Security::kSecure &&
         message.security != ResolverSecurity::kSecure;
}

absl::optional<Security> AliasSecurity(const Reading& reading,
                                       const ResolverMessage& message) {
  if (reading.alias_vouchers.empty()) return absl::nullopt;
  const Rrset& voucher = *reading.alias_vouchers.front();
  if (IsProofUnknown(voucher, message)) return absl::nullopt;
  return voucher.security;
}

}  // namespace

absl::optional<Security> SecurityOf(ResolverSecurity security) {
  switch (security) {
    case ResolverSecurity::kUnchecked:
      return absl::nullopt;
    case ResolverSecurity::kBogus:
    case ResolverSecurity::kSentinelFail:
      return Security::kBogus;
    case ResolverSecurity::kIndeterminate:
    case ResolverSecurity::kInsecure:
      return Security::kInsecure;
    case ResolverSecurity::kSecure:
      return Security::kSecure;
  }
  return absl::nullopt;
}

Answer ToAnswer(const Question& question, const ResolverMessage& message,
                int64_t now,
                const std::function<bool(const Name&)>& below_anchor) {
  absl::optional<Answer> failure = FailureOf(message, now);
  if (failure) return *std::move(failure);
  const absl::StatusOr<Reading> reading = Read(question, message);
  if (!reading.ok()) {
    return Failure(Security::kFailed, reading.status().message(), message, now);
  }
  if (message.security == ResolverSecurity::kSecure && HasWeakLink(*reading)) {
    return Failure(Security::kFailed, "a record of it was not validated",
                   message, now);
  }
  const bool is_indeterminate =
      message.security == ResolverSecurity::kIndeterminate;
  if (is_indeterminate &&
      IsWholeChainBelowAnchor(question, *reading, below_anchor)) {
    return Failure(Security::kBogus,
                   "accepted without validation while val-permissive-mode was "
                   "on",
                   message, now);
  }
  Answer answer;
  answer.security = *SecurityOf(message.security);
  answer.name_exists = message.rcode != kRcodeNxDomain;
  answer.below_trust_anchor = !is_indeterminate;
  answer.aliases = reading->aliases;
  answer.alias_security = AliasSecurity(*reading, message);
  if (reading->records != nullptr) answer.rdata = reading->records->rdata;
  answer.expires = now + reading->life;
  return answer;
}

}  // namespace danebound
