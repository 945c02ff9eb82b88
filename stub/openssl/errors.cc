#include "stub/openssl/errors.h"

#include <openssl/err.h>

namespace danebound {

std::string TakeOpensslErrors() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown error" : reason;
}

}  // namespace danebound
