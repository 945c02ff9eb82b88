#include "stub/openssl/errors.h"

#include <openssl/err.h>

#include "absl/strings/str_cat.h"

namespace danebound {

std::string TakeOpensslErrors() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown error" : reason;
}

absl::Status OpensslFailure(absl::string_view doing) {
  return absl::InternalError(
      absl::StrCat("OpenSSL: ", doing, ": ", TakeOpensslErrors()));
}

}  // namespace danebound
