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
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/dane/rr_type.h"

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

// libunbound calls the answer to a question of type CNAME bogus where the CNAME
// is made from a DNAME, which has no signature of its own. The DNAME itself can
// be asked for, and what it says of the alias is as good.
//
//   returns  the owner of that DNAME; nullopt where the question is not one of
//            type CNAME, or the packet, which nobody vouches for, has none.
//   source   RFC 6672 5.3.1.
absl::optional<Name> DnameAbove(const Question& question,
                                absl::string_view packet);

// The type of a question for a DNAME; the rules ask for none.
inline constexpr RrType kDnameType = static_cast<RrType>(kTypeDname);
inline constexpr RrType kDnskeyType = static_cast<RrType>(kTypeDnskey);

// Makes the answer to a question of type CNAME from that of type DNAME for
// `owner`, a name above it: same security and life, RDATA by substitution.
// A failure, or no DNAME, is a failure. RFC 6672 2.2.
//
//   now  seconds since the epoch.
Answer AliasFromDname(const Question& question, const Name& owner,
                      const Answer& dname, int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_ANSWER_H_
