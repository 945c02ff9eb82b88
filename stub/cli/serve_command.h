// `danebound serve`: answers mail servers over sockets. docs/serve.md.
#ifndef DANEBOUND_STUB_CLI_SERVE_COMMAND_H_
#define DANEBOUND_STUB_CLI_SERVE_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

Command AddServe(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SERVE_COMMAND_H_
