// What the verification of a peer's chain came to: the part of JudgeTls that
// Verify shares.
#ifndef DANEBOUND_STUB_OPENSSL_CHAIN_JUDGEMENT_H_
#define DANEBOUND_STUB_OPENSSL_CHAIN_JUDGEMENT_H_

#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"
#include "stub/openssl/tls_result.h"

namespace danebound {

// Reads the result that a connection for a host with duty authenticate keeps.
TlsResult JudgeChain(SSL* ssl, const HostVerdict& host);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_CHAIN_JUDGEMENT_H_
