// `danebound completion`, `danebound help`: what the parser's own tree says.
#ifndef DANEBOUND_STUB_CLI_COMPLETION_COMMAND_H_
#define DANEBOUND_STUB_CLI_COMPLETION_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Prints a script for a shell.
Command AddCompletion(CLI::App& danebound);

// Prints the help of a command. To be added last: it completes the names of the
// commands that are there.
Command AddHelp(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_COMPLETION_COMMAND_H_
