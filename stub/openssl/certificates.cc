#include "stub/openssl/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/openssl/containers.h"
#include "stub/openssl/errors.h"
#include "stub/openssl/pem.h"

namespace danebound {
namespace {

using DerReader = X509* (*)(X509**, const unsigned char**, long);

absl::StatusOr<X509Ptr> ReadWith(DerReader read, absl::string_view der) {
  ERR_clear_error();
  const auto* octets = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = octets + der.size();
  X509Ptr certificate(read(nullptr, &octets, static_cast<long>(der.size())));
  if (certificate == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("no certificate can be read: ", TakeOpensslErrors()));
  }
  if (octets != end) {
    return absl::InvalidArgumentError(
        absl::StrCat(end - octets, " octets follow the certificate"));
  }
  return certificate;
}

// The reader for a block's label; null where it is no certificate.
DerReader ReaderFor(const std::string& label) {
  if (label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD) {
    return d2i_X509;
  }
  return label == PEM_STRING_X509_TRUSTED ? d2i_X509_AUX : nullptr;
}

absl::Status NoCertificate(const std::vector<PemBlock>& blocks) {
  std::set<std::string> labels;
  for (const PemBlock& block : blocks) {
    const absl::string_view container = ContainerNamed(block.label);
    if (!container.empty()) return absl::InvalidArgumentError(container);
    labels.insert(block.label);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "no certificate among the PEM blocks: ", absl::StrJoin(labels, ", ")));
}

absl::StatusOr<CertificateChain> ReadPemCertificates(absl::string_view text) {
  const auto blocks = ReadPem(text);
  if (!blocks.ok()) return blocks.status();
  CertificateChain chain;
  for (size_t i = 0; i < blocks->size(); ++i) {
    const PemBlock& block = (*blocks)[i];
    const DerReader reader = ReaderFor(block.label);
    if (reader == nullptr) continue;
    if (chain.size() == kMostCertificates) {
      return absl::OutOfRangeError(
          absl::StrCat("more than ", kMostCertificates, " certificates"));
    }
    auto certificate = ReadWith(reader, block.der.view());
    if (!certificate.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          NameOfBlock(i, block), ": ", certificate.status().message()));
    }
    chain.push_back(*std::move(certificate));
  }
  if (chain.empty()) return NoCertificate(*blocks);
  return chain;
}

}  // namespace

absl::StatusOr<X509Ptr> ParseCertificate(absl::string_view der) {
  return ReadWith(d2i_X509, der);
}

absl::StatusOr<CertificateChain> ReadCertificates(absl::string_view octets) {
  if (octets.empty()) return absl::InvalidArgumentError("empty");
  if (octets.size() > kMostCertificateOctets) {
    return absl::OutOfRangeError(
        absl::StrCat(octets.size(), " octets; at most ", kMostCertificateOctets,
                     " are read"));
  }
  if (IsPem(octets)) return ReadPemCertificates(octets);
  auto certificate = ParseCertificate(octets);
  if (!certificate.ok()) {
    const absl::string_view container = ContainerIn(octets);
    if (!container.empty()) return absl::InvalidArgumentError(container);
    return absl::InvalidArgumentError(
        absl::StrCat("neither PEM nor DER: ", certificate.status().message()));
  }
  CertificateChain chain;
  chain.push_back(*std::move(certificate));
  return chain;
}

}  // namespace danebound
