#include "stub/mta/setup_lines.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

// Without blanks at its ends, and with one where there are several.
std::string Squeezed(absl::string_view line) {
  return absl::StrJoin(
      absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty()), " ");
}

std::vector<std::string> LinesOf(absl::string_view text) {
  std::vector<std::string> lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    std::string squeezed = Squeezed(line);
    if (!squeezed.empty()) lines.push_back(std::move(squeezed));
  }
  return lines;
}

bool IsLike(absl::string_view line, absl::string_view wanted,
            absl::string_view any) {
  const size_t place = any.empty() ? wanted.npos : wanted.find(any);
  if (place == wanted.npos) return line == wanted;
  const absl::string_view before = wanted.substr(0, place);
  const absl::string_view after = wanted.substr(place + any.size());
  return line.size() > before.size() + after.size() &&
         absl::StartsWith(line, before) && absl::EndsWith(line, after);
}

}  // namespace

std::vector<std::string> MissingLines(absl::string_view text,
                                      const SetupLines& lines,
                                      absl::string_view any) {
  const std::vector<std::string> stated = LinesOf(text);
  std::vector<std::string> missing;
  for (std::string& wanted : LinesOf(lines.text)) {
    const bool is_there = std::any_of(
        stated.begin(), stated.end(),
        [&](const auto& line) { return IsLike(line, wanted, any); });
    if (!is_there) missing.push_back(std::move(wanted));
  }
  return missing;
}

}  // namespace danebound
