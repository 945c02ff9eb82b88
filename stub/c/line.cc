#include "stub/c/line.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace danebound::c {
namespace {

constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// What the first octets of a character may be, and how many octets it has. The
// second octet's range keeps out surrogates and what has a shorter form.
struct Form {
  uint8_t first, last;    // the range of the first octet
  uint8_t second, until;  // the range of the second octet
  size_t size;
};

// RFC 3629 4.
constexpr Form kForms[] = {
    {0x00, 0x7F, 0x00, 0x00, 1}, {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4}};

bool IsIn(char octet, uint8_t first, uint8_t last) {
  const auto value = static_cast<uint8_t>(octet);
  return first <= value && value <= last;
}

bool IsOfForm(absl::string_view text, const Form& form) {
  if (!IsIn(text[0], form.first, form.last) || text.size() < form.size) {
    return false;
  }
  if (form.size == 1) return true;
  return IsIn(text[1], form.second, form.until) &&
         std::all_of(text.begin() + 2, text.begin() + form.size,
                     [](char octet) { return IsIn(octet, 0x80, 0xBF); });
}

// The octets of the character in front; 0 where there is none.
size_t SizeOfFirst(absl::string_view text) {
  for (const Form& form : kForms) {
    if (IsOfForm(text, form)) return form.size;
  }
  return 0;
}

bool IsControl(absl::string_view character) {
  if (character.size() == 1) {
    return IsIn(character[0], 0x00, 0x1F) || character[0] == 0x7F;
  }
  return IsIn(character[0], 0xC2, 0xC2) && IsIn(character[1], 0x80, 0x9F);
}

}  // namespace

std::string LineOf(absl::string_view text) {
  std::string line;
  line.reserve(text.size());
  while (!text.empty()) {
    const size_t size = SizeOfFirst(text);
    if (size == 0) {
      line.append(kReplacement.data(), kReplacement.size());
    } else if (IsControl(text.substr(0, size))) {
      line += ' ';
    } else {
      line.append(text.data(), size);
    }
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return line;
}

}  // namespace danebound::c
