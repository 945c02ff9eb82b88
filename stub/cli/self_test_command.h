// `danebound self-test`
#ifndef DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_
#define DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

// Prints each check and its outcome; kNoVerdict where one failed.
Command AddSelfTest(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SELF_TEST_COMMAND_H_
