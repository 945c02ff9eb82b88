#include "stub/cli/nearest.h"

#include <algorithm>

namespace danebound {
namespace {

// Optimal string alignment: changes[i][j] make the first i letters of `a` the
// first j of `b`.
size_t Changes(absl::string_view a, absl::string_view b) {
  std::vector<std::vector<size_t>> changes(a.size() + 1,
                                           std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        changes[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      changes[i][j] = std::min({changes[i - 1][j] + 1, changes[i][j - 1] + 1,
                                changes[i - 1][j - 1] + (same ? 0 : 1)});
      const bool turned =
          i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (turned) {
        changes[i][j] = std::min(changes[i][j], changes[i - 2][j - 2] + 1);
      }
    }
  }
  return changes[a.size()][b.size()];
}

}  // namespace

std::string Nearest(absl::string_view typed,
                    const std::vector<std::string>& words) {
  constexpr size_t kLongest = 100;  // no word of ours is as long
  std::string nearest;
  if (typed.size() > kLongest) return nearest;
  size_t fewest = std::max<size_t>(typed.size() / 3, 2) + 1;
  for (const std::string& word : words) {
    const size_t changes = Changes(typed, word);
    if (changes >= fewest) continue;
    fewest = changes;
    nearest = word;
  }
  return nearest;
}

}  // namespace danebound
