// What the RFCs would have the owner of a domain change. Pure rules: verdict
// and evidence in, advice out. RFC 7671, RFC 7672.
//
// A verdict does not hold TTLs and the ends of signatures. The life of one is
// at most the least of both, so that a long life proves both long. What the
// name servers show, TTLs among it, comes from stub/nameservers/authority.h.
#ifndef DANEBOUND_STUB_CHECK_ADVICE_H_
#define DANEBOUND_STUB_CHECK_ADVICE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "stub/check/evidence.h"
#include "stub/dane/verdict.h"
#include "stub/rollover/rollover.h"

namespace danebound {

struct Advice {
  std::string section;  // "RFC 7671 10.1.1"
  std::string host;     // empty: the domain as a whole
  std::string text;     // one sentence, without a full stop
};

// What fits a UDP packet without fragments on nearly every path: the buffer
// size that resolvers announce.
inline constexpr size_t kUdpAnswerOctets = 1232;

// A TLSA answer that is held longer makes an emergency last days: caches, then
// retries. Less than the day at which Unbound cuts all TTLs by default.
inline constexpr int64_t kLongLifeSeconds = 43200;

// A signature that holds longer lets an attacker show old records, and with
// them a stolen key, as long. RFC 7671 11, 13.
inline constexpr int64_t kLongSignatureDays = 31;

// Octets of the answer to a host's TLSA question without its signatures, which
// makes it a lower bound. RFC 1035 4.1, with compressed owner names.
size_t TlsaAnswerOctets(const HostVerdict& host);

// Advises on one domain.
//
//   evidence  of this very verdict.
//   now       seconds since the epoch, when the verdict was had.
//   source    RFC 7671 5.1, 5.2.1, 5.2.2, 8, 8.1, 10.1.1, 13; RFC 7672 2.2.1,
//             9.2.
std::vector<Advice> Advise(const Verdict& verdict,
                           const DomainEvidence& evidence, int64_t now);

// Advises on what the name servers of a host's TLSA records show.
//
//   host     of the verdict, for its names.
//   servers  as AskAuthorities returns them for the name of its TLSA records,
//            or where it has none, for the name that they would have.
//   source   RFC 7671 8, 11, 13; RFC 7672 2.1.2; RFC 8020 2; RFC 4035 3.1.3,
//            5.3.
std::vector<Advice> AdviseOnNameServers(const HostVerdict& host,
                                        const std::vector<ServerView>& servers);

// Which servers deny what stands above the TLSA records, a cause of lookups
// that fail; empty: none.
//
//   source  RFC 8020 2.
std::string DeniersText(const std::vector<ServerView>& servers);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_ADVICE_H_
