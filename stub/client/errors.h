// What a client says when it has no verdict. Every text begins with the path of
// the socket and ends with what to do.
#ifndef DANEBOUND_STUB_CLIENT_ERRORS_H_
#define DANEBOUND_STUB_CLIENT_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "stub/wire/message.h"

namespace danebound {

// The status for a module's error reply.
//
//   Internal            malformed
//   Unimplemented       version
//   OutOfRange          too-large
//   ResourceExhausted   busy
//   NotFound            not-cached
//   Unavailable         no-worker, stopping
//   FailedPrecondition  not-validating, wrong-unbound, settings
absl::Status StatusOf(const ErrorReply& error, absl::string_view socket_path);

// The status for a socket that can't be connected to.
//
//   error_number  errno of socket(2) or connect(2).
//   returns       PermissionDenied, ResourceExhausted, InvalidArgument (what
//                 is there is no socket), else Unavailable.
absl::Status ConnectError(int error_number, absl::string_view socket_path);

// Says whether a connection that could not be made may come to be by itself
// soon, as when the resolver reloads.
bool MayHeal(int error_number);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_ERRORS_H_
