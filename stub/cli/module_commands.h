// `danebound stats`, `danebound flush`, `danebound self-test`.
#ifndef DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_
#define DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_

#include "stub/cli/arguments.h"
#include "stub/cli/words.h"

namespace danebound {

// Prints the module's counters, one a line.
ExitCode RunStats(const StatsArguments& arguments);

// Drops verdicts from the module's cache and says how many.
ExitCode RunFlush(const FlushArguments& arguments);

// Prints each check and its outcome; kNoVerdict where one failed.
ExitCode RunSelfTest(const SelfTestArguments& arguments);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_MODULE_COMMANDS_H_
