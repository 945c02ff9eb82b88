#include "stub/openssl/tlsa_source.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/association.h"
#include "stub/openssl/certificates.h"
#include "stub/openssl/containers.h"
#include "stub/openssl/errors.h"
#include "stub/openssl/pem.h"

namespace danebound {
namespace {

using RequestPtr = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using PublicKeyPtr = std::unique_ptr<X509_PUBKEY, FreeWith<X509_PUBKEY_free>>;
using EncryptedPtr = std::unique_ptr<X509_SIG, FreeWith<X509_SIG_free>>;

constexpr absl::string_view kEncrypted =
    "the private key is encrypted; give the certificate or the public key "
    "instead (openssl pkey -in FILE -pubout)";

// One of OpenSSL's d2i functions on the whole of `der`; null when it refuses or
// leaves octets over.
template <typename Pointer, typename T>
Pointer Decode(T* (*decode)(T**, const unsigned char**, long),
               absl::string_view der) {
  ERR_clear_error();
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = octets + der.size();
  Pointer object(decode(nullptr, &octets, static_cast<long>(der.size())));
  return octets == end ? std::move(object) : nullptr;
}

absl::Status Unreadable(absl::string_view what) {
  const bool refused = ERR_peek_error() != 0;
  return absl::InvalidArgumentError(absl::StrCat(
      "no ", what,
      " can be read: ", refused ? TakeOpensslErrors() : "octets follow it"));
}

absl::StatusOr<std::string> EncodePublicKey(const X509_PUBKEY* key) {
  unsigned char* octets = nullptr;
  const int size = i2d_X509_PUBKEY(key, &octets);
  if (size < 0) return absl::InternalError(TakeOpensslErrors());
  std::string der(reinterpret_cast<const char*>(octets),
                  static_cast<size_t>(size));
  OPENSSL_free(octets);
  return der;
}

absl::StatusOr<std::string> ParsePublicKey(absl::string_view der) {
  const auto key = Decode<PublicKeyPtr>(d2i_X509_PUBKEY, der);
  if (key == nullptr) return Unreadable("public key");
  return EncodePublicKey(key.get());
}

// "RSA PUBLIC KEY", PKCS #1.
absl::StatusOr<std::string> ParseRsaPublicKey(absl::string_view der) {
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  ERR_clear_error();
  const PkeyPtr key(d2i_PublicKey(EVP_PKEY_RSA, nullptr, &octets,
                                  static_cast<long>(der.size())));
  if (key == nullptr) return Unreadable("public key");
  return PublicKeyOf(*key);
}

absl::StatusOr<std::string> ParseRequest(absl::string_view der) {
  const auto request = Decode<RequestPtr>(d2i_X509_REQ, der);
  if (request == nullptr) return Unreadable("certificate request");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (key == nullptr || X509_REQ_verify(request.get(), key) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError(
        "the request is not signed by the key in it");
  }
  return EncodePublicKey(X509_REQ_get_X509_PUBKEY(request.get()));
}

absl::StatusOr<std::string> ParsePrivateKey(absl::string_view der) {
  if (Decode<EncryptedPtr>(d2i_X509_SIG, der) != nullptr) {
    return absl::InvalidArgumentError(kEncrypted);
  }
  const auto key = Decode<PkeyPtr>(d2i_AutoPrivateKey, der);
  if (key == nullptr) return Unreadable("private key");
  return PublicKeyOf(*key);
}

using KeyParser = absl::StatusOr<std::string> (*)(absl::string_view);

// What the label of a PEM block promises.
struct KeyForm {
  TlsaSourceKind kind;
  KeyParser parse;
};

absl::optional<KeyForm> FormFor(absl::string_view label) {
  if (label == PEM_STRING_PUBLIC) {
    return KeyForm{TlsaSourceKind::kPublicKey, ParsePublicKey};
  }
  if (label == PEM_STRING_RSA_PUBLIC) {
    return KeyForm{TlsaSourceKind::kPublicKey, ParseRsaPublicKey};
  }
  if (label == PEM_STRING_X509_REQ || label == PEM_STRING_X509_REQ_OLD) {
    return KeyForm{TlsaSourceKind::kRequest, ParseRequest};
  }
  if (absl::EndsWith(label, "PRIVATE KEY")) {
    return KeyForm{TlsaSourceKind::kPrivateKey, ParsePrivateKey};
  }
  return absl::nullopt;
}

absl::Status InBlock(size_t index, const PemBlock& block,
                     const absl::Status& status) {
  return {status.code(),
          absl::StrCat(NameOfBlock(index, block), ": ", status.message())};
}

absl::StatusOr<TlsaSource> ReadPemKey(const std::vector<PemBlock>& blocks) {
  TlsaSource source;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const PemBlock& block = blocks[i];
    const absl::string_view container = ContainerNamed(block.label);
    if (!container.empty()) {
      return InBlock(i, block, absl::InvalidArgumentError(container));
    }
    const absl::optional<KeyForm> form = FormFor(block.label);
    if (!form) continue;
    if (block.encrypted) {
      return InBlock(i, block, absl::InvalidArgumentError(kEncrypted));
    }
    auto key = form->parse(block.der.view());
    if (!key.ok()) return InBlock(i, block, key.status());
    if (!source.public_key.empty() && source.public_key != *key) {
      return absl::InvalidArgumentError(
          "several keys that differ: give each a file of its own");
    }
    const bool has_private_key =
        source.has_private_key || form->kind == TlsaSourceKind::kPrivateKey;
    source = {form->kind, {}, *std::move(key), has_private_key};
  }
  if (source.public_key.empty()) {
    return absl::InvalidArgumentError(
        "no certificate, key or certificate request among the PEM blocks");
  }
  return source;
}

bool HasCertificate(const std::vector<PemBlock>& blocks) {
  return std::any_of(blocks.begin(), blocks.end(), [](const PemBlock& block) {
    return absl::EndsWith(block.label, "CERTIFICATE");
  });
}

absl::StatusOr<TlsaSource> ReadCertificateSource(absl::string_view octets) {
  auto chain = ReadCertificates(octets);
  if (!chain.ok()) return chain.status();
  return TlsaSource{TlsaSourceKind::kCertificates, *std::move(chain), {}};
}

// The certificate that a private key is of; nullopt: of none.
absl::optional<size_t> CertificateWith(const CertificateChain& chain,
                                       EVP_PKEY& key) {
  for (size_t i = 0; i < chain.size(); ++i) {
    const bool has_key = X509_check_private_key(chain[i].get(), &key) == 1;
    ERR_clear_error();
    if (has_key) return i;
  }
  return absl::nullopt;
}

// What stands beside certificates may be encrypted, or of a kind that OpenSSL
// does not know: then nobody can say whose it is.
absl::Status CompareKeys(const std::vector<PemBlock>& blocks,
                         TlsaSource& source) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (!absl::EndsWith(blocks[i].label, "PRIVATE KEY")) continue;
    source.has_private_key = true;
    const auto key = Decode<PkeyPtr>(d2i_AutoPrivateKey, blocks[i].der.view());
    ERR_clear_error();
    if (key == nullptr) continue;
    source.key_of = CertificateWith(source.certificates, *key);
    if (source.key_of) continue;
    return InBlock(i, blocks[i],
                   absl::InvalidArgumentError(
                       "it is of none of the certificates beside it; two that "
                       "do not belong together serve nobody"));
  }
  return absl::OkStatus();
}

absl::StatusOr<TlsaSource> ReadPemCertificates(
    const std::vector<PemBlock>& blocks, absl::string_view octets) {
  auto source = ReadCertificateSource(octets);
  if (!source.ok()) return source.status();
  const absl::Status status = CompareKeys(blocks, *source);
  if (!status.ok()) return status;
  return source;
}

// A DER file does not say what it is: the first form that takes all of it.
absl::StatusOr<TlsaSource> ReadDer(absl::string_view der) {
  auto certificates = ReadCertificateSource(der);
  if (certificates.ok()) return certificates;
  if (auto key = ParsePublicKey(der); key.ok()) {
    return TlsaSource{TlsaSourceKind::kPublicKey, {}, *std::move(key)};
  }
  if (Decode<RequestPtr>(d2i_X509_REQ, der) != nullptr) {
    auto key = ParseRequest(der);
    if (!key.ok()) return key.status();
    return TlsaSource{TlsaSourceKind::kRequest, {}, *std::move(key)};
  }
  auto key = ParsePrivateKey(der);
  if (key.ok()) {
    return TlsaSource{TlsaSourceKind::kPrivateKey, {}, *std::move(key), true};
  }
  if (key.status().message() == kEncrypted) return key.status();
  const absl::string_view container = ContainerIn(der);
  if (!container.empty()) return absl::InvalidArgumentError(container);
  return absl::InvalidArgumentError(
      "neither PEM nor DER of a certificate, key or certificate request");
}

bool Issued(X509& issuer, X509& subject) {
  return X509_check_issued(&issuer, &subject) == X509_V_OK;
}

bool IssuedAnother(const CertificateChain& chain, size_t index) {
  for (size_t i = 0; i < chain.size(); ++i) {
    if (i != index && X509_cmp(chain[i].get(), chain[index].get()) != 0 &&
        Issued(*chain[index], *chain[i])) {
      return true;
    }
  }
  return false;
}

absl::StatusOr<size_t> Choose(const TlsaSource& source,
                              const TlsaParameters& parameters,
                              absl::optional<size_t> wanted) {
  const size_t count = source.certificates.size();
  if (wanted && *wanted >= count) {
    return absl::InvalidArgumentError(
        absl::StrCat("no certificate ", *wanted + 1, ": there are ", count));
  }
  if (wanted) return *wanted;
  const bool names_anchor =
      parameters.usage == kPkixTa || parameters.usage == kDaneTa;
  const std::vector<size_t> authorities =
      names_anchor ? AuthoritiesOf(source.certificates) : std::vector<size_t>();
  return authorities.empty() ? EndEntityOf(source.certificates)
                             : authorities.back();
}

std::string WithParameters(const TlsaParameters& parameters,
                           const std::string& data) {
  return std::string{static_cast<char>(parameters.usage),
                     static_cast<char>(parameters.selector),
                     static_cast<char>(parameters.matching)} +
         data;
}

absl::StatusOr<MadeTlsa> MakeFromKey(const TlsaSource& source,
                                     const TlsaParameters& parameters) {
  if (parameters.selector == kCert) {
    return absl::InvalidArgumentError(
        absl::StrCat("selector Cert(0) wants a certificate, and this is a ",
                     ToText(source.kind)));
  }
  const auto data = AssociationDataOfKey(source.public_key, parameters.selector,
                                         parameters.matching);
  if (!data.ok()) return data.status();
  return MadeTlsa{WithParameters(parameters, *data), absl::nullopt};
}

}  // namespace

absl::string_view ToText(TlsaSourceKind kind) {
  switch (kind) {
    case TlsaSourceKind::kCertificates:
      return "certificate";
    case TlsaSourceKind::kPublicKey:
      return "public key";
    case TlsaSourceKind::kRequest:
      return "certificate request";
    case TlsaSourceKind::kPrivateKey:
      return "private key";
  }
  return "";
}

absl::StatusOr<TlsaSource> ReadTlsaSource(absl::string_view octets) {
  if (octets.empty()) return absl::InvalidArgumentError("empty");
  if (octets.size() > kMostCertificateOctets) {
    return absl::OutOfRangeError(
        absl::StrCat(octets.size(), " octets; at most ", kMostCertificateOctets,
                     " are read"));
  }
  if (!IsPem(octets)) return ReadDer(octets);
  const auto blocks = ReadPem(octets);
  if (!blocks.ok()) return blocks.status();
  return HasCertificate(*blocks) ? ReadPemCertificates(*blocks, octets)
                                 : ReadPemKey(*blocks);
}

bool IsSelfIssued(X509& certificate) {
  return X509_NAME_cmp(X509_get_subject_name(&certificate),
                       X509_get_issuer_name(&certificate)) == 0;
}

size_t EndEntityOf(const CertificateChain& chain) {
  absl::optional<size_t> found;
  for (size_t i = 0; i < chain.size(); ++i) {
    if (IssuedAnother(chain, i)) continue;
    if (X509_check_ca(chain[i].get()) == 0) return i;
    if (!found) found = i;
  }
  return found.value_or(0);
}

std::vector<size_t> AuthoritiesOf(const CertificateChain& chain) {
  std::vector<size_t> authorities;
  if (chain.empty()) return authorities;
  size_t last = EndEntityOf(chain);
  std::vector<bool> seen(chain.size());
  for (bool found = true; found;) {
    seen[last] = true;
    found = false;
    for (size_t i = 0; i < chain.size() && !found; ++i) {
      found = !seen[i] && Issued(*chain[i], *chain[last]);
      if (found) authorities.push_back(last = i);
    }
  }
  return authorities;
}

absl::StatusOr<MadeTlsa> MakeTlsa(const TlsaSource& source,
                                  const TlsaParameters& parameters,
                                  absl::optional<size_t> certificate) {
  if (parameters.usage > kDaneEe) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificate usage ", parameters.usage,
                     ": PKIX-TA(0) to DANE-EE(3) are known"));
  }
  if (source.kind != TlsaSourceKind::kCertificates) {
    return MakeFromKey(source, parameters);
  }
  const auto index = Choose(source, parameters, certificate);
  if (!index.ok()) return index.status();
  const auto data = AssociationData(*source.certificates[*index],
                                    parameters.selector, parameters.matching);
  if (!data.ok()) return data.status();
  return MadeTlsa{WithParameters(parameters, *data), *index};
}

}  // namespace danebound
