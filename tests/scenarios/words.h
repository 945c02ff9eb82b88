// The words of scenario files, and the enums that they stand for.
#ifndef DANEBOUND_TESTS_SCENARIOS_WORDS_H_
#define DANEBOUND_TESTS_SCENARIOS_WORDS_H_

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "tests/scenarios/lines.h"

namespace danebound::scenario {

template <typename Value>
struct Word {
  const char* text;
  Value value;
};

// The error for a word that is none of `known`.
inline absl::Status UnknownWord(const Line& line, absl::string_view text,
                                const std::vector<std::string>& known) {
  return line.Wrong(absl::StrCat("unknown word \"", text, "\", not one of ",
                                 absl::StrJoin(known, ", ")));
}

// Finds the value that stands beside `text`.
//
//   errors  InvalidArgument  there is none; names those there are.
template <typename Value, size_t kCount>
absl::StatusOr<Value> ParseWord(const Line& line, absl::string_view text,
                                const std::array<Word<Value>, kCount>& words) {
  std::vector<std::string> known;
  for (const Word<Value>& word : words) {
    if (text == word.text) return word.value;
    known.emplace_back(word.text);
  }
  return UnknownWord(line, text, known);
}

// Finds the value of an enum of the rules, 0 to `last`, whose ToText is `text`.
//
//   errors  InvalidArgument  there is none; names those there are.
template <typename Value>
absl::StatusOr<Value> ParseEnum(const Line& line, absl::string_view text,
                                Value last) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const absl::string_view word = ToText(static_cast<Value>(i));
    if (text == word) return static_cast<Value>(i);
    known.emplace_back(word);
  }
  return UnknownWord(line, text, known);
}

// Says whether the line has `count` words.
//
//   errors  InvalidArgument  it has fewer; the text shows `usage`.
inline absl::Status NeedWords(const Line& line, size_t count,
                              absl::string_view usage) {
  if (line.words.size() >= count) return absl::OkStatus();
  return line.Wrong(absl::StrCat("expected: ", usage));
}

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_WORDS_H_
