// What a TLSA record can be made from: the files that a server has.
#ifndef DANEBOUND_STUB_OPENSSL_TLSA_SOURCE_H_
#define DANEBOUND_STUB_OPENSSL_TLSA_SOURCE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/tlsa_text.h"
#include "stub/openssl/pointers.h"

namespace danebound {

enum class TlsaSourceKind : uint8_t {
  kCertificates = 0,
  kPublicKey = 1,
  kRequest = 2,     // a certificate signing request
  kPrivateKey = 3,  // of which nothing but the public half is kept
};

// "certificate", "public key", "certificate request", "private key".
absl::string_view ToText(TlsaSourceKind kind);

struct TlsaSource {
  TlsaSourceKind kind = TlsaSourceKind::kCertificates;
  CertificateChain certificates;  // as in the file; kCertificates only
  std::string public_key;         // SubjectPublicKeyInfo; the other kinds
  bool has_private_key = false;   // by itself, or beside certificates
  // The certificate that the private key beside certificates is of; nullopt:
  // there is none, or one that cannot be read, say an encrypted one.
  absl::optional<size_t> key_of = absl::nullopt;
};

// Reads a file, PEM or DER. Where a file has certificates, public keys and
// requests in it are passed over, and of private keys it is said whose they
// are.
//
//   errors   InvalidArgument  nothing of the above, something broken, a private
//                             key that is encrypted, or of none of the
//                             certificates beside it, keys that differ, or a
//                             request that its key did not sign; the text says
//                             which block and what is wrong.
//            OutOfRange       more than the bounds of certificates.h.
absl::StatusOr<TlsaSource> ReadTlsaSource(absl::string_view octets);

// The certificate of the server in a file of any order: the first one that
// issued none of the others, where there is one that is no authority's such a
// one; 0 where they issued each other.
//
//   chain  at least one.
size_t EndEntityOf(const CertificateChain& chain);

// The certificates above EndEntityOf, each the issuer of the one before.
std::vector<size_t> AuthoritiesOf(const CertificateChain& chain);

// Says whether a certificate names itself as its issuer. RFC 5280 3.2.
bool IsSelfIssued(X509& certificate);

struct MadeTlsa {
  std::string rdata;
  // Index in TlsaSource::certificates; nullopt for a bare key.
  absl::optional<size_t> certificate;
};

// Makes the RDATA of a record.
//
//   certificate  index of the certificate to use; nullopt: EndEntityOf, and for
//                PKIX-TA(0) and DANE-TA(2) the topmost that certifies it,
//                directly or not.
//   errors       InvalidArgument  a parameter that is unknown; Cert(0),
//                                 and the source is no certificate; no such
//                                 certificate.
//                Internal         OpenSSL can't encode it.
//   source       RFC 6698 2.1; RFC 7671 5.1, 5.2.
absl::StatusOr<MadeTlsa> MakeTlsa(
    const TlsaSource& source, const TlsaParameters& parameters,
    absl::optional<size_t> certificate = absl::nullopt);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_TLSA_SOURCE_H_
