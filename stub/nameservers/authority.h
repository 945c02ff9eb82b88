// Asks every authoritative server of a zone itself, past all caches.
//
//   owner --> its zone --> NS --> addresses --> TLSA or CNAME, from each
//     ^         `--> DNSKEY ----------------------> verified
//     +------------------ target of the CNAME -------'
#ifndef DANEBOUND_STUB_NAMESERVERS_AUTHORITY_H_
#define DANEBOUND_STUB_NAMESERVERS_AUTHORITY_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/nameservers/question.h"
#include "stub/nameservers/server_view.h"

namespace danebound {

struct AuthorityOptions {
  // Who finds zones, name servers and their addresses: IP addresses of
  // resolvers; none: those of /etc/resolv.conf.
  std::vector<std::string> resolvers;
  // A validating resolver, which then finds them all, and the keys of zones:
  // what a server of a secure zone says is verified under those. None: nothing
  // is validated.
  std::function<Answer(const Question&)> validator = nullptr;
  absl::Duration timeout = absl::Seconds(3);  // of each of two tries
  bool ipv4 = true;
  bool ipv6 = true;
  // Ask servers that have records for the name above them too.
  bool above = false;
};

// Asks for the TLSA records of a name.
//
//   owner    _25._tcp.mx.example.org. Where servers have a CNAME there, the
//            servers of its target are asked too.
//   returns  what each server shows, at each of its addresses to which this
//            machine has a route; one that does not answer with authority, or
//            whose answer does not verify, has answered == false. At least one.
//   errors   Unavailable      the zone, its name servers or their addresses
//                             could not be found, or its keys; the text says
//                             which question failed.
//            DataLoss         the same, as validation refuses an answer.
//            InvalidArgument  a resolver is no IP address; CNAMEs go round.
//   source   RFC 4035 5.3, 5.4. Times to wait are by the TTLs that were signed.
absl::StatusOr<std::vector<ServerView>> AskAuthorities(
    const Name& owner, const AuthorityOptions& options);

// What the zone of a host says of the host itself.
struct HostPresence {
  bool exists = true;
  // The records by which it has addresses: of type A, AAAA or CNAME. Where
  // only a wildcard's reach it, or would, it is those.
  std::vector<DnsRecord> addresses;
  Name zone = {};  // of the host
  // No record of its own: TLSA records below a host end what a wildcard gives
  // it. RFC 4592 2.2.2.
  bool by_wildcard = false;  // and it has the addresses
  bool cut_off = false;      // and has lost them, by a name below it
};

// Asks the first authoritative server about a host that answers, and whose
// answers verify where the zone is secure.
//
//   errors  as AskAuthorities; Unavailable where there is no such server.
//   source  RFC 4035 5.3, 5.4.
absl::StatusOr<HostPresence> AskHost(const Name& host,
                                     const AuthorityOptions& options);

// "A" and "192.0.2.1", of a record of type A, AAAA or CNAME.
std::string TypeText(const DnsRecord& record);
std::string RdataText(const DnsRecord& record);

// "mx.example.org. 3600 IN A 192.0.2.1", of such a record whose owner is to be
// another name.
std::string ZoneLine(const Name& owner, const DnsRecord& record);

}  // namespace danebound

#endif  // DANEBOUND_STUB_NAMESERVERS_AUTHORITY_H_
