// Random choices that a seed repeats.
#ifndef DANEBOUND_TESTS_ORACLE_DICE_H_
#define DANEBOUND_TESTS_ORACLE_DICE_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace danebound {

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}

  // A number from 0 to `end` - 1; `end` is at least 1. Not by a distribution
  // of the library, so that a seed means the same everywhere.
  size_t Below(size_t end) { return random_() % end; }

  // Comes true in `percent` of 100 throws.
  bool Chance(size_t percent) { return Below(100) < percent; }

  // One of `choices`, which are not empty.
  template <typename T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::mt19937 random_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_DICE_H_
