// `danebound stats`, `danebound flush`.
#ifndef DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_
#define DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_

#include "stub/cli/command.h"

namespace danebound {

// Prints the module's counters, one a line.
Command AddStats(CLI::App& danebound);

// Drops verdicts from the module's cache and says how many.
Command AddFlush(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_
