#include "stub/system/printable.h"

#include <unictype.h>
#include <unistr.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

const uint8_t* Octets(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

// Controls, formats, surrogates, private and unassigned ones; separators of
// lines and paragraphs.
constexpr uint32_t kHidden =
    UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp;

bool IsShown(ucs4_t character) {
  return !uc_is_general_category_withtable(character, kHidden) &&
         !uc_is_property_default_ignorable_code_point(character);
}

}  // namespace

char* WritePrintable(absl::string_view text, char* printable) {
  while (!text.empty()) {
    ucs4_t character = 0;
    const int taken = u8_mbtoucr(&character, Octets(text), text.size());
    const size_t size = taken > 0 ? static_cast<size_t>(taken) : 1;
    if (taken > 0 && IsShown(character)) {
      printable = std::copy_n(text.data(), size, printable);
    } else {
      *printable++ = '?';
    }
    text.remove_prefix(size);
  }
  return printable;
}

std::string Printable(absl::string_view text) {
  std::string printable(text.size(), '\0');
  char* const end = WritePrintable(text, printable.data());
  printable.resize(static_cast<size_t>(end - printable.data()));
  return printable;
}

std::string PrintableLines(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* lines, absl::string_view line) {
                         lines->append(Printable(line));
                       });
}

}  // namespace danebound
