#include "tests/scenarios/lines.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace danebound::scenario {
namespace {

constexpr int kMostGenerated = 2000;

std::vector<std::string> WordsOf(absl::string_view text) {
  return absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
}

absl::Status AddGenerated(const Line& line, std::vector<Line>& lines) {
  int first = 0;
  int last = 0;
  std::vector<std::string> range;
  if (line.words.size() > 1) range = absl::StrSplit(line.words[1], '-');
  if (line.words.size() < 3 || range.size() != 2 ||
      !absl::SimpleAtoi(range[0], &first) ||
      !absl::SimpleAtoi(range[1], &last) || last < first ||
      last - first > kMostGenerated) {
    return line.Wrong("$GENERATE takes FIRST-LAST and a line");
  }
  for (int number = first; number <= last; ++number) {
    Line generated = line;
    generated.words.erase(generated.words.begin(), generated.words.begin() + 2);
    for (std::string& word : generated.words) {
      word = absl::StrReplaceAll(word, {{"$", absl::StrCat(number)}});
    }
    lines.push_back(std::move(generated));
  }
  return absl::OkStatus();
}

}  // namespace

std::string Line::Rest(size_t first) const {
  if (first >= words.size()) return "";
  return absl::StrJoin(words.begin() + static_cast<std::ptrdiff_t>(first),
                       words.end(), " ");
}

absl::Status Line::Wrong(absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", number, ": ", what));
}

absl::StatusOr<std::vector<Line>> SplitLines(absl::string_view file,
                                             absl::string_view text) {
  std::vector<Line> lines;
  int number = 0;
  for (absl::string_view raw : absl::StrSplit(text, '\n')) {
    ++number;
    raw = raw.substr(0, raw.find(';'));
    std::vector<std::string> words = WordsOf(raw);
    if (words.empty()) continue;
    const bool indented = raw[0] == ' ' || raw[0] == '\t';
    Line line{std::string(file), number, indented, std::move(words)};
    if (line.words[0] == "$GENERATE") {
      absl::Status added = AddGenerated(line, lines);
      if (!added.ok()) return added;
    } else {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace danebound::scenario
