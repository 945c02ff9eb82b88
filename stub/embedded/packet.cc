#include "stub/embedded/packet.h"

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/rr_type.h"

namespace danebound {
namespace {

constexpr uint16_t kClassIn = 1;
constexpr uint32_t kMaxTtl = 0x7fffffff;
constexpr size_t kMaxName = 255;
// No name needs more: each label takes two octets at least.
constexpr int kMaxPointers = 127;

// Reads a message from the front. After the first failure every Take gives 0 or
// nothing and ok() stays false, so that callers look once.
class Cursor {
 public:
  explicit Cursor(absl::string_view message) : message_(message) {}

  bool ok() const { return ok_; }
  bool at_end() const { return position_ == message_.size(); }
  size_t position() const { return position_; }
  void Fail() { ok_ = false; }

  absl::string_view TakeOctets(size_t count) {
    if (!ok_ || count > message_.size() - position_) {
      ok_ = false;
      return {};
    }
    const absl::string_view octets = message_.substr(position_, count);
    position_ += count;
    return octets;
  }

  uint16_t TakeU16() { return static_cast<uint16_t>(TakeNumber(2)); }
  uint32_t TakeU32() { return TakeNumber(4); }

  // RFC 1035 4.1.4: labels, then the root or a pointer to an earlier name.
  Name TakeName() {
    std::string wire;
    size_t start = position_;  // of the present run of labels
    absl::string_view rest = TakeRun(&wire);
    for (int pointers = 0; ok_ && !rest.empty(); ++pointers) {
      const size_t target = TargetOf(rest);
      ok_ = target < start && pointers < kMaxPointers;
      if (!ok_) break;
      start = target;
      Cursor earlier(message_);
      earlier.position_ = target;
      rest = earlier.TakeRun(&wire);
      ok_ = earlier.ok_;
    }
    const absl::StatusOr<Name> name = Name::ParseWire(wire);
    ok_ = ok_ && name.ok();
    return ok_ ? *name : Name();
  }

 private:
  uint32_t TakeNumber(size_t size) {
    uint32_t value = 0;
    for (const char octet : TakeOctets(size)) {
      value = value << 8 | static_cast<uint8_t>(octet);
    }
    return value;
  }

  static size_t TargetOf(absl::string_view pointer) {
    return static_cast<size_t>(static_cast<uint8_t>(pointer[0]) & 0x3f) << 8 |
           static_cast<uint8_t>(pointer[1]);
  }

  // Appends labels to `wire` up to and with the root's, and returns nothing; or
  // up to a pointer, and returns its two octets.
  absl::string_view TakeRun(std::string* wire) {
    while (ok_ && wire->size() < kMaxName) {
      const absl::string_view first = TakeOctets(1);
      if (!ok_) break;
      const auto length = static_cast<uint8_t>(first[0]);
      if (length >= 0xc0) {
        TakeOctets(1);
        if (!ok_) break;
        return message_.substr(position_ - 2, 2);
      }
      if (length > 63) break;  // RFC 6891 5: no other label types in use
      absl::StrAppend(wire, first, TakeOctets(length));
      if (length == 0) return {};
    }
    ok_ = false;
    return {};
  }

  absl::string_view message_;
  size_t position_ = 0;
  bool ok_ = true;
};

// The RDATA that a record's `size` octets at the cursor stand for.
std::string TakeRdata(uint16_t type, size_t size, Cursor* cursor) {
  switch (type) {
    case static_cast<uint16_t>(RrType::kCname):
    case kTypeNs:
    case kTypeDname:
      return std::string(cursor->TakeName().wire());
    case static_cast<uint16_t>(RrType::kMx): {
      const absl::string_view preference = cursor->TakeOctets(2);
      return absl::StrCat(preference, cursor->TakeName().wire());
    }
    default:
      return std::string(cursor->TakeOctets(size));
  }
}

// Takes one record; returns false where it is not of class IN.
bool TakeRecord(Cursor* cursor, DnsRecord* record) {
  record->owner = cursor->TakeName();
  record->type = cursor->TakeU16();
  const uint16_t rr_class = cursor->TakeU16();
  const uint32_t ttl = cursor->TakeU32();
  record->ttl = ttl > kMaxTtl ? 0 : ttl;
  const size_t size = cursor->TakeU16();
  const size_t end = cursor->position() + size;
  record->rdata = TakeRdata(record->type, size, cursor);
  // A name in RDATA ends where the RDATA does.
  if (cursor->position() != end) cursor->Fail();
  return rr_class == kClassIn;
}

absl::Status TakeSection(absl::string_view section, size_t count,
                         Cursor* cursor, std::vector<DnsRecord>* records) {
  for (size_t i = 0; i < count; ++i) {
    DnsRecord record;
    const bool wanted = TakeRecord(cursor, &record);
    if (!cursor->ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("record ", i + 1, " of ", count, " in the ", section,
                       " section is cut off, or a name in it is broken"));
    }
    if (wanted) records->push_back(std::move(record));
  }
  return absl::OkStatus();
}

absl::Status TakeQuestion(size_t count, Cursor* cursor, Packet* packet) {
  packet->question = cursor->TakeName();
  packet->question_type = cursor->TakeU16();
  const bool is_in = cursor->TakeU16() == kClassIn;
  if (count == 1 && cursor->ok() && is_in) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the question section is not one whole question of class IN");
}

}  // namespace

absl::StatusOr<Packet> ParsePacket(absl::string_view octets) {
  Cursor cursor(octets);
  Packet packet;
  cursor.TakeU16();  // the identifier
  const uint16_t flags = cursor.TakeU16();
  packet.rcode = flags & 0x000f;
  packet.response = (flags & 0x8000) != 0;
  packet.truncated = (flags & 0x0200) != 0;
  const size_t questions = cursor.TakeU16();
  const size_t answers = cursor.TakeU16();
  const size_t authorities = cursor.TakeU16();
  const size_t additionals = cursor.TakeU16();
  std::vector<DnsRecord> ignored;
  absl::Status status = TakeQuestion(questions, &cursor, &packet);
  if (status.ok()) {
    status = TakeSection("answer", answers, &cursor, &packet.answer);
  }
  if (status.ok()) {
    status = TakeSection("authority", authorities, &cursor, &packet.authority);
  }
  if (status.ok()) {
    status = TakeSection("additional", additionals, &cursor, &ignored);
  }
  if (status.ok() && !cursor.at_end()) {
    status = absl::InvalidArgumentError("octets follow the last record");
  }
  if (!status.ok()) return status;
  return packet;
}

}  // namespace danebound
