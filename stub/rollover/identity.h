// From a certificate or key to all that can be published for it.
#ifndef DANEBOUND_STUB_ROLLOVER_IDENTITY_H_
#define DANEBOUND_STUB_ROLLOVER_IDENTITY_H_

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "stub/openssl/tlsa_source.h"
#include "stub/rollover/rollover.h"

namespace danebound {

// The records of a source in all 24 combinations: the server's own certificate
// for PKIX-EE(1) and DANE-EE(3); for PKIX-TA(0) and DANE-TA(2) each authority
// above it in the file, the topmost first. A certificate without its
// authority's does not tell of those, and one that signs itself has none. A
// bare key has PKIX-EE(1) and DANE-EE(3) with SPKI(1) alone.
//
//   errors  Internal  OpenSSL can't encode it.
//   source  RFC 7671 5.2.
absl::StatusOr<RolloverIdentity> IdentityOf(const TlsaSource& source);

// Adds those of the shown records that hold the issuer of the identity's
// topmost certificate in full, which then need not be in the file: DANE-TA(2)
// Full(0), its certificate or its key. Clients have to know the certificate
// from the record; that they know the key is recommended to them.
//
//   shown   RDATA.
//   source  RFC 7671 5.2.2, 5.2.3.
void AddAnchorsInFull(const std::set<std::string>& shown,
                      RolloverIdentity& identity);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_IDENTITY_H_
