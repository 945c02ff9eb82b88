// `danebound log-summary`: the log of `danebound serve` in; who would be
// deferred if all were enforced, and for what, out.
#ifndef DANEBOUND_STUB_CLI_LOG_SUMMARY_COMMAND_H_
#define DANEBOUND_STUB_CLI_LOG_SUMMARY_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Reads the whole log, then checks the next hops that enforcing would demand
// something of, as `danebound check` does. Wrong arguments are exit code 3.
Command AddLogSummary(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_LOG_SUMMARY_COMMAND_H_
