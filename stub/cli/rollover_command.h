// `danebound rollover`: whether a host's next certificate may be deployed.
#ifndef DANEBOUND_STUB_CLI_ROLLOVER_COMMAND_H_
#define DANEBOUND_STUB_CLI_ROLLOVER_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Asks every authoritative server for the TLSA records of a host, keeps what it
// has to know the next time, and says what to publish, remove or wait for.
// Wrong arguments are exit code 3, could not find out.
Command AddRollover(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_ROLLOVER_COMMAND_H_
