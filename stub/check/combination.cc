#include "stub/check/combination.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr uint8_t kDaneTa = 2;
constexpr TlsaParameters kWholeAnchor = {2, 0, 0};

}  // namespace

TlsaParameters ParametersOf(const Tlsa& record) {
  return {record.usage, record.selector, record.matching};
}

std::string CertificateTextOf(const TlsSeen& tls) {
  return tls.key_type == KeyType::kOther
             ? "certificate"
             : absl::StrCat(ToText(tls.key_type), " certificate");
}

bool IsPublished(const HostVerdict& host, const TlsaParameters& parameters) {
  return std::any_of(
      host.tlsa.begin(), host.tlsa.end(), [&](const Tlsa& record) {
        return record.usable() && ParametersOf(record) == parameters;
      });
}

bool IsMatched(const HostVerdict& host, const TlsSeen& tls,
               const TlsaParameters& parameters) {
  const auto matches = [&](const CertificateSeen& certificate) {
    return std::any_of(certificate.records.begin(), certificate.records.end(),
                       [&](size_t index) {
                         return ParametersOf(host.tlsa[index]) == parameters;
                       });
  };
  if (parameters == kWholeAnchor) return IsPublished(host, parameters);
  if (parameters.usage != kDaneTa) return matches(tls.chain.front());
  return std::any_of(tls.chain.begin(), tls.chain.end(), matches);
}

}  // namespace danebound
