// One connection to one address: the SMTP session and TLS put together.
#ifndef DANEBOUND_STUB_CHECK_CONVERSATION_H_
#define DANEBOUND_STUB_CHECK_CONVERSATION_H_

#include <cstdint>

#include "stub/check/evidence.h"
#include "stub/check/probe.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// Which keys of the server the handshake is limited to.
enum class KeyLimit : uint8_t { kNone = 0, kRsa, kEcdsa };

// Talks with the server until it has answered EHLO inside TLS, something fails,
// or the timeout has come.
//
//   host     not skipped.
//   returns  all but `other_key`.
AddressEvidence Converse(SSL_CTX* context, const HostVerdict& host,
                         const Target& target, const ProbeOptions& options,
                         KeyLimit limit);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_CONVERSATION_H_
