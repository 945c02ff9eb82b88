// The verdict: what an MTA must know before it hands a message to the hosts of
// a next hop. docs/verdicts.md says what to do with each value.
#ifndef DANEBOUND_STUB_DANE_VERDICT_H_
#define DANEBOUND_STUB_DANE_VERDICT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/dns.h"
#include "stub/dane/facts.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/reason.h"
#include "stub/dane/tlsa.h"

namespace danebound {

// What the MTA owes a host.
enum class Duty : uint8_t {
  kSkip = 0,           // do not use this host now; overridden by nothing
  kAuthenticate = 1,   // TLS, and the peer must match; never clear text
  kEncrypt = 2,        // TLS without authentication; never clear text
  kOpportunistic = 3,  // DANE adds nothing: MTA-STS or local policy decides
};

// Why a host is skipped.
enum class Cause : uint8_t {
  kNone = 0,  // not skipped
  kAddressFailed,
  kNoAddress,
  kTlsaFailed,
  kMxIsAddress,
  kNotEvaluated,
  kDaneRequired,
};

// What the MTA does with the message as a whole.
enum class Disposition : uint8_t {
  kDefer = 0,          // no host may be used now
  kDeliver = 1,        // try the hosts in order, each under its duty
  kUndeliverable = 2,  // return it to the sender
};

// "skip", "authenticate", "encrypt", "opportunistic".
absl::string_view ToText(Duty duty);
// "" for kNone, "address-failed", "no-address", "tlsa-failed",
// "mx-is-address", "not-evaluated", "dane-required".
absl::string_view ToText(Cause cause);
// "defer", "deliver", "undeliverable".
absl::string_view ToText(Disposition disposition);

struct HostVerdict {
  Name name;                // for logs; kind address has none
  Name expanded;            // the end of its CNAMEs, else `name`
  uint16_t preference = 0;  // of the MX record
  Duty duty = Duty::kSkip;
  Cause cause = Cause::kNotEvaluated;
  bool permanent = false;  // duty skip only: asking again will not help
  Security security = Security::kFailed;  // of the addresses
  std::vector<HostAddress> addresses;     // whatever the duty

  // Where there are secure TLSA records, whatever the duty made of them.
  Name base_domain;  // the root, when there are none
  Name tlsa_name;    // owner of the TLSA question: _25._tcp.<base domain>
  std::vector<Tlsa> tlsa;

  std::string sni;                 // base domain; empty: send no SNI for DANE
  std::vector<std::string> names;  // reference names in order, RFC 7672 3.2.2

  // RFC 8460 4.4: "tlsa" or "no-policy-found", with its domain and strings.
  std::string policy_type;
  std::string policy_domain;
  std::vector<std::string> policy_strings;

  // 64 hex digits. TLS sessions and open connections may be reused only under
  // an equal key.
  std::string tls_key;

  // End of life of this host, seconds since the epoch; for a skipped one, when
  // to ask again.
  int64_t expires = 0;
  std::vector<Reason> reasons;
};

struct Verdict {
  NextHop next_hop;
  Kind kind = Kind::kFailed;
  Security security = Security::kFailed;
  Disposition disposition = Disposition::kDefer;
  Name expanded;             // the end of the next hop's CNAMEs
  bool insecure_mx = false;  // success is "authenticated-host-only" at best
  bool require = false;      // mandatory DANE was asked for
  bool truncated = false;    // a host that is not listed must not be used
  int64_t expires = 0;       // seconds since the epoch
  // Enhanced status code (RFC 3463) with which an MTA would defer or return;
  // empty for kDeliver.
  std::string dsn;
  std::vector<Reason> reasons;
  std::vector<HostVerdict> hosts;  // by preference; equal ones in any order
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_VERDICT_H_
