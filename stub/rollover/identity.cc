#include "stub/rollover/identity.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "stub/openssl/pointers.h"

namespace danebound {
namespace {

bool NamesAnchor(const TlsaParameters& parameters) {
  return parameters.usage == 0 || parameters.usage == 2;
}

// Says whether the source tells of records with these parameters.
bool IsTold(const TlsaSource& source, const TlsaParameters& parameters,
            const std::vector<size_t>& authorities) {
  if (source.kind != TlsaSourceKind::kCertificates) {
    return parameters.selector == 1 && !NamesAnchor(parameters);
  }
  return !NamesAnchor(parameters) || !authorities.empty() ||
         IsSelfIssued(*source.certificates[EndEntityOf(source.certificates)]);
}

absl::StatusOr<std::vector<std::string>> RecordsOf(
    const TlsaSource& source, const TlsaParameters& parameters,
    const std::vector<absl::optional<size_t>>& certificates) {
  std::vector<std::string> records;
  for (const auto& certificate : certificates) {
    auto made = MakeTlsa(source, parameters, certificate);
    if (!made.ok()) return made.status();
    if (std::find(records.begin(), records.end(), made->rdata) ==
        records.end()) {
      records.push_back(made->rdata);
    }
  }
  return records;
}

std::vector<TlsaParameters> AllCombinations() {
  std::vector<TlsaParameters> all;
  for (uint8_t usage = 0; usage <= 3; ++usage) {
    for (uint8_t selector = 0; selector <= 1; ++selector) {
      for (uint8_t matching = 0; matching <= 2; ++matching) {
        all.push_back({usage, selector, matching});
      }
    }
  }
  return all;
}

// Seconds since the epoch; none for a date that can't be read.
absl::optional<int64_t> EndOf(const X509& certificate) {
  std::tm end = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &end) != 1) {
    return absl::nullopt;
  }
  return int64_t{timegm(&end)};
}

// Empty where OpenSSL can't encode it.
std::string DerOf(X509& certificate) {
  unsigned char* octets = nullptr;
  const int size = i2d_X509(&certificate, &octets);
  if (size < 0) return "";
  std::string der(reinterpret_cast<const char*>(octets),
                  static_cast<size_t>(size));
  OPENSSL_free(octets);
  return der;
}

// DER of the topmost certificate, unless it issued itself.
std::string IssuedOf(const TlsaSource& source,
                     const std::vector<size_t>& authorities) {
  X509* topmost =
      source
          .certificates[authorities.empty() ? EndEntityOf(source.certificates)
                                            : authorities.back()]
          .get();
  return IsSelfIssued(*topmost) ? "" : DerOf(*topmost);
}

// The server's own first, the others in their order.
std::vector<std::string> ChainOf(const CertificateChain& certificates) {
  const size_t own = EndEntityOf(certificates);
  std::vector<std::string> chain = {DerOf(*certificates[own])};
  for (size_t i = 0; i < certificates.size(); ++i) {
    if (i != own) chain.push_back(DerOf(*certificates[i]));
  }
  return chain;
}

constexpr size_t kParameterOctets = 3;

// The key in a record of DANE-TA(2) Full(0), of a certificate only where that
// names itself as the issuer; null: no such record.
PkeyPtr IssuerKeyIn(const std::string& rdata, X509& issued) {
  if (rdata.size() <= kParameterOctets || rdata[0] != 2 || rdata[2] != 0) {
    return nullptr;
  }
  const auto* octets =
      reinterpret_cast<const unsigned char*>(rdata.data()) + kParameterOctets;
  const auto size = static_cast<long>(rdata.size() - kParameterOctets);
  if (rdata[1] == 1) return PkeyPtr(d2i_PUBKEY(nullptr, &octets, size));
  if (rdata[1] != 0) return nullptr;
  const X509Ptr certificate(d2i_X509(nullptr, &octets, size));
  if (certificate == nullptr ||
      X509_check_issued(certificate.get(), &issued) != X509_V_OK) {
    return nullptr;
  }
  return PkeyPtr(X509_get_pubkey(certificate.get()));
}

}  // namespace

void AddAnchorsInFull(const std::set<std::string>& shown,
                      RolloverIdentity& identity) {
  const auto* octets =
      reinterpret_cast<const unsigned char*>(identity.issued.data());
  const X509Ptr issued(
      d2i_X509(nullptr, &octets, static_cast<long>(identity.issued.size())));
  if (issued == nullptr) return ERR_clear_error();
  for (const std::string& rdata : shown) {
    const PkeyPtr key = IssuerKeyIn(rdata, *issued);
    if (key == nullptr || X509_verify(issued.get(), key.get()) != 1) continue;
    auto& records = identity.records[{2, static_cast<uint8_t>(rdata[1]), 0}];
    if (std::find(records.begin(), records.end(), rdata) == records.end()) {
      records.push_back(rdata);
    }
  }
  ERR_clear_error();
}

absl::StatusOr<RolloverIdentity> IdentityOf(const TlsaSource& source) {
  RolloverIdentity identity;
  const std::vector<size_t> authorities = AuthoritiesOf(source.certificates);
  // The topmost first.
  const std::vector<absl::optional<size_t>> anchors(authorities.rbegin(),
                                                    authorities.rend());
  for (const TlsaParameters& parameters : AllCombinations()) {
    if (!IsTold(source, parameters, authorities)) continue;
    auto records = NamesAnchor(parameters)
                       ? RecordsOf(source, parameters, anchors)
                       : RecordsOf(source, parameters, {absl::nullopt});
    if (!records.ok()) return records.status();
    identity.records[parameters] = *std::move(records);
  }
  if (source.kind == TlsaSourceKind::kCertificates) {
    identity.ends =
        EndOf(*source.certificates[EndEntityOf(source.certificates)]);
    identity.issued = IssuedOf(source, authorities);
    identity.chain = ChainOf(source.certificates);
  }
  return identity;
}

}  // namespace danebound
