// Verdicts and facts as lines, so that two can be laid side by side.
#ifndef DANEBOUND_TESTS_ORACLE_DIFFERENCES_H_
#define DANEBOUND_TESTS_ORACLE_DIFFERENCES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/facts.h"
#include "stub/dane/verdict.h"

namespace danebound {

// One line a value. Times count from `now`, reasons are their identifiers in
// order and once each, addresses are in order; texts, policy strings and the
// tls key are left out.
std::vector<std::string> LinesOf(const Facts& facts, int64_t now);
std::vector<std::string> LinesOf(const Verdict& verdict, int64_t now);

// The first line in which the two differ, "expected ..., found ...", and then
// both in whole; empty where they are equal.
std::string DifferenceOf(const std::vector<std::string>& expected,
                         const std::vector<std::string>& found);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_DIFFERENCES_H_
