// Lines for the settings of mail servers, as the pages of docs/mta have them,
// and whether a file has them already.
#ifndef DANEBOUND_STUB_MTA_SETUP_LINES_H_
#define DANEBOUND_STUB_MTA_SETUP_LINES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// Lines, and where they go.
struct SetupLines {
  std::string file;
  std::string place;  // in that file: "a new file", "at its end"
  std::string text;   // whole lines
};

// The lines of these that a file's text lacks, blanks aside.
//
//   any  a word in the lines in whose place the text may have any other; empty:
//        there is none.
std::vector<std::string> MissingLines(absl::string_view text,
                                      const SetupLines& lines,
                                      absl::string_view any);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_SETUP_LINES_H_
