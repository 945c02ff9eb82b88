// Validated answers by libunbound, for those who ask name servers themselves.
#ifndef DANEBOUND_STUB_CLI_VALIDATOR_H_
#define DANEBOUND_STUB_CLI_VALIDATOR_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "stub/dane/dns.h"
#include "stub/nameservers/authority.h"

namespace danebound {

// Makes a validator for AuthorityOptions, which threads may share: they wait
// for each other. Call it before there are other threads.
//
//   unbound_conf  trust anchor, hints and stubs; empty: the Internet's root.
//   options       its resolvers, which are forwarded to, and its timeout.
//   errors        as Embedded::New.
absl::StatusOr<std::function<Answer(const Question&)>> ValidatorOf(
    const std::string& unbound_conf, const AuthorityOptions& options);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_VALIDATOR_H_
