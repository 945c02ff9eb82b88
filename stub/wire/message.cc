#include "stub/wire/message.h"

namespace danebound {

absl::string_view ToText(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
      return "malformed";
    case ErrorCode::kVersion:
      return "version";
    case ErrorCode::kTooLarge:
      return "too-large";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kNotCached:
      return "not-cached";
    case ErrorCode::kNoWorker:
      return "no-worker";
    case ErrorCode::kNotValidating:
      return "not-validating";
    case ErrorCode::kWrongUnbound:
      return "wrong-unbound";
    case ErrorCode::kStopping:
      return "stopping";
    case ErrorCode::kSettings:
      return "settings";
  }
  return "";
}

}  // namespace danebound
