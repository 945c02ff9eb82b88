// `danebound rollover prepare`: the key of a change to come.
#ifndef DANEBOUND_STUB_CLI_ROLLOVER_PREPARE_H_
#define DANEBOUND_STUB_CLI_ROLLOVER_PREPARE_H_

#include "stub/cli/command.h"

namespace danebound {

// Adds `prepare` to `danebound rollover`: it makes the next key, or takes the
// one that is there, with a certificate request where one is wanted, and prints
// the records to publish.
//
//   rollover  the command `rollover`, which runs what is returned.
Command AddRolloverPrepare(CLI::App& rollover);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_ROLLOVER_PREPARE_H_
