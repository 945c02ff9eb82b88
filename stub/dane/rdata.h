// Records as servers and resolvers give them, and the fields of RDATA that are
// looked at for how long an answer lives and where it leads.
#ifndef DANEBOUND_STUB_DANE_RDATA_H_
#define DANEBOUND_STUB_DANE_RDATA_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/name.h"

namespace danebound {

struct DnsRecord {
  Name owner;
  uint16_t type = 0;
  // Seconds; 0 where the octets hold 2^31 or more (RFC 2181 8).
  uint32_t ttl = 0;
  // 0 to 65535 octets, names uncompressed.
  std::string rdata;
};

// The number of 16 or 32 bits that begins at an octet; all of it must be there.
uint16_t U16At(absl::string_view octets, size_t at);
uint32_t U32At(absl::string_view octets, size_t at);

// The fixed part of RRSIG RDATA. RFC 4034 3.1.
struct Rrsig {
  uint16_t covered = 0;  // the type of the records that are signed
  uint8_t labels = 0;    // of the owner, without a wildcard's; RFC 4034 3.1.3
  uint32_t original_ttl = 0;
  int64_t ends = 0;    // the last second in which it holds
  int64_t begins = 0;  // the first
};

// Parses RRSIG RDATA.
//
//   now      seconds since the epoch: the times there are of 32 bits, and mean
//            those that are nearest to it (RFC 4034 3.1.5).
//   returns  nullopt where there are fewer octets than the fixed part has.
absl::optional<Rrsig> ParseRrsig(absl::string_view rdata, int64_t now);

// The last field of SOA RDATA, which bounds the life of a denial. RFC 2308
// 4, 5.
//
//   returns  seconds; nullopt where there are too few octets.
absl::optional<uint32_t> SoaMinimum(absl::string_view rdata);

// What a DNAME makes of a name. RFC 6672 2.2.
//
//   owner, rdata  the DNAME's.
//   returns       nullopt where the name does not lie below the owner, the
//   RDATA
//                 is no name, or the result gets too long.
absl::optional<Name> SubstituteDname(const Name& name, const Name& owner,
                                     absl::string_view rdata);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_RDATA_H_
