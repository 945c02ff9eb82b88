// Certificates and keys that tests make for themselves.
#ifndef DANEBOUND_TESTS_OPENSSL_MADE_CERTIFICATES_H_
#define DANEBOUND_TESTS_OPENSSL_MADE_CERTIFICATES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "stub/openssl/pointers.h"

namespace danebound {

// A new key: a curve, "P-256" or another that OpenSSL knows, "Ed25519", "RSA"
// (2048 bits, which takes a moment) or "RSA-1024".
PkeyPtr NewKey(const std::string& type = "P-256");

// What a certificate says of itself; the extensions are in the words of
// OpenSSL's configuration files, and left out where empty.
struct Recipe {
  std::string common_name;
  std::string basic_constraints = "critical,CA:FALSE";
  std::string subject_alt_name;  // "DNS:a.example,DNS:b.example"
  std::string name_constraints;  // "critical,permitted;DNS:.example"
  std::string key_usage;         // "critical,digitalSignature"
  std::string not_before = "20200101000000Z";
  std::string not_after = "20400101000000Z";
};

// Makes a certificate as the recipe says.
//
//   issuer  null: self-signed.
X509Ptr NewCertificate(const Recipe& recipe, EVP_PKEY* key, const X509* issuer,
                       EVP_PKEY* issuer_key);

// A certificate that is valid from 2020 to 2040, signed by `issuer_key`.
//
//   name    the common name of the subject, and the DNS name of a leaf.
//   issuer  null: self-signed.
X509Ptr NewCertificate(const std::string& name, EVP_PKEY* key,
                       const X509* issuer, EVP_PKEY* issuer_key,
                       bool is_ca = false);

// A key with its self-signed certificate.
struct Identity {
  PkeyPtr key;
  X509Ptr certificate;
};
Identity NewIdentity(const std::string& name = "mx.example");

std::string PemOf(const X509& certificate);
std::string DerOf(const X509& certificate);
// PKCS #8; encrypted where there is a passphrase.
std::string PemOfPrivate(EVP_PKEY* key, const std::string& passphrase = "");
std::string PemOfPublic(EVP_PKEY* key);
// A certificate signing request for the key.
std::string PemOfRequest(EVP_PKEY* key);

// The containers of certificates that are not read. RFC 2315 9.1, RFC 7292.
std::string Pkcs7Of(X509& certificate);
std::string Pkcs12Of(X509& certificate, EVP_PKEY& key);

// PEM text as one DER block, whatever it is.
std::string DerOfPem(const std::string& pem);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_OPENSSL_MADE_CERTIFICATES_H_
