// `danebound setup postfix`
//
//   step --> look --> holds
//               |---> stops: what is wrong, and what to do
//               +---> to do: shown, asked for, done, looked at again
//
// The steps stand in an order in which mail is as before until all that it will
// rest on was seen to hold.
#ifndef DANEBOUND_STUB_CLI_SETUP_COMMAND_H_
#define DANEBOUND_STUB_CLI_SETUP_COMMAND_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/cli/command.h"

namespace danebound {

// serve.conf with the policy "audit" for what has no destination of its own.
//
//   returns  nullopt where that would be no settings: [default] names another
//            policy, which is the operator's, or is not a line of its own.
absl::optional<std::string> WithAudit(absl::string_view serve_conf);

Command AddSetup(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_COMMAND_H_
