// Certificate association data: what a TLSA record holds for a certificate or
// a key. RFC 6698 2.1, RFC 7671.
#ifndef DANEBOUND_STUB_OPENSSL_ASSOCIATION_H_
#define DANEBOUND_STUB_OPENSSL_ASSOCIATION_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// The SubjectPublicKeyInfo, DER, of a certificate or of a key, of which only
// the public half is read. What selector SPKI(1) stands for.
//
//   errors  Internal  OpenSSL can't encode it; the text is its own.
//   source  RFC 6698 2.1.2; RFC 5280 4.1.2.7.
absl::StatusOr<std::string> PublicKeyOf(const X509& certificate);
absl::StatusOr<std::string> PublicKeyOf(const EVP_PKEY& key);

// Computes the association data of a certificate.
//
//   selector  Cert(0) or SPKI(1).
//   matching  Full(0), SHA2-256(1) or SHA2-512(2).
//   returns   the data field, octets.
//   errors    InvalidArgument  another selector or matching type.
//             Internal         OpenSSL can't encode the certificate.
//   source    RFC 6698 2.1.2, 2.1.3.
absl::StatusOr<std::string> AssociationData(const X509& certificate,
                                            uint8_t selector, uint8_t matching);

// The same for a public key by itself.
//
//   public_key  SubjectPublicKeyInfo, DER, as PublicKeyOf returns it.
//   selector    SPKI(1); Cert(0) is an InvalidArgument.
absl::StatusOr<std::string> AssociationDataOfKey(absl::string_view public_key,
                                                 uint8_t selector,
                                                 uint8_t matching);

// The same for a bare public key, whose selector can only be SPKI(1).
absl::StatusOr<std::string> AssociationData(const EVP_PKEY& key,
                                            uint8_t matching);

// Says whether the record's data is that of the certificate. The usage is not
// looked at; a record of unknown selector or matching type matches nothing.
bool Matches(const Tlsa& record, const X509& certificate);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_ASSOCIATION_H_
