// Whether an embedded resolver can vouch for anything.
#ifndef DANEBOUND_STUB_EMBEDDED_SELF_TEST_H_
#define DANEBOUND_STUB_EMBEDDED_SELF_TEST_H_

#include <vector>

#include "stub/dane/dns.h"
#include "stub/embedded/asker.h"
#include "stub/wire/message.h"

namespace danebound {

// The question whose answer ChecksOf looks at: the root has no addresses, which
// a validator proves from the root's keys.
const Question& KnownDenial();

// The checks of Embedded::SelfTest.
//
//   denial  what came for KnownDenial.
std::vector<SelfTestCheck> ChecksOf(const Asker& asker, const Answer& denial);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_SELF_TEST_H_
