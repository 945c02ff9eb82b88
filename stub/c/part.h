// What a getter of danebound.h returns for an index, which may be out of range.
#ifndef DANEBOUND_STUB_C_PART_H_
#define DANEBOUND_STUB_C_PART_H_

#include <cstddef>
#include <string>
#include <vector>

namespace danebound::c {

// The part with that index, or NULL.
template <typename Part>
const Part* PartAt(const std::vector<Part>& parts, size_t index) {
  return index < parts.size() ? &parts[index] : nullptr;
}

// The text with that index, or "".
inline const char* TextAt(const std::vector<std::string>& texts, size_t index) {
  return index < texts.size() ? texts[index].c_str() : "";
}

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_PART_H_
