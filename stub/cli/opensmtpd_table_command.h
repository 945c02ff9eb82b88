// `danebound opensmtpd-table`: the domains whose mail OpenSMTPD gives to a
// relay that does DANE. docs/mta/opensmtpd.md.
#ifndef DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_COMMAND_H_
#define DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_COMMAND_H_

#include "stub/cli/command.h"

namespace danebound {

Command AddOpensmtpdTable(CLI::App& danebound);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_OPENSMTPD_TABLE_COMMAND_H_
