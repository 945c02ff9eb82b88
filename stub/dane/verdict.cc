#include "stub/dane/verdict.h"

namespace danebound {

absl::string_view ToText(Duty duty) {
  switch (duty) {
    case Duty::kSkip:
      return "skip";
    case Duty::kAuthenticate:
      return "authenticate";
    case Duty::kEncrypt:
      return "encrypt";
    case Duty::kOpportunistic:
      return "opportunistic";
  }
  return "";
}

absl::string_view ToText(Cause cause) {
  switch (cause) {
    case Cause::kNone:
      return "";
    case Cause::kAddressFailed:
      return "address-failed";
    case Cause::kNoAddress:
      return "no-address";
    case Cause::kTlsaFailed:
      return "tlsa-failed";
    case Cause::kMxIsAddress:
      return "mx-is-address";
    case Cause::kNotEvaluated:
      return "not-evaluated";
    case Cause::kDaneRequired:
      return "dane-required";
  }
  return "";
}

absl::string_view ToText(Disposition disposition) {
  switch (disposition) {
    case Disposition::kDefer:
      return "defer";
    case Disposition::kDeliver:
      return "deliver";
    case Disposition::kUndeliverable:
      return "undeliverable";
  }
  return "";
}

}  // namespace danebound
