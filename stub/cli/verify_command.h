// `danebound verify`: a certificate chain against TLSA records, offline.
#ifndef DANEBOUND_STUB_CLI_VERIFY_COMMAND_H_
#define DANEBOUND_STUB_CLI_VERIFY_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Prints the result, and which record matches which certificate.
Command AddVerify(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_VERIFY_COMMAND_H_
