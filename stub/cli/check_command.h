// `danebound check`: next hops in; what their hosts show, what an MTA makes of
// it, and what is wrong, out.
#ifndef DANEBOUND_STUB_CLI_CHECK_COMMAND_H_
#define DANEBOUND_STUB_CLI_CHECK_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Looks all domains up, probes all their hosts, many at a time, and prints the
// whole at the end. Wrong arguments are exit code 3, unknown.
Command AddCheck(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_CHECK_COMMAND_H_
