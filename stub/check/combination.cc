#include "stub/check/combination.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "stub/openssl/verify.h"

namespace danebound {
namespace {

// The same certificates, each owned once more.
CertificateChain Shared(STACK_OF(X509) * stack) {
  CertificateChain chain;
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    X509* certificate = sk_X509_value(stack, i);
    if (X509_up_ref(certificate) == 1) chain.emplace_back(certificate);
  }
  return chain;
}

// The host as if these were its only records.
HostVerdict HostOf(const HostVerdict& host,
                   const std::vector<std::string>& rdata) {
  HostVerdict alone = host;
  alone.tlsa = JudgeTlsa(rdata);
  alone.duty = Duty::kAuthenticate;
  return alone;
}

}  // namespace

TlsaParameters ParametersOf(const Tlsa& record) {
  return {record.usage, record.selector, record.matching};
}

std::string CertificateTextOf(const TlsSeen& tls) {
  if (tls.raw_key.has_value()) return "raw public key";
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

std::vector<TlsaParameters> VouchingFor(const HostVerdict& host,
                                        STACK_OF(X509) * chain, int64_t time) {
  std::map<TlsaParameters, std::vector<std::string>> records;
  for (const Tlsa& each : host.tlsa) {
    if (each.usable()) records[ParametersOf(each)].push_back(each.rdata);
  }
  std::vector<TlsaParameters> vouching;
  if (records.empty()) return vouching;
  const CertificateChain sent = Shared(chain);
  for (const auto& [parameters, rdata] : records) {
    const absl::StatusOr<TlsResult> result =
        Verify(sent, HostOf(host, rdata), time);
    if (result.ok() && result->outcome == TlsOutcome::kAuthenticated) {
      vouching.push_back(parameters);
    }
  }
  return vouching;
}

std::vector<TlsaParameters> VouchingFor(const HostVerdict& host,
                                        const RawKeySeen& key) {
  std::set<TlsaParameters> vouching;
  for (const size_t i : key.records) {
    const Tlsa& record = host.tlsa[i];
    if (record.usable() && record.usage == kDaneEe) {
      vouching.insert(ParametersOf(record));
    }
  }
  return {vouching.begin(), vouching.end()};
}

bool IsVouching(const TlsSeen& tls, const TlsaParameters& parameters) {
  return std::find(tls.vouching.begin(), tls.vouching.end(), parameters) !=
         tls.vouching.end();
}

}  // namespace danebound
