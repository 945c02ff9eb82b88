// Reasons: why a verdict is as it is, for programs (identifier, EDE code,
// TLSRPT result type) and for people (text). docs/verdicts.md explains each.
#ifndef DANEBOUND_STUB_DANE_REASON_H_
#define DANEBOUND_STUB_DANE_REASON_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// The numbers go over the socket: they are never reused.
enum class ReasonId : uint8_t {
  // Of the next hop.
  kMxFailed = 1,            // the MX lookup failed
  kMxBogus = 2,             // the MX answer failed validation
  kNoSuchDomain = 3,        // NXDOMAIN
  kNullMx = 4,              // RFC 7505
  kNullMxIgnored = 5,       // "." beside other MX records
  kImplicitMx = 6,          // no MX records, RFC 5321 5.1
  kInsecureMx = 7,          // the MX RRset or a CNAME before it is insecure
  kNoTrustAnchor = 8,       // insecure because no trust anchor lies above
  kAddressLiteral = 9,      // no DNS, so no DANE
  kHostsNotEvaluated = 10,  // more hosts than are evaluated or listed
  kOwnName = 11,            // hosts no better than this host were cut
  // Of a host.
  kAddressFailed = 32,    // an address lookup failed
  kAddressBogus = 33,     // an address answer failed validation
  kNoAddress = 34,        // neither A nor AAAA records
  kInsecureAddress = 35,  // addresses insecure: no TLSA was asked for
  kAliasFailed = 36,      // whether the host's CNAME is secure is not known
  kAliasBogus = 37,       // the host's CNAME failed validation
  kTlsaFailed = 38,       // a TLSA lookup failed
  kTlsaBogus = 39,        // a TLSA answer failed validation
  kNoTlsa = 40,           // no TLSA records at a candidate base domain
  kInsecureTlsa = 41,     // TLSA records or their denial are insecure
  kTlsaNameTooLong = 42,  // the TLSA name would be longer than 255 octets
  kAllUnusable = 43,      // TLSA records, but none to authenticate with
  kMxIsAddress = 44,      // the MX record holds an address, not a name
  kNotEvaluated = 45,     // beyond the number of hosts that are evaluated
  kDaneRequired = 46,     // `require`, and no secure usable TLSA records
};

// The stable identifier, e.g. "tlsa-failed"; empty for a number not above.
absl::string_view ToText(ReasonId id);

// The TLSRPT result type of a reason where RFC 8460 4.3 has one, else empty.
absl::string_view TlsrptResultOf(ReasonId id);

struct Reason {
  ReasonId id = ReasonId::kMxFailed;
  std::string text;              // names the record and the server at fault
  absl::optional<uint16_t> ede;  // RFC 8914 INFO-CODE

  friend bool operator==(const Reason& a, const Reason& b) {
    return a.id == b.id && a.text == b.text && a.ede == b.ede;
  }
};

// How every driver says that its own patience ended a question: "no answer
// within 5s".
inline constexpr absl::string_view kNoAnswerWithin = "no answer within ";

// Says whether a reason is that, and so tells nothing of the domain.
bool RestsOnOwnTimeout(const Reason& reason);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_REASON_H_
