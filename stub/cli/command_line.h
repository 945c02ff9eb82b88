// The command line of `danebound`: its subcommands, help and errors.
#ifndef DANEBOUND_STUB_CLI_COMMAND_LINE_H_
#define DANEBOUND_STUB_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <vector>

#include "stub/cli/command.h"

namespace danebound {

// Adds all subcommands, with their examples, and what danebound itself has.
std::vector<Command> AddCommands(CLI::App& danebound);

// Parses the command line and runs the subcommand that it names. Help, the
// version and wrong arguments are answered here.
//
//   returns  the exit code.
int RunCommandLine(int argc, char** argv);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_COMMAND_LINE_H_
