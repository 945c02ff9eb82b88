#include "stub/cli/forms/shown_name.h"

#include "absl/strings/str_cat.h"
#include "stub/dane/next_hop.h"
#include "stub/system/printable.h"

namespace danebound {

std::string ShownName(const Name& name, bool unicode) {
  std::string text = name.ToText();
  if (!unicode) return text;
  const std::string labels = ToUnicode(name);
  if (labels == text || labels != Printable(labels)) return text;
  return absl::StrCat(text, " (", labels, ")");
}

}  // namespace danebound
