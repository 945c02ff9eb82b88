// The resolver that a driver would have: answers about a world.
#ifndef DANEBOUND_TESTS_ORACLE_RESOLVER_H_
#define DANEBOUND_TESTS_ORACLE_RESOLVER_H_

#include <cstdint>

#include "stub/dane/dns.h"
#include "tests/oracle/world.h"

namespace danebound {

// Answers as dns.h wants it. What was on the way to a failure stays in the
// answer, as in the messages of a real resolver.
//
//   now  seconds since the epoch.
Answer Resolve(const World& world, const Question& question, int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_RESOLVER_H_
