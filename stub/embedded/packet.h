// A DNS message as values, read from octets that nobody vouches for.
//
//   header | question | answer | authority | additional        RFC 1035 4.1
#ifndef DANEBOUND_STUB_EMBEDDED_PACKET_H_
#define DANEBOUND_STUB_EMBEDDED_PACKET_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/dane/rdata.h"

namespace danebound {

// RDATA: names in CNAME, MX, NS and DNAME are uncompressed and in lower case;
// all other types are as in the message.
struct Packet {
  int rcode = kRcodeServFail;  // the four bits of the header
  bool response = false;       // QR
  bool truncated = false;      // TC: records are missing
  Name question;
  uint16_t question_type = 0;
  std::vector<DnsRecord> answer;     // class IN only
  std::vector<DnsRecord> authority;  // class IN only
};

// Parses a whole DNS message with one question of class IN.
//
//   octets   12 to 65535 octets; compressed names point backwards only.
//   errors   InvalidArgument  it ends too early or too late, a name is broken
//                             or loops, or the question is not one of class IN;
//                             the text names the section and the record.
//   source   RFC 1035 4.1.
absl::StatusOr<Packet> ParsePacket(absl::string_view octets);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_PACKET_H_
