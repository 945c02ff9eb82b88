// The certificates that a mail server shows now.
#ifndef DANEBOUND_STUB_CLI_SEEN_CHAIN_H_
#define DANEBOUND_STUB_CLI_SEEN_CHAIN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/dane/name.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// Connects to the first address of a host that answers, with the system's
// resolver, and returns the chain that it sends; nothing is verified. TLS
// begins at once on port 465, else with STARTTLS.
//
//   timeout  of each address.
//   returns  at least one certificate, the server's own first.
//   errors   Unavailable  no address, or none where a handshake succeeds; the
//                         text is of the last one.
absl::StatusOr<CertificateChain> SeeChain(const Name& host, uint16_t port,
                                          absl::Duration timeout);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SEEN_CHAIN_H_
