// From OpenSSL's objects to values of evidence.h.
#ifndef DANEBOUND_STUB_CHECK_CERTIFICATE_SEEN_H_
#define DANEBOUND_STUB_CHECK_CERTIFICATE_SEEN_H_

#include <openssl/ssl.h>

#include <string>
#include <vector>

#include "stub/check/evidence.h"
#include "stub/dane/tlsa.h"

namespace danebound {

// Describes a certificate, and says which of the records it matches.
//
//   certificate  not const, as OpenSSL caches what it decodes.
CertificateSeen SeeCertificate(X509& certificate,
                               const std::vector<Tlsa>& records);

// Why no handshake made here takes a key as the server's own, whatever records
// promise it: OpenSSL offers the curves P-256, P-384 and P-521 alone, from 3.2
// on the brainpool curves of TLS 1.3 too; "" where it takes it. RFC 8422 5.1.1,
// 5.4; RFC 8734.
std::string HandshakeTrouble(const X509& certificate);

// Describes what a handshake agreed on and which chain or raw key came,
// finished or not. `setup` and `result` are left as they are by default.
TlsSeen SeeTls(SSL* ssl, const std::vector<Tlsa>& records);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_CERTIFICATE_SEEN_H_
