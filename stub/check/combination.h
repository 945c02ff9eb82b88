// Whether a combination of usage, selector and matching type vouches for what a
// server showed, by itself. RFC 7671 5.1, 5.2, 8.
#ifndef DANEBOUND_STUB_CHECK_COMBINATION_H_
#define DANEBOUND_STUB_CHECK_COMBINATION_H_

#include "stub/check/evidence.h"
#include "stub/dane/tlsa_text.h"
#include "stub/dane/verdict.h"

namespace danebound {

TlsaParameters ParametersOf(const Tlsa& record);

// "RSA certificate", "ECDSA certificate"; "certificate" for other keys.
std::string CertificateTextOf(const TlsSeen& tls);

// Says whether a usable record of these parameters is published.
bool IsPublished(const HostVerdict& host, const TlsaParameters& parameters);

// Says whether a record of these parameters matches what a handshake showed:
// the server's own certificate, for DANE-TA(2) any that was sent. The anchor of
// 2 0 0 stands in the record itself (RFC 7671 5.2.2).
//
//   tls  its chain is not empty.
bool IsMatched(const HostVerdict& host, const TlsSeen& tls,
               const TlsaParameters& parameters);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_COMBINATION_H_
