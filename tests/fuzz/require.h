// How a fuzz target says that something is wrong.
#ifndef DANEBOUND_TESTS_FUZZ_REQUIRE_H_
#define DANEBOUND_TESTS_FUZZ_REQUIRE_H_

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/string_view.h"

namespace danebound {

// Prints `what` and ends the process, which libFuzzer takes for a finding.
[[noreturn]] inline void Blame(absl::string_view what) {
  std::fprintf(stderr, "broken: %s\n", std::string(what).c_str());
  std::abort();
}

inline void Require(bool holds, absl::string_view what) {
  if (!holds) Blame(what);
}

}  // namespace danebound

#endif  // DANEBOUND_TESTS_FUZZ_REQUIRE_H_
