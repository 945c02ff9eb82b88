// What OpenSSL met in a peer's chain, in words: OpenSSL itself keeps a number,
// and drops the chain of a handshake that failed.
#ifndef DANEBOUND_STUB_OPENSSL_VERIFY_TROUBLE_H_
#define DANEBOUND_STUB_OPENSSL_VERIFY_TROUBLE_H_

#include <string>

#include "stub/openssl/mismatch.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// A verify callback that changes nothing and keeps the first trouble with the
// connection, for VerifyTroubleOf.
int KeepVerifyTrouble(int good, X509_STORE_CTX* context);

// What the peer sent where that was X509_V_ERR_DANE_NO_MATCH, else none; lives
// as long as the connection.
ShownChain UnmatchedChainOf(const SSL* ssl);

// The first trouble of the connection's peer: certificate, what is wrong with
// it, and where it helps the names or dates it has. Empty where there was none.
std::string VerifyTroubleOf(const SSL* ssl);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_VERIFY_TROUBLE_H_
