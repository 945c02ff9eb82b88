// What one DNS message says of one question: where aliases lead, the records or
// that there are none, what vouches for them, and how long all that lives. The
// same for all drivers; how a message is had, and whether it is to be believed,
// is theirs.
#ifndef DANEBOUND_STUB_DANE_READING_H_
#define DANEBOUND_STUB_DANE_READING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"

namespace danebound {

struct Rrset {
  Name owner;
  uint16_t type = 0;
  // Of these records alone; nullopt: the resolver does not tell.
  absl::optional<Security> security = absl::nullopt;
  int64_t ttl = 0;  // seconds that it lives, as its signatures allow it
  std::vector<std::string> rdata = {};  // names uncompressed
  // Made from a wildcard: its signature is good for any name there, and that
  // this name has nothing of its own is for the message's proof to say.
  bool is_from_wildcard = false;
};

struct DnsMessage {
  int rcode = kRcodeServFail;  // RFC 1035 4.1.1
  // Seconds that a denial without an SOA record lives, which has no life of its
  // own (RFC 2308 5).
  int64_t ttl = 0;
  std::vector<Rrset> answer;
  std::vector<Rrset> authority;
};

// Points into its message.
struct Reading {
  std::vector<Name> aliases;  // as Answer's
  // What vouches for each alias: the DNAME that it is made from, which alone is
  // signed (RFC 6672 3.1, 5.3.1), else its CNAME.
  std::vector<const Rrset*> alias_vouchers;
  const Rrset* records = nullptr;          // null: denied
  const Rrset* records_voucher = nullptr;  // themselves, or a DNAME
  // Seconds: the least TTL of all that this rests on, of a denial the negative
  // TTL. RFC 2308 5; RFC 4035 5.3.4, 5.4.
  int64_t life = 0;
};

// Reads a message whose RCODE is NOERROR or NXDOMAIN.
//
//   errors  FailedPrecondition  it is no answer, and a failure (RFC
//   7672 2.1.1):
//                               its CNAMEs cannot be followed (RFC 1034 3.6.2),
//                               it refers to other servers (RFC 2308 2.2), or
//                               has records of a name that it denies.
absl::StatusOr<Reading> Read(const Question& question,
                             const DnsMessage& message);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_READING_H_
