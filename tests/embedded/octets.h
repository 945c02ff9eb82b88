// DNS messages for tests, written octet by octet.
#ifndef DANEBOUND_TESTS_EMBEDDED_OCTETS_H_
#define DANEBOUND_TESTS_EMBEDDED_OCTETS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// Record types by number, RFC 1035 3.2.2 and later.
inline constexpr uint16_t kA = 1;
inline constexpr uint16_t kNs = 2;
inline constexpr uint16_t kCname = 5;
inline constexpr uint16_t kSoa = 6;
inline constexpr uint16_t kMx = 15;
inline constexpr uint16_t kAaaa = 28;
inline constexpr uint16_t kDname = 39;
inline constexpr uint16_t kOpt = 41;
inline constexpr uint16_t kRrsig = 46;
inline constexpr uint16_t kNsec = 47;
inline constexpr uint16_t kNsec3 = 50;
inline constexpr uint16_t kTlsa = 52;

// Flags of a header: QR RD RA, with an RCODE in the last four bits.
inline constexpr uint16_t kResponse = 0x8180;
inline constexpr uint16_t kTruncated = 0x0200;

std::string U16(uint16_t value);
std::string U32(uint32_t value);

// Presentation form to wire form.
std::string WireName(absl::string_view text);

// A pointer to the name of the question, which starts at octet 12.
std::string QuestionPointer();

// One record; `owner` and `rdata` are octets.
std::string Record(absl::string_view owner, uint16_t type, uint32_t ttl,
                   absl::string_view rdata, uint16_t rr_class = 1);

// RRSIG RDATA for a record of type `covered`; signer and signature are dummies.
std::string RrsigRdata(uint16_t covered, uint32_t original_ttl,
                       int64_t expiration);

// SOA RDATA with this negative TTL.
std::string SoaRdata(uint32_t minimum);

// A whole message: a header, one question of class IN, and the sections.
struct MessageParts {
  uint16_t flags = kResponse;
  std::string name;  // presentation form
  uint16_t type = kMx;
  std::vector<std::string> answer;
  std::vector<std::string> authority;
  std::vector<std::string> additional;
};
std::string MessageOctets(const MessageParts& parts);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_EMBEDDED_OCTETS_H_
