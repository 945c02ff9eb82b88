#include "stub/serve/socketmap/netstring.h"

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

bool IsDigit(char octet) {
  return absl::ascii_isdigit(static_cast<unsigned char>(octet));
}

// A length, and how many octets it is written with. No ":" yet: it may go on.
struct Length {
  size_t value = 0;
  size_t digits = 0;
};

absl::StatusOr<Length> ReadLength(absl::string_view octets, size_t most) {
  Length length;
  for (const char octet : octets) {
    if (!IsDigit(octet)) break;
    if (length.digits > 0 && length.value == 0) {
      return absl::InvalidArgumentError("a netstring's length begins with 0");
    }
    length.value = length.value * 10 + static_cast<size_t>(octet - '0');
    if (length.value > most) {
      return absl::OutOfRangeError(absl::StrCat("a netstring of more than ",
                                                most, " octets is announced"));
    }
    ++length.digits;
  }
  return length;
}

}  // namespace

absl::StatusOr<absl::optional<absl::string_view>> TakeNetstring(
    absl::string_view* octets, size_t most) {
  const absl::StatusOr<Length> length = ReadLength(*octets, most);
  if (!length.ok()) return length.status();
  if (length->digits == octets->size()) return absl::nullopt;
  if (length->digits == 0 || (*octets)[length->digits] != ':') {
    return absl::InvalidArgumentError("no netstring: the length is missing");
  }
  const size_t start = length->digits + 1;
  if (octets->size() < start + length->value + 1) return absl::nullopt;
  if ((*octets)[start + length->value] != ',') {
    return absl::InvalidArgumentError(
        "no netstring: no comma where its length says it ends");
  }
  const absl::string_view content = octets->substr(start, length->value);
  octets->remove_prefix(start + length->value + 1);
  return content;
}

std::string EncodeNetstring(absl::string_view octets) {
  return absl::StrCat(octets.size(), ":", octets, ",");
}

}  // namespace danebound
