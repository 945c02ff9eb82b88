// Verdicts as text, in the words of the scenario files, so that expectation and
// result, or the results of two drivers, can be compared line by line.
#ifndef DANEBOUND_TESTS_SCENARIOS_DESCRIPTION_H_
#define DANEBOUND_TESTS_SCENARIOS_DESCRIPTION_H_

#include <string>

#include "stub/dane/verdict.h"
#include "tests/scenarios/scenario.h"

namespace danebound::scenario {

// What a scenario file can say of a verdict, lives left out. Hosts of equal
// preference, records, addresses and reasons are sorted, as their order means
// nothing.
std::string Describe(const Expectation& expectation);
std::string Describe(const Verdict& verdict);

// The whole verdict but for lives and the texts of reasons: what must be the
// same through every driver.
std::string DescribeWhole(const Verdict& verdict);

// What is wrong with the lives of a verdict; empty if nothing is.
//
//   now        when the verdict was asked for, seconds since the epoch.
//   tolerance  by how many seconds a life may be shorter than the file says, as
//              what a resolver has cached is older than the question.
std::string WrongLives(const Expectation& expectation, const Verdict& verdict,
                       int64_t now, int64_t tolerance);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_DESCRIPTION_H_
