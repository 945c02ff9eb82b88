// Texts for people that more than one command prints.
#ifndef DANEBOUND_STUB_CLI_WORDS_H_
#define DANEBOUND_STUB_CLI_WORDS_H_

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

// The text without what could steer a terminal: control characters, ASCII's and
// those of UTF-8's C1 block, become "?".
std::string Printable(absl::string_view text);

// Breaks text at spaces into lines of at most `width` octets; a longer word has
// a line of its own. There is at least one line.
std::vector<std::string> Wrap(absl::string_view text, size_t width);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_WORDS_H_
