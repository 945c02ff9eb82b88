// What clients refuse although records match it: names, dates and what else
// OpenSSL looks at in a chain, which the rules of rollover.h do not see.
#ifndef DANEBOUND_STUB_ROLLOVER_REFUSAL_H_
#define DANEBOUND_STUB_ROLLOVER_REFUSAL_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "stub/rollover/rollover.h"

namespace danebound {

// Says why clients refuse one of the identities at a server whose records match
// it in every combination. Under DANE-TA(2) the names and dates of its chain
// count.
//
//   servers  what they show.
//   added    RDATA that they are to show besides.
//   names    reference names in order, the host first.
//   now      seconds since the epoch.
//   returns  for people; empty: no client refuses them, or no record matches.
//   source   RFC 7671 5.1, 5.2; RFC 7672 3.1.2, 3.2.2.
std::string WhyRefused(const std::vector<RolloverIdentity>& identities,
                       const std::vector<ServerView>& servers,
                       const std::set<std::string>& added,
                       const std::vector<std::string>& names, int64_t now);

// Where the change stands, given that clients refuse the current or the next
// identities. A current one that is refused is broken, unless the next one may
// be deployed; a next one that is refused is never deployed: kUnknown.
RolloverState StateWhereRefused(RolloverState state, bool refuse_current,
                                bool refuse_next);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_REFUSAL_H_
