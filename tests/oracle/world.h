// A world: all that DNS holds, as a few maps, small enough to print.
//
// random_world.h makes worlds, resolver.h answers a driver's questions about
// them, oracle.h says what they amount to. The last two share only LinkAt.
#ifndef DANEBOUND_TESTS_ORACLE_WORLD_H_
#define DANEBOUND_TESTS_ORACLE_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "stub/dane/dns.h"
#include "stub/dane/lookup.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// What comes of asking for one RRset or its denial.
enum class Health : uint8_t {
  kSecure,    // validated
  kInsecure,  // proven unsigned
  kNoAnchor,  // unsigned, as far as one can tell below no trust anchor
  kBogus,     // signed, but wrong
  kFailed,    // SERVFAIL, timeout, refused
};

// The rules' word for it; kNoAnchor is insecure.
Security SecurityOf(Health health);

// What a zone holds at one name for one type; without rdata its denial.
struct Rrset {
  Health health = Health::kSecure;
  // Seconds: of the records, of the denial, or until asking again makes sense.
  uint32_t ttl = 3600;
  bool name_exists = true;  // of a denial: false for NXDOMAIN
  std::vector<std::string> rdata;
};

// A CNAME, or a DNAME for all names below its owner. RFC 7672 2.1.3.
struct Alias {
  Health health = Health::kSecure;
  uint32_t ttl = 3600;
  Name target;
};

// What holds for the denials of a zone.
struct Zone {
  Health health = Health::kSecure;
  uint32_t negative_ttl = 300;
};

struct World {
  uint32_t seed = 0;  // that made it, for the reader
  NextHop next_hop;
  LookupLimits limits;

  std::map<Name, Zone> zones;        // by apex; the root's is always there
  std::map<Question, Rrset> rrsets;  // take precedence over the aliases
  std::map<Name, Alias> cnames;
  std::map<Name, Alias> dnames;
  // The aliases whose own security the resolver does not tell.
  std::set<Name> untold;
};

using Link = std::variant<Rrset, Alias>;

// What the zone at `question.name` itself says, aliases not followed. To a
// question of type CNAME an alias is an RRset.
Link LinkAt(const World& world, const Question& question);

// A chain of more aliases is a failure.
inline constexpr size_t kMostAliases = 11;

// The one certificate, the one public key and the names that are addresses:
// among all Full(0) data and all MX exchanges of a world only these are what
// they seem.
const std::string& TheCertificate();
const std::string& ThePublicKey();
const std::vector<Name>& AddressesAsNames();

// As a zone file would have it, one line a record, and what is wrong with it
// in a comment.
std::string ToText(const World& world);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_ORACLE_WORLD_H_
