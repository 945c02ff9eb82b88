// Random choices that a seed, or octets of a fuzzer, repeat.
#ifndef DANEBOUND_TESTS_ORACLE_DICE_H_
#define DANEBOUND_TESTS_ORACLE_DICE_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

class Dice {
 public:
  explicit Dice(uint32_t seed) : random_(seed) {}

  // Two octets make a throw, as long as they last; what comes then follows from
  // the first four. So a fuzzer has a hand in every throw, and few octets make
  // as much as many.
  explicit Dice(absl::string_view octets) : octets_(octets) {
    const uint32_t first = TakeU16();
    random_.seed(first << 16 | TakeU16());
  }

  // A number from 0 to `end` - 1; `end` is at least 1. Not by a distribution
  // of the library, so that a seed means the same everywhere.
  size_t Below(size_t end) { return Throw() % end; }

  // Comes true in `percent` of 100 throws.
  bool Chance(size_t percent) { return Below(100) < percent; }

  // One of `choices`, which are not empty.
  template <typename T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[Below(choices.size())];
  }

 private:
  uint32_t Throw() {
    return octets_.size() - taken_ < 2 ? static_cast<uint32_t>(random_())
                                       : TakeU16();
  }

  // 0 for octets that are not there.
  uint32_t TakeU16() {
    uint32_t number = 0;
    for (int i = 0; i < 2; ++i) {
      const bool there = taken_ < octets_.size();
      number =
          number << 8 | (there ? static_cast<uint8_t>(octets_[taken_]) : 0);
      if (there) ++taken_;
    }
    return number;
  }

  std::string octets_;
  size_t taken_ = 0;  // of octets_
  std::mt19937 random_;
};

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_DICE_H_
