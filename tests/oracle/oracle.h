// The oracle: what a world amounts to, straight from the texts (RFC 7672 2, 3
// and 6, RFC 7671 9, RFC 7505, RFC 5321 5.1, docs/conformance.md). It reads
// the world top to bottom and asks nobody; it shares no code with the engine
// but the types of its results.
#ifndef DANEBOUND_TESTS_ORACLE_ORACLE_H_
#define DANEBOUND_TESTS_ORACLE_ORACLE_H_

#include <cstdint>
#include <set>

#include "stub/dane/conclude.h"
#include "stub/dane/facts.h"
#include "stub/dane/verdict.h"
#include "tests/oracle/world.h"

namespace danebound {

struct Expectation {
  Facts facts;  // reasons have no text and no EDE code
  // The questions that may be asked on the way; all others must not, so that
  // servers that mishandle TLSA are left alone (RFC 7672 2.2.2).
  std::set<Question> permitted;
};

// Evaluates the next hop of the world.
//
//   now  seconds since the epoch: when every question is asked.
Expectation Evaluate(const World& world, int64_t now);

// The same where only the questions of `answered` got an answer and all others
// failed at `now`.
Expectation EvaluateGivenUp(const World& world, int64_t now,
                            const std::set<Question>& answered);

// What the facts become when what has ended by `now` is looked up in `world`,
// and nothing else.
Expectation Renew(const Facts& earlier, const World& world, int64_t now);

// The verdict. Policy strings and the tls key stay empty; reasons have no text.
Verdict Judge(const Facts& facts, const Choices& choices);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_ORACLE_H_
