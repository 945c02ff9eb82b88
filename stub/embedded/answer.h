// From what libunbound hands to its callback to an answer of the rules.
//
// A failure comes in three forms, of which two look like an insecure denial: a
// non-zero rcode without a packet, and a packet whose header says SERVFAIL.
// Therefore the RCODEs are read before anything else.
#ifndef DANEBOUND_STUB_EMBEDDED_ANSWER_H_
#define DANEBOUND_STUB_EMBEDDED_ANSWER_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/dane/dns.h"

namespace danebound {

// The arguments of libunbound's event callback, as values.
struct UnboundResult {
  int rcode = 2;                // not 0: there is no packet
  absl::string_view packet;     // a whole DNS message
  int security = 1;             // 0 insecure, 1 bogus, 2 secure
  absl::string_view why_bogus;  // empty unless validation failed
  bool rate_limited = false;    // by the configuration's own `ratelimit`
};

// Judges one result. RFC 7672 2.1.
//
//   question  what was asked; a packet for another question is a failure.
//   now       seconds since the epoch.
//   returns   the answer. Its life is the least TTL of the records it rests on,
//             each capped by the original TTL and the expiration of its RRSIGs
//             (RFC 4035 5.3.3); of a denial the negative TTL (RFC 2308 5),
//             which is 0 without an SOA record. below_trust_anchor stays true:
//             libunbound does not tell.
//             A failure may be asked again after kFailureLife.
Answer AnswerFrom(const Question& question, const UnboundResult& result,
                  int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_ANSWER_H_
