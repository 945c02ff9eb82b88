// Cuts a fuzzer's octets into the strings that a target wants.
#ifndef DANEBOUND_TESTS_FUZZ_OCTETS_H_
#define DANEBOUND_TESTS_FUZZ_OCTETS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// Strings after their lengths of two octets, big endian; the last one may be
// cut short.
inline std::vector<std::string> StringsOf(absl::string_view octets) {
  std::vector<std::string> strings;
  while (octets.size() >= 2) {
    const size_t size = static_cast<size_t>(static_cast<uint8_t>(octets[0]))
                            << 8 |
                        static_cast<uint8_t>(octets[1]);
    octets.remove_prefix(2);
    strings.emplace_back(octets.substr(0, size));
    octets.remove_prefix(strings.back().size());
  }
  return strings;
}

}  // namespace danebound

#endif  // DANEBOUND_TESTS_FUZZ_OCTETS_H_
