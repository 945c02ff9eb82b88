// One question to one DNS server, or to resolvers, and the reply as a value.
// The DNS is ldns's.
#ifndef DANEBOUND_STUB_NAMESERVERS_QUESTION_H_
#define DANEBOUND_STUB_NAMESERVERS_QUESTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/name.h"
#include "stub/dane/rdata.h"
#include "stub/dane/rr_type.h"

namespace danebound {

struct DnsReply {
  bool authoritative = false;
  bool authentic = false;   // AD: a resolver says that it validated the reply
  bool name_exists = true;  // the response code is NOERROR, not NXDOMAIN
  std::vector<DnsRecord> answer;
  std::vector<DnsRecord> authority;
};

// Whom to ask.
struct DnsServers {
  std::vector<std::string> addresses;  // IP; none: those of /etc/resolv.conf
  bool recursive = false;              // they are resolvers
  absl::Duration timeout;              // of each of two tries; then TCP
};

// Asks. Resolvers are asked to say whether they validated the reply (RFC 6840
// 5.7); of other servers signatures (RRSIG) are taken too, which are not
// verified. A truncated reply is asked for again over TCP.
//
//   errors   Unavailable      no reply, one that can't be parsed or is to
//                             another question, or a response code that is
//                             neither NOERROR nor NXDOMAIN; the text has only
//                             the fault: "timeout", "REFUSED".
//            InvalidArgument  an address that is none.
absl::StatusOr<DnsReply> AskDns(const DnsServers& servers, const Name& name,
                                uint16_t type);

}  // namespace danebound

#endif  // DANEBOUND_STUB_NAMESERVERS_QUESTION_H_
