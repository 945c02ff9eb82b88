// Certificates and keys from files, PEM or DER.
#ifndef DANEBOUND_STUB_OPENSSL_CERTIFICATES_H_
#define DANEBOUND_STUB_OPENSSL_CERTIFICATES_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// More than any server sends in earnest.
inline constexpr size_t kMostCertificates = 100;
inline constexpr size_t kMostCertificateOctets = 1 << 20;

// Parses one certificate.
//
//   der      the whole of it, nothing after it.
//   errors   InvalidArgument  it is none; the text says why.
absl::StatusOr<X509Ptr> ParseCertificate(absl::string_view der);

// Reads every certificate of a PEM text, or the one of a DER file, in order.
//
//   octets   PEM, with other text and other blocks between the certificates, or
//            DER.
//   returns  at least one.
//   errors   InvalidArgument  no certificate, or one that can't be read; the
//                             text says which block and what is wrong.
//            OutOfRange       more than the bounds above.
absl::StatusOr<CertificateChain> ReadCertificates(absl::string_view octets);

}  // namespace danebound

#endif  // DANEBOUND_STUB_OPENSSL_CERTIFICATES_H_
