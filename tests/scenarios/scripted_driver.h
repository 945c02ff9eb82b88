// The scripted driver: a lookup played against ScriptedDns.
#ifndef DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DRIVER_H_
#define DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DRIVER_H_

#include <cstdint>
#include <set>

#include "stub/dane/dns.h"
#include "stub/dane/verdict.h"
#include "tests/scenarios/scenario.h"

namespace danebound::scenario {

// The order in which open questions are answered.
enum class AnswerOrder { kFirstAskedFirst, kLastAskedFirst };

// Whether the resolver tells the security of an alias alone, as the module
// reads it from the RRset, or has to be asked, as libunbound.
enum class AliasSecurity { kTold, kAsked };

struct Played {
  Verdict verdict;
  std::set<Question> asked;
};

// Plays one question of a scenario to its end.
//
//   now  seconds since the epoch.
Played PlayScripted(const Scenario& scenario, const Ask& ask, AnswerOrder order,
                    AliasSecurity alias_security, int64_t now);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_SCRIPTED_DRIVER_H_
