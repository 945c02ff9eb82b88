#include "stub/check/mta_sts.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr size_t kMostShown = 200;

// The strings of one TXT record in one piece; RFC 1035 3.3.14.
std::string TextOf(absl::string_view rdata) {
  std::string text;
  while (!rdata.empty()) {
    const auto size = static_cast<uint8_t>(rdata[0]);
    text += std::string(rdata.substr(1, size));
    rdata.remove_prefix(std::min<size_t>(rdata.size(), size + 1));
  }
  return text;
}

}  // namespace

std::string MtaStsRecord(const std::vector<std::string>& rdata) {
  std::string found;
  for (const std::string& each : rdata) {
    const std::string text = TextOf(each);
    if (!absl::StartsWith(text, "v=STSv1;")) continue;
    if (!found.empty()) return "";
    found = absl::CHexEscape(text.substr(0, kMostShown));
  }
  return found;
}

}  // namespace danebound
