#include "stub/wire/cursor.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace danebound {

Name Cursor::TakeName(absl::string_view field) {
  if (!ok()) return {};
  absl::StatusOr<Name> name = Name::TakeWire(&rest_);
  if (name.ok()) return *std::move(name);
  Fail(field, absl::string_view(name.status().message()));
  return {};
}

absl::string_view Cursor::TakeNameView(absl::string_view field) {
  if (!ok()) return {};
  const absl::StatusOr<size_t> size = Name::WireSize(rest_);
  if (!size.ok()) {
    Fail(field, absl::string_view(size.status().message()));
    return {};
  }
  const absl::string_view name = rest_.substr(0, *size);
  if (std::any_of(name.begin(), name.end(),
                  [](char octet) { return octet >= 'A' && octet <= 'Z'; })) {
    Fail(field, "a name with upper-case letters");
    return {};
  }
  rest_.remove_prefix(*size);
  return name;
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

void Cursor::FailBeyond(absl::string_view field, uint8_t number, uint8_t last) {
  Fail(field,
       absl::StrCat("the value is ", number, ", the greatest known is ", last));
}

void Cursor::FailShort(absl::string_view field, size_t size) {
  if (!ok()) return;
  Fail(field, absl::StrCat(size, " octets wanted, ", rest_.size(), " left"));
}

}  // namespace danebound
