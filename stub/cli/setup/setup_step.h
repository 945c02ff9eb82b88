// What `danebound setup` goes through, step by step:
//
//   step --> look --> holds
//               |---> stops: what is wrong, and what to do
//               +---> to do: shown, asked for, done, looked at again
#ifndef DANEBOUND_STUB_CLI_SETUP_SETUP_STEP_H_
#define DANEBOUND_STUB_CLI_SETUP_SETUP_STEP_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "stub/cli/forms/words.h"

namespace danebound {

// How a step stands.
struct Look {
  enum class State { kStops = 0, kToDo, kHolds };

  State state = State::kStops;
  std::string text;
  std::vector<std::string> plan{};  // what is going to be done, line by line
};

Look Stops(std::string text);
Look Holds(std::string text);

struct Step {
  const char* name;
  std::function<Look()> look;
  // Writes what it changes to the memory first; null where nothing can be done.
  std::function<absl::Status()> act = nullptr;
};

// Whether what is to be done is done.
enum class Consent {
  kNever = 0,  // it is looked at alone
  kAsk,        // where the terminal says yes
  kGiven,
};

// Goes through steps, each after the one before it holds, and prints how they
// stand.
//
//   returns  kSuccess    all hold.
//            kNoVerdict  one does not; none after it was looked at.
//            kUsage      one could not be done.
ExitCode RunSteps(const std::vector<Step>& steps, Consent consent);

// Looks at all of them, prints how they stand, and does nothing.
//
//   returns  kNoVerdict  one does not hold.
ExitCode LookAtSteps(const std::vector<Step>& steps);

// Asks the terminal, unless consent is given; says so where there is none.
bool IsWanted(Consent consent);

// Prints a label and text beside it: "  holds    resolver: …".
void PrintStep(const char* label, absl::string_view text);

// Prints what is wrong on standard error.
ExitCode Complain(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SETUP_SETUP_STEP_H_
