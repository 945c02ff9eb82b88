#include "stub/dane/der.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/types/optional.h"

namespace danebound {
namespace {

constexpr char kBitString = 0x03;
constexpr char kSequence = 0x30;

// Takes a definite, minimal length. X.690 10.1.
absl::optional<size_t> TakeLength(absl::string_view* der) {
  if (der->empty()) return absl::nullopt;
  const auto first = static_cast<uint8_t>(der->front());
  der->remove_prefix(1);
  if (first < 0x80) return first;
  const size_t count = first & 0x7f;
  if (count == 0 || count > 4 || count > der->size()) return absl::nullopt;
  size_t length = 0;
  for (size_t i = 0; i < count; ++i) {
    length = length << 8 | static_cast<uint8_t>((*der)[i]);
  }
  der->remove_prefix(count);
  const size_t least = count == 1 ? 0x80 : size_t{1} << (8 * (count - 1));
  if (length < least) return absl::nullopt;
  return length;
}

// Takes one element of the given tag and returns its contents.
absl::optional<absl::string_view> TakeElement(char tag,
                                              absl::string_view* der) {
  if (der->empty() || der->front() != tag) return absl::nullopt;
  der->remove_prefix(1);
  const absl::optional<size_t> length = TakeLength(der);
  if (!length || *length > der->size()) return absl::nullopt;
  const absl::string_view contents = der->substr(0, *length);
  der->remove_prefix(*length);
  return contents;
}

// Says whether `der` is one SEQUENCE of exactly the elements with these tags.
bool IsSequenceOf(absl::string_view tags, absl::string_view der) {
  absl::optional<absl::string_view> contents = TakeElement(kSequence, &der);
  if (!contents || !der.empty()) return false;
  for (const char tag : tags) {
    if (!TakeElement(tag, &*contents)) return false;
  }
  return contents->empty();
}

}  // namespace

bool IsCertificate(absl::string_view der) {
  constexpr std::array<char, 3> kTags = {kSequence, kSequence, kBitString};
  return IsSequenceOf({kTags.data(), kTags.size()}, der);
}

bool IsPublicKey(absl::string_view der) {
  constexpr std::array<char, 2> kTags = {kSequence, kBitString};
  return IsSequenceOf({kTags.data(), kTags.size()}, der);
}

}  // namespace danebound
