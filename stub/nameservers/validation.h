// DNSSEC validation of what one authoritative server says, under the keys of
// its zone. Whoever calls had the keys securely.
//
//   reply --> RRset --> RRSIG --> keys of the zone     RFC 4035 5.3
//     `-----> denial --> NSEC or NSEC3 --^             RFC 4035 5.4, RFC 5155 8
//
// The signatures are ldns's to verify.
#ifndef DANEBOUND_STUB_NAMESERVERS_VALIDATION_H_
#define DANEBOUND_STUB_NAMESERVERS_VALIDATION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "stub/dane/name.h"
#include "stub/nameservers/question.h"

namespace danebound {

struct ZoneKeys {
  Name zone;
  std::vector<std::string> dnskeys;  // RDATA
};

// Verifies the records of a name and type in an answer: their signature, its
// times, its signer; and where a wildcard made them, that the name does not
// exist by itself.
//
//   type     any; CNAME alone where there is one. A CNAME that is made from a
//   DNAME has the DNAME's
//            signature.
//   now      seconds since the epoch.
//   returns  the TTL that was signed, seconds: the longest that a validating
//            cache keeps the records, whatever TTL the reply has.
//   errors   FailedPrecondition  they are not to be believed; the text says
//                                why.
//   source   RFC 4034 3.1.4, RFC 4035 5.3, RFC 6672 5.3.1.
absl::StatusOr<uint32_t> VerifyRecords(const DnsReply& reply, const Name& name,
                                       uint16_t type, const ZoneKeys& keys,
                                       int64_t now);

// Verifies that a name has no records of a type, and no CNAME.
//
//   returns  how long a cache keeps the denial, by the TTLs that were signed.
//   errors   as VerifyRecords.
//   source   RFC 4035 5.4, RFC 5155 8.4 to 8.7, RFC 2308 5.
absl::StatusOr<uint32_t> VerifyDenial(const DnsReply& reply, const Name& name,
                                      uint16_t type, const ZoneKeys& keys,
                                      int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_NAMESERVERS_VALIDATION_H_
