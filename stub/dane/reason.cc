#include "stub/dane/reason.h"

#include "absl/strings/match.h"

namespace danebound {
namespace {

constexpr absl::string_view kDnssecInvalid = "dnssec-invalid";

// The identifier of a reason, and the result type of RFC 8460 4.3, if there
// is one for it.
struct Row {
  absl::string_view text;
  absl::string_view tlsrpt = "";
};

Row RowOf(ReasonId id) {
  switch (id) {
    case ReasonId::kMxFailed:
      return {"mx-failed"};
    case ReasonId::kMxBogus:
      return {"mx-bogus", kDnssecInvalid};
    case ReasonId::kNoSuchDomain:
      return {"no-such-domain"};
    case ReasonId::kNullMx:
      return {"null-mx"};
    case ReasonId::kNullMxIgnored:
      return {"null-mx-ignored"};
    case ReasonId::kImplicitMx:
      return {"implicit-mx"};
    case ReasonId::kInsecureMx:
      return {"insecure-mx"};
    case ReasonId::kNoTrustAnchor:
      return {"no-trust-anchor"};
    case ReasonId::kAddressLiteral:
      return {"address-literal"};
    case ReasonId::kHostsNotEvaluated:
      return {"hosts-not-evaluated"};
    case ReasonId::kOwnName:
      return {"own-name"};
    case ReasonId::kAddressFailed:
      return {"address-failed"};
    case ReasonId::kAddressBogus:
      return {"address-bogus", kDnssecInvalid};
    case ReasonId::kNoAddress:
      return {"no-address"};
    case ReasonId::kInsecureAddress:
      return {"insecure-address"};
    case ReasonId::kAliasFailed:
      return {"alias-failed", kDnssecInvalid};
    case ReasonId::kAliasBogus:
      return {"alias-bogus", kDnssecInvalid};
    case ReasonId::kTlsaFailed:
      return {"tlsa-failed", kDnssecInvalid};
    case ReasonId::kTlsaBogus:
      return {"tlsa-bogus", kDnssecInvalid};
    case ReasonId::kNoTlsa:
      return {"no-tlsa"};
    case ReasonId::kInsecureTlsa:
      return {"insecure-tlsa"};
    case ReasonId::kTlsaNameTooLong:
      return {"tlsa-name-too-long"};
    case ReasonId::kAllUnusable:
      return {"all-unusable", "tlsa-invalid"};
    case ReasonId::kMxIsAddress:
      return {"mx-is-address"};
    case ReasonId::kNotEvaluated:
      return {"not-evaluated"};
    case ReasonId::kDaneRequired:
      return {"dane-required", "dane-required"};
  }
  return {""};
}

}  // namespace

absl::string_view ToText(ReasonId id) { return RowOf(id).text; }

absl::string_view TlsrptResultOf(ReasonId id) { return RowOf(id).tlsrpt; }

bool RestsOnOwnTimeout(const Reason& reason) {
  return absl::StrContains(reason.text, kNoAnswerWithin);
}

}  // namespace danebound
