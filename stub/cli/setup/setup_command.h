// `danebound setup`: its command line. setup_step.h has what a step is,
// setup_postfix.h and setup_undo.h what is done.
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_COMMAND_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

Command AddSetup(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_COMMAND_H_
