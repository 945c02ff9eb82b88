// The way from a mail server to a validating resolver: resolv.conf(5).
//
// A mail server that looks TLSA up itself knows that an answer is secure by the
// AD bit alone (RFC 4035 3.2.3). Without it, it goes on as if nothing were
// signed, and says nothing.
#ifndef DANEBOUND_STUB_MTA_RESOLVER_PATH_H_
#define DANEBOUND_STUB_MTA_RESOLVER_PATH_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "stub/wire/message.h"

namespace danebound {

// Asks one name server for the NS records of the root, and looks for the AD
// bit: check `resolver`.
//
//   path     what names it, for the text.
//   address  of IPv4 or IPv6.
SelfTestCheck CheckNameServer(const std::string& path,
                              const std::string& address,
                              absl::Duration timeout);

// Asks every name server of a resolv.conf for the NS records of the root, as
// Postfix's dnssec_probe does, and looks for the AD bit.
//
//   path     the file; one that cannot be read is a failed check.
//   timeout  of each of two tries with each name server.
//   returns  checks `resolver`, one each, and `trust-ad`.
std::vector<SelfTestCheck> CheckResolverPath(const std::string& path,
                                             absl::Duration timeout);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_RESOLVER_PATH_H_
