// `danebound setup exim`, `setup sendmail`, `setup opensmtpd`: what to write
// into the settings of these mail servers. They change nothing.
//
//   host looked at --> lines, and where each goes
//                |---> --check: what the settings lack of them
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_LINES_COMMAND_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_LINES_COMMAND_H_

#include <string>

#include "absl/time/time.h"
#include "stub/cli/forms/words.h"
#include "stub/cli/resolver.h"
#include "stub/mta/relay_setup.h"

namespace danebound {

struct LinesSetup {
  Resolver resolver;
  absl::Duration timeout;
  std::string known = "posteo.de";  // Exim is asked for it
  std::string relay = kPagesRelay;  // of Sendmail and OpenSMTPD
  bool check = false;
};

// Each prints how the host stands, then lines or how they stand.
//
//   returns  kSuccess    the host holds, and with `check` the settings do.
//            kNoVerdict  something does not.
//            kUsage      there is no such mail server, or its settings cannot
//                        be read.
ExitCode SetUpExim(const LinesSetup& setup);
ExitCode SetUpSendmail(const LinesSetup& setup);
ExitCode SetUpOpensmtpd(const LinesSetup& setup);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_LINES_COMMAND_H_
