#include "stub/wire/writer.h"

#include "absl/strings/str_cat.h"

namespace danebound {

void Writer::PutCount(absl::string_view field, size_t count) {
  PutLimited(field, count, 2);
}

void Writer::PutString8(absl::string_view field, absl::string_view octets) {
  PutLimited(field, octets.size(), 1);
  absl::StrAppend(&octets_, octets);
}

void Writer::PutString16(absl::string_view field, absl::string_view octets) {
  PutLimited(field, octets.size(), 2);
  absl::StrAppend(&octets_, octets);
}

void Writer::PutName(const Name& name) {
  absl::StrAppend(&octets_, name.wire());
}

void Writer::PutNumber(uint64_t number, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    octets_.push_back(static_cast<char>(number >> shift));
  }
}

void Writer::PutLimited(absl::string_view field, size_t number, int size) {
  const size_t last = (size_t{1} << (8 * size)) - 1;
  if (number > last && status_.ok()) {
    status_ = absl::OutOfRangeError(
        absl::StrCat(field, ": ", number, " is more than ", last));
  }
  PutNumber(number, size);
}

}  // namespace danebound
