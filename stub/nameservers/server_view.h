// What one authoritative server shows of TLSA records.
#ifndef DANEBOUND_STUB_NAMESERVERS_SERVER_VIEW_H_
#define DANEBOUND_STUB_NAMESERVERS_SERVER_VIEW_H_

#include <cstdint>
#include <set>
#include <string>

#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"

namespace danebound {

// When a signature holds, seconds since the epoch. RFC 4034 3.1.5.
struct SignatureTime {
  int64_t begins = 0;
  int64_t ends = 0;
};

// What one authoritative server answers.
struct ServerView {
  std::string server;  // for people: "ns1.example.org 192.0.2.1"
  bool answered = false;
  std::string why;              // why it did not answer, or is not believed
  std::set<std::string> rdata;  // TLSA; none: it denies them
  // The longest that a cache may keep of what leads here, seconds: the TTL of
  // the records or of their denial, and of the CNAMEs before them.
  uint32_t hold = 0;
  // Of the TLSA records or their denial, the signature that ends first; none:
  // they are not signed.
  absl::optional<SignatureTime> signature = absl::nullopt;
  uint32_t ttl = 0;  // of the TLSA records, seconds
  // It denies the name above its records, as if they were not below it (RFC
  // 8020 2); false where that was not asked.
  bool denies_above = false;
  // Where the records are or belong: the end of CNAMEs, and its zone.
  Name owner = {};
  Name zone = {};
  // Of the zone. Secure: what the server says was verified. None: nobody
  // looked.
  absl::optional<Security> security = absl::nullopt;
  // It answered, and that does not verify; `why` says what. Then `answered` is
  // false.
  bool disbelieved = false;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_NAMESERVERS_SERVER_VIEW_H_
