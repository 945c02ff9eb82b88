#include "stub/cli/setup/setup_step.h"

#include <unistd.h>

#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

using State = Look::State;

constexpr size_t kTextWidth = 69;
constexpr const char* kPlanIndent = "             ";

void PrintLook(const Step& step, const Look& look) {
  const std::string text = absl::StrCat(step.name, ": ", look.text);
  switch (look.state) {
    case State::kHolds:
      return PrintStep("holds", text);
    case State::kStops:
      PrintStep("stops", text);
      break;
    case State::kToDo:
      PrintStep("to do", text);
      break;
  }
  for (const std::string& line : look.plan) {
    std::cout << kPlanIndent << Printable(line) << "\n";
  }
}

ExitCode Act(const Step& step, Consent consent) {
  if (!IsWanted(consent)) return ExitCode::kNoVerdict;
  const absl::Status done = step.act();
  if (!done.ok()) {
    return Complain(absl::StrCat(step.name, ": ", done.message()));
  }
  const Look look = step.look();
  if (look.state != State::kHolds) {
    PrintStep("stops", absl::StrCat(step.name, ": done, and yet: ", look.text));
    return ExitCode::kNoVerdict;
  }
  PrintStep("done", absl::StrCat(step.name, ": ", look.text));
  return ExitCode::kSuccess;
}

ExitCode RunStep(const Step& step, Consent consent) {
  const Look look = step.look();
  PrintLook(step, look);
  if (look.state == State::kHolds) return ExitCode::kSuccess;
  if (look.state == State::kStops) return ExitCode::kNoVerdict;
  if (consent == Consent::kNever) {
    PrintStep("", "What comes after that is looked at once it is done.");
    return ExitCode::kNoVerdict;
  }
  return Act(step, consent);
}

}  // namespace

Look Stops(std::string text) { return {State::kStops, std::move(text)}; }
Look Holds(std::string text) { return {State::kHolds, std::move(text)}; }

ExitCode RunSteps(const std::vector<Step>& steps, Consent consent) {
  for (const Step& step : steps) {
    const ExitCode code = RunStep(step, consent);
    if (code != ExitCode::kSuccess) return code;
  }
  return ExitCode::kSuccess;
}

ExitCode LookAtSteps(const std::vector<Step>& steps) {
  ExitCode code = ExitCode::kSuccess;
  for (const Step& step : steps) {
    const Look look = step.look();
    PrintLook(step, look);
    if (look.state != State::kHolds) code = ExitCode::kNoVerdict;
  }
  return code;
}

bool IsWanted(Consent consent) {
  if (consent == Consent::kGiven) return true;
  if (isatty(STDIN_FILENO) == 0) {
    PrintStep("", "Nothing is done without a terminal: say --yes.");
    return false;
  }
  std::cout << "  Do this? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return absl::EqualsIgnoreCase(answer, "y") ||
         absl::EqualsIgnoreCase(answer, "yes");
}

void PrintStep(const char* label, absl::string_view text) {
  std::string head = absl::StrCat("  ", Padded(label, 9));
  for (const std::string& line : Wrap(Printable(text), kTextWidth)) {
    std::cout << head << line << "\n";
    head = std::string(head.size(), ' ');
  }
}

ExitCode Complain(absl::string_view text) {
  std::cout.flush();
  std::cerr << "danebound: " << Printable(text) << "\n";
  return ExitCode::kUsage;
}

}  // namespace danebound
