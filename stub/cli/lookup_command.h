// `danebound lookup`: next hops in, verdicts out, in the order they were given
// or, with --unordered, as they come.
#ifndef DANEBOUND_STUB_CLI_LOOKUP_COMMAND_H_
#define DANEBOUND_STUB_CLI_LOOKUP_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Looks all domains up, many at a time, and prints each block or line as soon
// as those before it are printed, or at once.
Command AddLookup(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_LOOKUP_COMMAND_H_
