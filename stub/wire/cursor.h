// Reads the fields of a body, front to back, never past its end.
#ifndef DANEBOUND_STUB_WIRE_CURSOR_H_
#define DANEBOUND_STUB_WIRE_CURSOR_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "stub/dane/name.h"

namespace danebound {

// The first error sticks: from then on every Take returns an empty value and
// takes nothing, so that a parser looks at status() once, at its end. A loop
// over a count from the body must also look at ok(). `field` names the field
// in the error's text.
class Cursor {
 public:
  // `octets` must outlive the cursor.
  explicit Cursor(absl::string_view octets) : all_(octets), rest_(octets) {}

  // Take big-endian numbers. Errors: InvalidArgument, the body ends too soon.
  uint8_t TakeU8(absl::string_view field) {
    return static_cast<uint8_t>(TakeNumber(field, 1));
  }
  uint16_t TakeU16(absl::string_view field) {
    return static_cast<uint16_t>(TakeNumber(field, 2));
  }
  uint32_t TakeU32(absl::string_view field) {
    return static_cast<uint32_t>(TakeNumber(field, 4));
  }
  uint64_t TakeU64(absl::string_view field) { return TakeNumber(field, 8); }

  // Takes one octet, 0 or 1. Errors: InvalidArgument, any other value.
  bool TakeBool(absl::string_view field) { return TakeUpTo(field, 1) == 1; }

  // Takes one octet as an enumerator. Errors: InvalidArgument, more than
  // `last`.
  template <typename Enum>
  Enum TakeEnum(absl::string_view field, Enum last) {
    return static_cast<Enum>(TakeUpTo(field, static_cast<uint8_t>(last)));
  }

  // Take a string after its length of one octet, or of two.
  std::string TakeString8(absl::string_view field) {
    return std::string(TakeView8(field));
  }
  std::string TakeString16(absl::string_view field) {
    return std::string(TakeView16(field));
  }
  absl::string_view TakeView8(absl::string_view field) {
    return TakeOctets(field, TakeU8(field));
  }
  absl::string_view TakeView16(absl::string_view field) {
    return TakeOctets(field, TakeU16(field));
  }

  // Takes an uncompressed wire-form name. Errors: InvalidArgument, none there.
  Name TakeName(absl::string_view field);
  // The same where it is lower-case; of one that is not: InvalidArgument.
  absl::string_view TakeNameView(absl::string_view field);

  // Records an error of the caller's own; `why` is a text for people.
  void Fail(absl::string_view field, absl::string_view why);

  // What is not yet taken.
  absl::string_view rest() const { return rest_; }

  bool ok() const { return status_.ok(); }
  // The first error, if any: InvalidArgument, with field and offset.
  const absl::Status& status() const { return status_; }
  // status(), or InvalidArgument where octets are left over.
  absl::Status Finish();

 private:
  uint64_t TakeNumber(absl::string_view field, size_t size) {
    uint64_t number = 0;
    for (const char octet : TakeOctets(field, size)) {
      number = number << 8 | static_cast<uint8_t>(octet);
    }
    return number;
  }
  uint8_t TakeUpTo(absl::string_view field, uint8_t last) {
    const uint8_t number = TakeU8(field);
    if (number <= last) return number;
    FailBeyond(field, number, last);
    return 0;
  }
  absl::string_view TakeOctets(absl::string_view field, size_t size) {
    if (rest_.size() < size || !ok()) {
      FailShort(field, size);
      return {};
    }
    const absl::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  void FailShort(absl::string_view field, size_t size);
  void FailBeyond(absl::string_view field, uint8_t number, uint8_t last);

  absl::string_view all_;
  absl::string_view rest_;
  absl::Status status_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_CURSOR_H_
