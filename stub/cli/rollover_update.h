// What `danebound rollover` wants published and removed, for programs that do
// it.
#ifndef DANEBOUND_STUB_CLI_ROLLOVER_UPDATE_H_
#define DANEBOUND_STUB_CLI_ROLLOVER_UPDATE_H_

#include <cstdint>
#include <string>

#include "stub/cli/forms/rollover_report.h"

namespace danebound {

// Commands for nsupdate(1), one update for each zone; first the addresses that
// the host needs of its own (HostAddresses). Records are removed only in the
// states `remove`, `publish` and `broken`, which say so; none are added where
// it is not known whether that costs the host its addresses.
//
//   ttl      of records where there are none yet, seconds.
//   returns  empty: there is nothing to change.
//   source   RFC 2136.
std::string ToNsupdate(const RolloverReport& report, uint32_t ttl);

// The same as one line of JSON, for a program that changes the zone;
// docs/json.md has the schema.
std::string ToChanges(const RolloverReport& report, uint32_t ttl);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_ROLLOVER_UPDATE_H_
