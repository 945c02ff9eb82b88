#include "stub/serve/resolver/root_question.h"

namespace danebound {
namespace {

constexpr size_t kHeaderSize = 12;
// The root, NS, IN.
constexpr absl::string_view kQuestion("\0\0\2\0\1", 5);
// OPT: 1232 octets, version 0, DO. RFC 6891 6.1.2.
constexpr absl::string_view kOpt("\0\0\x29\x04\xd0\0\0\x80\0\0\0", 11);

// Of the third octet of a header.
constexpr uint8_t kIsReply = 0x80;
constexpr uint8_t kOpcode = 0x78;
constexpr uint8_t kTruncated = 0x02;
constexpr uint8_t kRecursionDesired = 0x01;
// Of the fourth.
constexpr uint8_t kAuthentic = 0x20;
constexpr uint8_t kRcode = 0x0f;

constexpr uint8_t kNoError = 0;
constexpr uint8_t kNameError = 3;

char High(uint16_t id) { return static_cast<char>(id >> 8); }
char Low(uint16_t id) { return static_cast<char>(id & 0xff); }

bool IsReplyTo(absl::string_view datagram, uint16_t id) {
  if (datagram.size() < kHeaderSize + kQuestion.size()) return false;
  const auto flags = static_cast<uint8_t>(datagram[2]);
  return datagram[0] == High(id) && datagram[1] == Low(id) &&
         (flags & kIsReply) != 0 && (flags & kOpcode) == 0 &&
         datagram[4] == 0 && datagram[5] == 1 &&
         datagram.substr(kHeaderSize, kQuestion.size()) == kQuestion;
}

}  // namespace

std::string EncodeRootQuestion(uint16_t id) {
  std::string octets = {High(id),
                        Low(id),
                        static_cast<char>(kRecursionDesired),
                        static_cast<char>(kAuthentic),
                        0,
                        1,  // one question
                        0,
                        0,
                        0,
                        0,
                        0,
                        1};  // one additional record
  octets.append(kQuestion.data(), kQuestion.size());
  octets.append(kOpt.data(), kOpt.size());
  return octets;
}

absl::optional<Validation> ReadRootReply(absl::string_view datagram,
                                         uint16_t id) {
  if (!IsReplyTo(datagram, id)) return absl::nullopt;
  const auto first = static_cast<uint8_t>(datagram[2]);
  const auto second = static_cast<uint8_t>(datagram[3]);
  const uint8_t rcode = second & kRcode;
  if (rcode != kNoError && rcode != kNameError) return Validation::kNotShown;
  if ((second & kAuthentic) != 0) return Validation::kSecure;
  return (first & kTruncated) != 0 ? Validation::kNotShown
                                   : Validation::kNotSecure;
}

}  // namespace danebound
