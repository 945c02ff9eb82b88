// `danebound tlsa create`: certificates, keys and requests in, TLSA records
// out.
#ifndef DANEBOUND_STUB_CLI_TLSA_COMMAND_H_
#define DANEBOUND_STUB_CLI_TLSA_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Prints one record a file, in order, or none when a file can't be used. What
// the RFCs have against it, and which certificate it is of, goes to standard
// error.
Command AddTlsa(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_TLSA_COMMAND_H_
