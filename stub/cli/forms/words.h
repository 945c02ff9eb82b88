// Texts for people that more than one command prints.
#ifndef DANEBOUND_STUB_CLI_FORMS_WORDS_H_
#define DANEBOUND_STUB_CLI_FORMS_WORDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// Exit codes of what asks for verdicts and of a wrong command line; the worst
// of all domains counts. --help and docs/json.md list them.
enum class ExitCode : int {
  kSuccess = 0,        // all deliver; the command did what was asked
  kUsage = 1,          // wrong arguments, or output that can't be written
  kUndeliverable = 2,  // a verdict says undeliverable
  kDefer = 3,          // a verdict says defer
  kNoVerdict = 4,      // a verdict, or the reply of the module, is missing
};

// A length of time in its two greatest units: "2 d 3 h", "59 min 2 s", "0 s".
//
//   seconds  below 0 counts as 0.
std::string LengthOfTime(int64_t seconds);

// The columns that UTF-8 takes on a terminal: two for wide characters, none for
// those that combine.
size_t Width(absl::string_view text);

// The text with blanks behind it, up to so many columns.
std::string Padded(absl::string_view text, size_t width);

// Breaks text at spaces into lines of at most `width` columns; a longer word
// has a line of its own. There is at least one line.
std::vector<std::string> Wrap(absl::string_view text, size_t width);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_WORDS_H_
