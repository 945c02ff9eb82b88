#include "stub/dane/hex.h"

#include <cstddef>

#include "absl/strings/ascii.h"

namespace danebound {
namespace {

// The value of one digit; -1: it is none.
int ValueOf(char digit) {
  const auto octet = static_cast<unsigned char>(digit);
  if (absl::ascii_isdigit(octet)) return digit - '0';
  if (!absl::ascii_isxdigit(octet)) return -1;
  return absl::ascii_tolower(octet) - 'a' + 10;
}

}  // namespace

std::string ParseHex(absl::string_view digits) {
  std::string octets;
  if (digits.size() % 2 != 0) return octets;
  octets.reserve(digits.size() / 2);
  for (size_t i = 0; i < digits.size(); i += 2) {
    const int high = ValueOf(digits[i]);
    const int low = ValueOf(digits[i + 1]);
    if (high < 0 || low < 0) return "";
    octets += static_cast<char>(high * 16 + low);
  }
  return octets;
}

}  // namespace danebound
