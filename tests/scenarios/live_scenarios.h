// Every scenario through a driver that asks a real resolver, which the tree of
// tests/tree serves. All questions are asked at once, and again at once, so
// that the second time the resolver's caches answer, its error cache included.
#ifndef DANEBOUND_TESTS_SCENARIOS_LIVE_SCENARIOS_H_
#define DANEBOUND_TESTS_SCENARIOS_LIVE_SCENARIOS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/dane/conclude.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"

namespace danebound::scenario {

// Called once for each next hop, as soon as its verdict is there.
using OnVerdict =
    std::function<void(size_t index, const absl::StatusOr<Verdict>& verdict)>;

// Asks for many next hops side by side and returns when all have come.
using AskAll =
    std::function<void(const std::vector<NextHop>& next_hops,
                       const Choices& choices, const OnVerdict& on_verdict)>;

// One round of questions.
struct Round {
  std::string name;  // for messages, e.g. "asked first"
  AskAll ask_all;
};

// The main function of a test program: plays the rounds in order, then runs one
// test for each scenario. A test compares each verdict with the expectation,
// the whole verdict with that of the scripted driver, and reads the tree's log
// for questions that must not be asked.
//
//   driver  as `skip` lines name it.
//   argv    GoogleTest's options, then the names of scenarios, which are played
//           whatever they say of skipping; none: all.
int RunLiveScenarios(int argc, char** argv, const std::string& driver,
                     const std::vector<Round>& rounds);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_LIVE_SCENARIOS_H_
