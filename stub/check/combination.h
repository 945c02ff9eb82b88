// Whether a combination of usage, selector and matching type vouches for what a
// server showed, by itself. RFC 7671 5.1, 5.2, 8.
#ifndef DANEBOUND_STUB_CHECK_COMBINATION_H_
#define DANEBOUND_STUB_CHECK_COMBINATION_H_

#include <openssl/x509.h>

#include <cstdint>
#include <string>
#include <vector>

#include "stub/check/evidence.h"
#include "stub/dane/tlsa_text.h"
#include "stub/dane/verdict.h"

namespace danebound {

TlsaParameters ParametersOf(const Tlsa& record);

// "RSA certificate", "ECDSA certificate"; "certificate" for other keys; "raw
// public key" where that came.
std::string CertificateTextOf(const TlsSeen& tls);

// Says whether a usable record of these parameters is published.
bool IsPublished(const HostVerdict& host, const TlsaParameters& parameters);

// The combinations of usable records that would authenticate a server by
// themselves, as a client would that knows no other.
//
//   host   with TLSA records or without, whatever the duty made of them.
//   chain  as the server sent it; null or empty: none vouches for it.
//   time   seconds since the epoch at which certificates must be valid.
std::vector<TlsaParameters> VouchingFor(const HostVerdict& host,
                                        STACK_OF(X509) * chain, int64_t time);

// The same for a raw public key: DANE-EE(3) vouches for one alone. RFC 7250,
// RFC 7671 5.1.
std::vector<TlsaParameters> VouchingFor(const HostVerdict& host,
                                        const RawKeySeen& key);

// Says whether these parameters are among those.
bool IsVouching(const TlsSeen& tls, const TlsaParameters& parameters);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_COMBINATION_H_
