// The words in which rules and resolvers talk: a question, and an answer with
// its security.
#ifndef DANEBOUND_STUB_DANE_DNS_H_
#define DANEBOUND_STUB_DANE_DNS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/name.h"

namespace danebound {

// How far DNSSEC vouches for an answer. RFC 7672 2.1.1, RFC 4035 4.3.
enum class Security : uint8_t {
  kFailed = 0,  // nothing was learned: SERVFAIL, timeout, refused, unparseable
  kBogus = 1,   // validation failed; the rules treat it as kFailed
  kInsecure = 2,  // proven unsigned, or below no trust anchor
  kSecure = 3,    // validated up to a trust anchor
};

// "failed", "bogus", "insecure", "secure".
absl::string_view ToText(Security security);

// Says whether nothing may be concluded from the answer. RFC 7672 2.1.1.
inline bool IsFailure(Security security) {
  return security == Security::kFailed || security == Security::kBogus;
}

// RFC 1035 4.1.1.
inline constexpr int kRcodeNoError = 0;
inline constexpr int kRcodeServFail = 2;
inline constexpr int kRcodeNxDomain = 3;

// "SERVFAIL", "RCODE 9".
std::string RcodeText(int rcode);

// The record types that the rules ask for.
enum class RrType : uint16_t {
  kA = 1,
  kCname = 5,
  kMx = 15,
  kAaaa = 28,
  kTlsa = 52,
};

// "A", "CNAME", "MX", "AAAA", "TLSA".
absl::string_view ToText(RrType type);

struct Question {
  Name name;
  RrType type = RrType::kA;

  friend bool operator==(const Question& a, const Question& b) {
    return a.name == b.name && a.type == b.type;
  }
  friend bool operator<(const Question& a, const Question& b) {
    return a.name == b.name ? a.type < b.type : a.name < b.name;
  }
};

// "mx.example.com TLSA".
std::string ToText(const Question& question);

// What a resolver found for one question, CNAMEs followed. A driver fills all
// of it from one resolver message; the default is a failure.
//
//   records there      rdata not empty
//   NODATA, NXDOMAIN   rdata empty and security insecure or secure: a denial,
//                      which is no failure (RFC 7672 2.1.1)
//   failure            security failed or bogus; aliases and rdata are ignored
struct Answer {
  // The least security of the whole chain, aliases included. RFC 7672 2.1.3.
  Security security = Security::kFailed;

  // False for NXDOMAIN: the last name of the chain does not exist.
  bool name_exists = true;

  // False where the insecurity is only the lack of a trust anchor above.
  bool below_trust_anchor = true;

  // The targets of the CNAMEs in order; the last one owns the records. A CNAME
  // that answers a question of type CNAME is in rdata, not here.
  std::vector<Name> aliases;

  // The security of the first CNAME alone; nullopt when the resolver does not
  // tell, and the rules then ask for it where it matters (RFC 7672 2.1.3). A
  // CNAME made from a DNAME has the DNAME's.
  absl::optional<Security> alias_security;

  // RDATA of the records asked for, each in uncompressed wire form.
  std::vector<std::string> rdata;

  // End of life, seconds since the epoch: the least of the TTLs and RRSIG
  // expirations of all that the answer rests on; for a denial the negative TTL.
  // For a failure: when asking again makes sense.
  int64_t expires = 0;

  // For a failure: what the resolver says of it, and its RFC 8914 code.
  std::string why;
  absl::optional<uint16_t> ede;
};

// Seconds after which a failed question may be asked again.
inline constexpr int64_t kFailureLife = 5;

// A failure (security failed) that may be asked again after kFailureLife.
//
//   now  seconds since the epoch.
Answer FailedAnswer(absl::string_view why, int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_DNS_H_
