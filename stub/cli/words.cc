#include "stub/cli/words.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

struct Unit {
  int64_t seconds;
  absl::string_view name;
};

constexpr std::array<Unit, 4> kUnits = {
    {{86400, " d"}, {3600, " h"}, {60, " min"}, {1, " s"}}};

bool IsControl(unsigned char octet) { return octet < 0x20 || octet == 0x7f; }

// U+0080 to U+009F are 0xc2 and one of 0x80 to 0x9f.
bool IsC1(absl::string_view text, size_t at) {
  return text[at] == '\xc2' && at + 1 < text.size() &&
         static_cast<unsigned char>(text[at + 1]) < 0xa0;
}

}  // namespace

std::string LengthOfTime(int64_t seconds) {
  seconds = std::max<int64_t>(seconds, 0);
  for (size_t i = 0; i + 1 < kUnits.size(); ++i) {
    const Unit& great = kUnits[i];
    const Unit& small = kUnits[i + 1];
    if (seconds < great.seconds) continue;
    const std::string text = absl::StrCat(seconds / great.seconds, great.name);
    const int64_t rest = seconds % great.seconds / small.seconds;
    return rest == 0 ? text : absl::StrCat(text, " ", rest, small.name);
  }
  return absl::StrCat(seconds, kUnits.back().name);
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsC1(text, i)) {
      printable += '?';
      ++i;
    } else {
      printable +=
          IsControl(static_cast<unsigned char>(text[i])) ? '?' : text[i];
    }
  }
  return printable;
}

std::vector<std::string> Wrap(absl::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!lines.empty() && lines.back().size() + 1 + word.size() <= width) {
      absl::StrAppend(&lines.back(), " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace danebound
