#include "stub/openssl/association.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/openssl/errors.h"

namespace danebound {
namespace {

// The DER of an object by one of OpenSSL's i2d functions.
template <typename T>
absl::StatusOr<std::string> Encode(int (*encode)(const T*, unsigned char**),
                                   const T* object) {
  ERR_clear_error();
  unsigned char* octets = nullptr;
  const int size = encode(object, &octets);
  if (size < 0) return absl::InternalError(TakeOpensslErrors());
  std::string der(reinterpret_cast<const char*>(octets),
                  static_cast<size_t>(size));
  OPENSSL_free(octets);
  return der;
}

absl::StatusOr<std::string> Digest(const EVP_MD* type, absl::string_view der) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets;
  unsigned int size = 0;
  if (EVP_Digest(der.data(), der.size(), octets.data(), &size, type, nullptr) !=
      1) {
    return absl::InternalError(TakeOpensslErrors());
  }
  return std::string(reinterpret_cast<const char*>(octets.data()), size);
}

absl::StatusOr<std::string> Selected(const X509& certificate,
                                     uint8_t selector) {
  switch (selector) {
    case kCert:
      return Encode(i2d_X509, &certificate);
    case kSpki:
      return PublicKeyOf(certificate);
    default:
      return absl::InvalidArgumentError(absl::StrCat(
          "selector ", selector, ": Cert(0) or SPKI(1) are known"));
  }
}

absl::StatusOr<std::string> Matched(std::string der, uint8_t matching) {
  switch (matching) {
    case kFull:
      return der;
    case kSha256:
      return Digest(EVP_sha256(), der);
    case kSha512:
      return Digest(EVP_sha512(), der);
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("matching type ", matching,
                       ": Full(0), SHA2-256(1) or SHA2-512(2) are known"));
  }
}

}  // namespace

absl::StatusOr<std::string> PublicKeyOf(const X509& certificate) {
  return Encode(i2d_X509_PUBKEY, X509_get_X509_PUBKEY(&certificate));
}

absl::StatusOr<std::string> PublicKeyOf(const EVP_PKEY& key) {
  return Encode(i2d_PUBKEY, &key);
}

absl::StatusOr<std::string> AssociationData(const X509& certificate,
                                            uint8_t selector,
                                            uint8_t matching) {
  auto der = Selected(certificate, selector);
  return der.ok() ? Matched(*std::move(der), matching) : der;
}

absl::StatusOr<std::string> AssociationData(const EVP_PKEY& key,
                                            uint8_t matching) {
  auto der = PublicKeyOf(key);
  return der.ok() ? Matched(*std::move(der), matching) : der;
}

absl::StatusOr<std::string> AssociationDataOfKey(absl::string_view public_key,
                                                 uint8_t selector,
                                                 uint8_t matching) {
  if (selector != kSpki) {
    return absl::InvalidArgumentError(
        absl::StrCat("selector ", selector, ": a key has SPKI(1) alone"));
  }
  return Matched(std::string(public_key), matching);
}

bool Matches(const Tlsa& record, const X509& certificate) {
  const auto data =
      AssociationData(certificate, record.selector, record.matching);
  return data.ok() && !record.data.empty() && *data == record.data;
}

}  // namespace danebound
