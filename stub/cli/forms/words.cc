#include "stub/cli/forms/words.h"

#include <uniwidth.h>

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

const uint8_t* Octets(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
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

size_t Width(absl::string_view text) {
  return static_cast<size_t>(u8_width(Octets(text), text.size(), "UTF-8"));
}

std::string Padded(absl::string_view text, size_t width) {
  return absl::StrCat(text,
                      std::string(width - std::min(width, Width(text)), ' '));
}

std::vector<std::string> Wrap(absl::string_view text, size_t width) {
  std::vector<std::string> lines;
  for (const absl::string_view word :
       absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!lines.empty() && Width(lines.back()) + 1 + Width(word) <= width) {
      absl::StrAppend(&lines.back(), " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  if (lines.empty()) lines.emplace_back();
  return lines;
}

}  // namespace danebound
