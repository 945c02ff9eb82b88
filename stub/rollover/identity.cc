#include "stub/rollover/identity.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

#include "absl/types/optional.h"

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

}  // namespace

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
  }
  return identity;
}

}  // namespace danebound
