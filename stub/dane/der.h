// The outer structure of DER, as far as TLSA Full(0) data needs it: does this
// look like a certificate or a public key at all? The TLS library decides
// again.
#ifndef DANEBOUND_STUB_DANE_DER_H_
#define DANEBOUND_STUB_DANE_DER_H_

#include "absl/strings/string_view.h"

namespace danebound {

// Says whether `der` is one SEQUENCE { SEQUENCE, SEQUENCE, BIT STRING } and
// nothing after it. RFC 5280 4.1.
bool IsCertificate(absl::string_view der);

// Says whether `der` is one SEQUENCE { SEQUENCE, BIT STRING } and nothing after
// it. RFC 5280 4.1.2.7.
bool IsPublicKey(absl::string_view der);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_DER_H_
