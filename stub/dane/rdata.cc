#include "stub/dane/rdata.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// RRSIG, RFC 4034 3.1.
constexpr size_t kCoveredAt = 0;
constexpr size_t kLabelsAt = 3;
constexpr size_t kOriginalTtlAt = 4;
constexpr size_t kExpirationAt = 8;
constexpr size_t kInceptionAt = 12;
constexpr size_t kFixedSize = 18;

constexpr size_t kMinimumSize = 4;  // the last field of an SOA

uint32_t NumberAt(absl::string_view octets, size_t at, size_t size) {
  uint32_t number = 0;
  for (const char octet : octets.substr(at, size)) {
    number = number << 8 | static_cast<uint8_t>(octet);
  }
  return number;
}

int64_t TimeAt(absl::string_view octets, size_t at, int64_t now) {
  const uint32_t ahead = U32At(octets, at) - static_cast<uint32_t>(now);
  return now + static_cast<int32_t>(ahead);
}

}  // namespace

uint16_t U16At(absl::string_view octets, size_t at) {
  return static_cast<uint16_t>(NumberAt(octets, at, 2));
}

uint32_t U32At(absl::string_view octets, size_t at) {
  return NumberAt(octets, at, 4);
}

absl::optional<Rrsig> ParseRrsig(absl::string_view rdata, int64_t now) {
  if (rdata.size() < kFixedSize) return absl::nullopt;
  Rrsig rrsig;
  rrsig.covered = U16At(rdata, kCoveredAt);
  rrsig.labels = static_cast<uint8_t>(rdata[kLabelsAt]);
  rrsig.original_ttl = U32At(rdata, kOriginalTtlAt);
  rrsig.ends = TimeAt(rdata, kExpirationAt, now);
  rrsig.begins = TimeAt(rdata, kInceptionAt, now);
  return rrsig;
}

absl::optional<uint32_t> SoaMinimum(absl::string_view rdata) {
  if (rdata.size() < kMinimumSize) return absl::nullopt;
  return U32At(rdata, rdata.size() - kMinimumSize);
}

absl::optional<Name> SubstituteDname(const Name& name, const Name& owner,
                                     absl::string_view rdata) {
  if (name == owner || !name.IsAtOrBelow(owner)) return absl::nullopt;
  const size_t kept = name.wire().size() - owner.wire().size();
  absl::StatusOr<Name> target =
      Name::ParseWire(absl::StrCat(name.wire().substr(0, kept), rdata));
  if (!target.ok()) return absl::nullopt;
  return *std::move(target);
}

}  // namespace danebound
