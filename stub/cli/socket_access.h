// Who may open a socket of danebound's, for people who may not.
#ifndef DANEBOUND_STUB_CLI_SOCKET_ACCESS_H_
#define DANEBOUND_STUB_CLI_SOCKET_ACCESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace danebound {

// Adds to an error of code PermissionDenied what to do about it: the group of
// the socket, or of the folder that bars the way to it, which this user has to
// join. Other errors stay as they are.
//
//   setting  what sets the socket's mode.
absl::Status SayWhoMayOpen(
    const absl::Status& error, const std::string& socket_path,
    absl::string_view setting = "socket_mode in module.conf");

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SOCKET_ACCESS_H_
