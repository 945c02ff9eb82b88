// `danebound setup postfix --undo`
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_UNDO_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_UNDO_H_

#include "stub/cli/forms/words.h"
#include "stub/cli/setup/setup_step.h"

namespace danebound {

// Takes back what the memory lists, in the order in which mail never waits and
// is never without the DNSSEC that what is asked rests on: Postfix first stops
// asking danebound, or nothing is touched. Ends the memory where all went well;
// else it goes on from there the next time.
ExitCode UndoSetup(Consent consent);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_UNDO_H_
