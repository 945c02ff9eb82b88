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

// The name servers elsewhere that serve.conf trusts (mta_trusted_resolvers);
// none where the file is not there, or cannot be read.
std::vector<std::string> TrustedResolvers();

// Judges a name server that has answered, as `danebound serve` does: check
// `resolver`. One that WhyNotToRestOn tells of is a failed check, whatever AD
// it sets.
//
//   path           what names it, for the text.
//   address        of IPv4 or IPv6.
//   is_authentic   the answer had the AD bit.
//   trusted        as TrustedResolvers.
SelfTestCheck JudgeNameServer(const std::string& path,
                              const std::string& address, bool is_authentic,
                              const std::vector<std::string>& trusted);

// Asks one name server for the NS records of the root, and judges it.
SelfTestCheck CheckNameServer(const std::string& path,
                              const std::string& address,
                              const std::vector<std::string>& trusted,
                              absl::Duration timeout);

// Asks every name server of a resolv.conf for the NS records of the root, as
// Postfix's dnssec_probe does, and looks for the AD bit.
//
//   path     the file; one that cannot be read is a failed check.
//   trusted  as JudgeNameServer.
//   timeout  of each of two tries with each name server.
//   returns  checks `resolver`, one each, and `trust-ad`.
std::vector<SelfTestCheck> CheckResolverPath(
    const std::string& path, const std::vector<std::string>& trusted,
    absl::Duration timeout);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_RESOLVER_PATH_H_
