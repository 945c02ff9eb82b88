#include "stub/dane/reason.h"

#include "absl/strings/match.h"

namespace danebound {

absl::string_view ToText(ReasonId id) {
  switch (id) {
    case ReasonId::kMxFailed:
      return "mx-failed";
    case ReasonId::kMxBogus:
      return "mx-bogus";
    case ReasonId::kNoSuchDomain:
      return "no-such-domain";
    case ReasonId::kNullMx:
      return "null-mx";
    case ReasonId::kNullMxIgnored:
      return "null-mx-ignored";
    case ReasonId::kImplicitMx:
      return "implicit-mx";
    case ReasonId::kInsecureMx:
      return "insecure-mx";
    case ReasonId::kNoTrustAnchor:
      return "no-trust-anchor";
    case ReasonId::kAddressLiteral:
      return "address-literal";
    case ReasonId::kHostsNotEvaluated:
      return "hosts-not-evaluated";
    case ReasonId::kOwnName:
      return "own-name";
    case ReasonId::kAddressFailed:
      return "address-failed";
    case ReasonId::kAddressBogus:
      return "address-bogus";
    case ReasonId::kNoAddress:
      return "no-address";
    case ReasonId::kInsecureAddress:
      return "insecure-address";
    case ReasonId::kAliasFailed:
      return "alias-failed";
    case ReasonId::kAliasBogus:
      return "alias-bogus";
    case ReasonId::kTlsaFailed:
      return "tlsa-failed";
    case ReasonId::kTlsaBogus:
      return "tlsa-bogus";
    case ReasonId::kNoTlsa:
      return "no-tlsa";
    case ReasonId::kInsecureTlsa:
      return "insecure-tlsa";
    case ReasonId::kTlsaNameTooLong:
      return "tlsa-name-too-long";
    case ReasonId::kAllUnusable:
      return "all-unusable";
    case ReasonId::kMxIsAddress:
      return "mx-is-address";
    case ReasonId::kNotEvaluated:
      return "not-evaluated";
    case ReasonId::kDaneRequired:
      return "dane-required";
  }
  return "";
}

absl::string_view TlsrptResultOf(ReasonId id) {
  switch (id) {
    case ReasonId::kMxBogus:
    case ReasonId::kAddressBogus:
    case ReasonId::kAliasFailed:
    case ReasonId::kAliasBogus:
    case ReasonId::kTlsaFailed:
    case ReasonId::kTlsaBogus:
      return "dnssec-invalid";
    case ReasonId::kAllUnusable:
      return "tlsa-invalid";
    case ReasonId::kDaneRequired:
      return "dane-required";
    case ReasonId::kMxFailed:
    case ReasonId::kNoSuchDomain:
    case ReasonId::kNullMx:
    case ReasonId::kNullMxIgnored:
    case ReasonId::kImplicitMx:
    case ReasonId::kInsecureMx:
    case ReasonId::kNoTrustAnchor:
    case ReasonId::kAddressLiteral:
    case ReasonId::kHostsNotEvaluated:
    case ReasonId::kOwnName:
    case ReasonId::kAddressFailed:
    case ReasonId::kNoAddress:
    case ReasonId::kInsecureAddress:
    case ReasonId::kNoTlsa:
    case ReasonId::kInsecureTlsa:
    case ReasonId::kTlsaNameTooLong:
    case ReasonId::kMxIsAddress:
    case ReasonId::kNotEvaluated:
      return "";
  }
  return "";
}

bool RestsOnOwnTimeout(const Reason& reason) {
  return absl::StrContains(reason.text, kNoAnswerWithin);
}

}  // namespace danebound
