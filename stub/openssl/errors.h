// What OpenSSL says went wrong.
#ifndef DANEBOUND_STUB_OPENSSL_ERRORS_H_
#define DANEBOUND_STUB_OPENSSL_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace danebound {

// Takes the errors of this thread out of OpenSSL's queue, which is then empty.
// Clear the queue (ERR_clear_error) before what may fail, so that no older
// error is told.
//
//   returns  the reason of the first error, which is the cause of the others,
//            "wrong tag"; "unknown error" where there is none.
std::string TakeOpensslErrors();

// Internal, with the errors taken out of the queue.
//
//   doing  what failed: "making a TLS context".
absl::Status OpensslFailure(absl::string_view doing);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_ERRORS_H_
