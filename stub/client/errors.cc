#include "stub/client/errors.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

absl::StatusCode StatusCodeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
      return absl::StatusCode::kInternal;
    case ErrorCode::kVersion:
      return absl::StatusCode::kUnimplemented;
    case ErrorCode::kTooLarge:
      return absl::StatusCode::kOutOfRange;
    case ErrorCode::kBusy:
      return absl::StatusCode::kResourceExhausted;
    case ErrorCode::kNotCached:
      return absl::StatusCode::kNotFound;
    case ErrorCode::kNoWorker:
    case ErrorCode::kStopping:
      return absl::StatusCode::kUnavailable;
    case ErrorCode::kNotValidating:
    case ErrorCode::kWrongUnbound:
    case ErrorCode::kSettings:
      return absl::StatusCode::kFailedPrecondition;
  }
  return absl::StatusCode::kInternal;
}

absl::string_view WhatToDo(ErrorCode code) {
  switch (code) {
    case ErrorCode::kMalformed:
      return "report this: client and module do not understand each other";
    case ErrorCode::kVersion:
      return "install client and module of one release";
    case ErrorCode::kTooLarge:
      return "the domain publishes more than can be answered; defer its mail";
    case ErrorCode::kBusy:
      return "ask again later, or raise the limits in the module's settings";
    case ErrorCode::kNotCached:
      return "ask without --cached to have it looked up";
    case ErrorCode::kNoWorker:
      return "ask again after the resolver's first DNS query";
    case ErrorCode::kNotValidating:
      return "mend unbound.conf; danebound self-test checks it";
    case ErrorCode::kWrongUnbound:
      return "install the module that was built for this Unbound";
    case ErrorCode::kStopping:
      return "ask again when the resolver is back";
    case ErrorCode::kSettings:
      return "mend the module's settings and reload the resolver";
  }
  return "report this";
}

absl::StatusCode ConnectCode(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return absl::StatusCode::kPermissionDenied;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOBUFS:
      return absl::StatusCode::kResourceExhausted;
    case ENAMETOOLONG:
    case ENOTSOCK:
    case ENOTDIR:
    case EPROTOTYPE:
    case EINVAL:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

absl::string_view WhatToDoToConnect(int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return "run as a user whom socket_mode and the folder's mode let in";
    case EMFILE:
    case ENFILE:
      return "raise the limit of open files";
    case ENAMETOOLONG:
      return "a socket's path has at most 107 octets";
    case ENOENT:
      return "is Unbound running with the danebound module, and is this its "
             "`socket` setting?";
    case ECONNREFUSED:
      return "nothing listens there: is Unbound running with the danebound "
             "module?";
    case EAGAIN:
      return "the module does not accept connections; look at Unbound's log";
    default:
      return "name the module's socket: its `socket` setting";
  }
}

}  // namespace

absl::Status StatusOf(const ErrorReply& error, absl::string_view socket_path) {
  return {StatusCodeOf(error.code),
          absl::StrCat(socket_path, ": the module gives no verdict (",
                       ToText(error.code), "): ", error.text,
                       error.text.empty() ? "" : "; ", WhatToDo(error.code))};
}

absl::Status ConnectError(int error_number, absl::string_view socket_path) {
  return {ConnectCode(error_number),
          absl::StrCat(socket_path, ": cannot connect: ",
                       std::generic_category().message(error_number), "; ",
                       WhatToDoToConnect(error_number))};
}

bool MayHeal(int error_number) {
  return error_number == ENOENT || error_number == ECONNREFUSED ||
         error_number == EAGAIN;
}

}  // namespace danebound
