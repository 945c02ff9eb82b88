// Writes the fields of a body, front to back.
#ifndef DANEBOUND_STUB_WIRE_WRITER_H_
#define DANEBOUND_STUB_WIRE_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "stub/dane/name.h"

namespace danebound {

// The counterpart of Cursor: the first error sticks and status() tells it.
class Writer {
 public:
  // Put big-endian numbers.
  void PutU8(uint8_t number) { PutNumber(number, 1); }
  void PutU16(uint16_t number) { PutNumber(number, 2); }
  void PutU32(uint32_t number) { PutNumber(number, 4); }
  void PutU64(uint64_t number) { PutNumber(number, 8); }
  void PutBool(bool value) { PutU8(value ? 1 : 0); }

  template <typename Enum>
  void PutEnum(Enum value) {
    PutU8(static_cast<uint8_t>(value));
  }

  // Put a number of items in two octets. Errors: OutOfRange, beyond 65535.
  void PutCount(absl::string_view field, size_t count);

  // Put a string after its length in one octet, or in two. Errors: OutOfRange,
  // beyond 255, or 65535, octets.
  void PutString8(absl::string_view field, absl::string_view octets);
  void PutString16(absl::string_view field, absl::string_view octets);

  void PutName(const Name& name);
  void PutOctets(absl::string_view octets) {
    octets_.append(octets.data(), octets.size());
  }

  const absl::Status& status() const { return status_; }
  const std::string& octets() const { return octets_; }

 private:
  void PutNumber(uint64_t number, int size);
  void PutLimited(absl::string_view field, size_t number, int size);

  std::string octets_;
  absl::Status status_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_WRITER_H_
