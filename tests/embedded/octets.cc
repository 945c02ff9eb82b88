#include "tests/embedded/octets.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/dane/name.h"

namespace danebound {

std::string U16(uint16_t value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

std::string U32(uint32_t value) {
  return U16(static_cast<uint16_t>(value >> 16)) +
         U16(static_cast<uint16_t>(value & 0xffff));
}

std::string WireName(absl::string_view text) {
  return std::string(Name::ParseText(text).value().wire());
}

std::string QuestionPointer() { return "\xc0\x0c"; }

std::string Record(absl::string_view owner, uint16_t type, uint32_t ttl,
                   absl::string_view rdata, uint16_t rr_class) {
  return absl::StrCat(owner, U16(type), U16(rr_class), U32(ttl),
                      U16(static_cast<uint16_t>(rdata.size())), rdata);
}

std::string RrsigRdata(uint16_t covered, uint32_t original_ttl,
                       int64_t expiration) {
  const auto ends = static_cast<uint32_t>(expiration);
  return absl::StrCat(U16(covered), "\x0d\x02", U32(original_ttl), U32(ends),
                      U32(ends - 86400), U16(12345), WireName("example"),
                      "signature");
}

std::string SoaRdata(uint32_t minimum) {
  return absl::StrCat(WireName("ns.example"), WireName("hostmaster.example"),
                      U32(1), U32(3600), U32(900), U32(604800), U32(minimum));
}

std::string MessageOctets(const MessageParts& parts) {
  const auto count = [](const std::vector<std::string>& section) {
    return U16(static_cast<uint16_t>(section.size()));
  };
  return absl::StrCat(U16(7), U16(parts.flags), U16(1), count(parts.answer),
                      count(parts.authority), count(parts.additional)) +
         absl::StrCat(WireName(parts.name), U16(parts.type), U16(1),
                      absl::StrJoin(parts.answer, ""),
                      absl::StrJoin(parts.authority, ""),
                      absl::StrJoin(parts.additional, ""));
}

}  // namespace danebound
