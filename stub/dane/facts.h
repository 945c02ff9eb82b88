// Facts: all that DNS says of a next hop, before any choice of the caller. The
// module caches facts and sends them; conclude.h makes a verdict of them.
#ifndef DANEBOUND_STUB_DANE_FACTS_H_
#define DANEBOUND_STUB_DANE_FACTS_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "stub/dane/address.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/reason.h"

namespace danebound {

// An end of life that never comes.
inline constexpr int64_t kNoEnd = std::numeric_limits<int64_t>::max();

// What the next hop turned out to be.
enum class Kind : uint8_t {
  kFailed = 0,        // the MX lookup failed: nothing is known
  kMx = 1,            // MX records
  kImplicitMx = 2,    // none: the domain is its own host, RFC 5321 5.1
  kNullMx = 3,        // takes no mail, RFC 7505
  kNoSuchDomain = 4,  // NXDOMAIN
  kHost = 5,          // [host]
  kAddress = 6,       // [address]
};

// "failed", "mx", "implicit-mx", "null-mx", "no-such-domain", "host",
// "address".
absl::string_view ToText(Kind kind);

// How far the lookups for one host came. RFC 7672 2.2.2, 2.2.3.
enum class HostState : uint8_t {
  kNotEvaluated = 0,   // not looked at: treat as not reachable
  kMxIsAddress = 1,    // the MX record holds an address: not used
  kAddressFailed = 2,  // no address, and a lookup failed
  kNoAddress = 3,      // both address families are denied
  kTlsaFailed = 4,     // addresses, but a lookup on the way to TLSA failed
  kNoTlsa = 5,         // addresses, and no secure TLSA RRset: DANE is off
  kTlsa = 6,           // addresses and a secure TLSA RRset
};

struct HostAddress {
  Address address;
  Security security = Security::kFailed;

  friend bool operator==(const HostAddress& a, const HostAddress& b) {
    return a.address == b.address && a.security == b.security;
  }
};

struct HostFacts {
  Name name;                // as the MX record or the next hop has it
  Name expanded;            // the end of its CNAMEs; `name` without addresses
  uint16_t preference = 0;  // of the MX record; 0 where there is none
  HostState state = HostState::kNotEvaluated;
  // Of the address RRsets that count: the best among those with addresses;
  // where there are none, the least of both families.
  Security security = Security::kFailed;
  std::vector<HostAddress> addresses;  // also where the host is skipped later

  // State kTlsa: the TLSA base domain, and its RRset as published.
  Name base_domain;
  std::vector<std::string> tlsa;  // RDATA, 0 to 65535 octets each

  // End of life, seconds since the epoch. A failed host: when to ask again,
  // however long what was found before the failure lives.
  int64_t expires = 0;
  std::vector<Reason> reasons;

  friend bool operator==(const HostFacts&, const HostFacts&) = default;
};

struct Facts {
  NextHop next_hop;
  Kind kind = Kind::kFailed;
  // Of the MX RRset or its denial, CNAMEs before it included; secure for
  // [host], which the administrator named; insecure for [address].
  Security security = Security::kFailed;
  Name expanded;           // the end of the next hop's CNAMEs, else its name
  bool truncated = false;  // some hosts were not evaluated or not listed
  // End of life of all above, seconds since the epoch; hosts have their own.
  // kNoEnd where it rests on no DNS: kHost.
  int64_t expires = 0;
  std::vector<Reason> reasons;
  std::vector<HostFacts> hosts;  // by preference, then by name

  friend bool operator==(const Facts&, const Facts&) = default;
};

// Says whether asking again could mend the host soon: its lookups failed.
bool IsFailure(HostState state);

// Facts and hosts as far as they can contradict themselves, whoever holds them.
struct FactsOutline {
  Kind kind = Kind::kFailed;
  NextHopForm form = NextHopForm::kDomain;
  Security security = Security::kFailed;
  bool has_hosts = false;
};
struct HostOutline {
  HostState state = HostState::kNotEvaluated;
  Security security = Security::kFailed;
  bool has_addresses = false;
  bool has_failed_address = false;  // one that comes of a failed lookup
  bool has_tlsa = false;
  bool has_own_base = false;  // the TLSA base domain is one of its names
};

// Say what does not fit together, for people; empty where all does.
std::string ContradictionIn(const FactsOutline& facts);
absl::string_view ContradictionIn(const HostOutline& host);

// Says what in the facts no lookup can have found, for people; empty where they
// fit together. What rests on a failed lookup never passes for an answer: no MX
// records, denial or addresses come of one (RFC 7672 2.1.2), and no kind but
// kMx and its like stands for the MX lookup of a domain.
std::string ContradictionIn(const Facts& facts);

// The end of life of facts as a whole, host by host: see ExpiryOf.
class LifeOfHosts {
 public:
  void Add(HostState state, int64_t expires);
  //   mx_expires  Facts::expires.
  int64_t With(int64_t mx_expires) const;

 private:
  int64_t of_standing_ = kNoEnd;
  int64_t of_failed_ = kNoEnd;
};

// The end of life of the facts as a whole, seconds since the epoch: the least
// of the MX part and of the hosts that did not fail. A failed host is asked
// again alone and shortens nothing, unless all failed.
int64_t ExpiryOf(const Facts& facts);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_FACTS_H_
