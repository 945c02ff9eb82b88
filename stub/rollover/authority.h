// Asks every authoritative server of a zone itself, past all caches.
//
//   owner --> its zone --> NS --> addresses --> TLSA or CNAME, from each
//     ^                                              |
//     +------------------ target of the CNAME -------+
#ifndef DANEBOUND_STUB_ROLLOVER_AUTHORITY_H_
#define DANEBOUND_STUB_ROLLOVER_AUTHORITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/name.h"
#include "stub/rollover/rollover.h"

namespace danebound {

struct AuthorityOptions {
  // Who finds zones, name servers and their addresses: IP addresses of
  // resolvers; none: those of /etc/resolv.conf.
  std::vector<std::string> resolvers;
  absl::Duration timeout = absl::Seconds(3);  // of each of two tries
  bool ipv4 = true;
  bool ipv6 = true;
};

// Asks for the TLSA records of a name.
//
//   owner    _25._tcp.mx.example.org. Where servers have a CNAME there, the
//            servers of its target are asked too.
//   returns  what each server shows, at each of its addresses to which this
//            machine has a route; one that does not answer with authority has
//            answered == false. At least one.
//   errors   Unavailable      the zone, its name servers or their addresses
//                             could not be found; the text says which question
//                             failed.
//            InvalidArgument  a resolver is no IP address; CNAMEs go round.
absl::StatusOr<std::vector<ServerView>> AskAuthorities(
    const Name& owner, const AuthorityOptions& options);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_AUTHORITY_H_
