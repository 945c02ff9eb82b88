// The lines of a scenario file: comments gone, $GENERATE expanded, split into
// words.
#ifndef DANEBOUND_TESTS_SCENARIOS_LINES_H_
#define DANEBOUND_TESTS_SCENARIOS_LINES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound::scenario {

struct Line {
  std::string file;
  int number = 0;                  // from 1
  bool indented = false;           // belongs to the section above
  std::vector<std::string> words;  // at least one

  // The words from the first-th on, with single spaces.
  std::string Rest(size_t first) const;

  // An InvalidArgument "FILE:LINE: WHAT".
  absl::Status Wrong(absl::string_view what) const;
};

// Splits a file into lines; empty ones and comments (";" to the end) are left
// out. "$GENERATE 1-3 TEXT" stands for TEXT three times, with "$" replaced by
// the numbers.
//
//   errors  InvalidArgument  a broken $GENERATE.
absl::StatusOr<std::vector<Line>> SplitLines(absl::string_view file,
                                             absl::string_view text);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_LINES_H_
