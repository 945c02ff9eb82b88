#include "stub/c/guard.h"

#include <cstdlib>
#include <cstring>

#include "absl/strings/string_view.h"
#include "stub/system/printable.h"

namespace danebound::c {
namespace {

// A copy that C can free; NULL when there is no memory for it.
char* CopyOf(absl::string_view text) noexcept {
  char* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) return nullptr;
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  return copy;
}

// A line that C can free; NULL when there is no memory for it.
char* LineFor(absl::string_view text) noexcept {
  try {
    return CopyOf(Printable(text));
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

}  // namespace

int CodeOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return DANEBOUND_OK;
    case absl::StatusCode::kInvalidArgument:
      return DANEBOUND_ERROR_ARGUMENT;
    case absl::StatusCode::kDeadlineExceeded:
      return DANEBOUND_ERROR_TIMEOUT;
    case absl::StatusCode::kUnavailable:
      return DANEBOUND_ERROR_UNAVAILABLE;
    case absl::StatusCode::kPermissionDenied:
      return DANEBOUND_ERROR_PERMISSION;
    case absl::StatusCode::kNotFound:
      return DANEBOUND_ERROR_NOT_FOUND;
    case absl::StatusCode::kResourceExhausted:
      return DANEBOUND_ERROR_BUSY;
    case absl::StatusCode::kFailedPrecondition:
      return DANEBOUND_ERROR_STATE;
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kOutOfRange:
      return DANEBOUND_ERROR_PROTOCOL;
    default:
      return DANEBOUND_ERROR_INTERNAL;
  }
}

int Report(const absl::Status& status, char** why) noexcept {
  if (why != nullptr) *why = status.ok() ? nullptr : LineFor(status.message());
  return CodeOf(status);
}

absl::Status NullArgument() {
  return absl::InvalidArgumentError(
      "an argument is NULL that must not be; see danebound.h");
}

}  // namespace danebound::c

void danebound_text_free(char* text) { std::free(text); }
