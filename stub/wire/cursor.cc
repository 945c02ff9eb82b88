#include "stub/wire/cursor.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace danebound {

uint8_t Cursor::TakeU8(absl::string_view field) {
  return static_cast<uint8_t>(TakeNumber(field, 1));
}

uint16_t Cursor::TakeU16(absl::string_view field) {
  return static_cast<uint16_t>(TakeNumber(field, 2));
}

uint32_t Cursor::TakeU32(absl::string_view field) {
  return static_cast<uint32_t>(TakeNumber(field, 4));
}

uint64_t Cursor::TakeU64(absl::string_view field) {
  return TakeNumber(field, 8);
}

bool Cursor::TakeBool(absl::string_view field) {
  return TakeUpTo(field, 1) == 1;
}

std::string Cursor::TakeString8(absl::string_view field) {
  return std::string(TakeOctets(field, TakeU8(field)));
}

std::string Cursor::TakeString16(absl::string_view field) {
  return std::string(TakeOctets(field, TakeU16(field)));
}

Name Cursor::TakeName(absl::string_view field) {
  if (!ok()) return {};
  absl::StatusOr<Name> name = Name::TakeWire(&rest_);
  if (name.ok()) return *std::move(name);
  Fail(field, absl::string_view(name.status().message()));
  return {};
}

void Cursor::Fail(absl::string_view field, absl::string_view why) {
  if (!ok()) return;
  status_ = absl::InvalidArgumentError(absl::StrCat(
      field, " at octet ", all_.size() - rest_.size(), " of the body: ", why));
}

absl::Status Cursor::Finish() {
  if (!rest_.empty()) {
    Fail("the end", absl::StrCat(rest_.size(), " octets too many"));
  }
  return status_;
}

uint64_t Cursor::TakeNumber(absl::string_view field, size_t size) {
  uint64_t number = 0;
  for (const char octet : TakeOctets(field, size)) {
    number = number << 8 | static_cast<uint8_t>(octet);
  }
  return number;
}

uint8_t Cursor::TakeUpTo(absl::string_view field, uint8_t last) {
  const uint8_t number = TakeU8(field);
  if (number <= last) return number;
  Fail(field,
       absl::StrCat("the value is ", number, ", the greatest known is ", last));
  return 0;
}

absl::string_view Cursor::TakeOctets(absl::string_view field, size_t size) {
  if (rest_.size() < size) {
    Fail(field, absl::StrCat(size, " octets wanted, ", rest_.size(), " left"));
  }
  if (!ok()) return {};
  const absl::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

}  // namespace danebound
