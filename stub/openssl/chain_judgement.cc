#include "stub/openssl/chain_judgement.h"

#include <openssl/x509_vfy.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/dane/tlsa.h"
#include "stub/openssl/mismatch.h"
#include "stub/openssl/verify_trouble.h"

namespace danebound {
namespace {

// Names count for DANE-TA(2) alone. RFC 7672 3.1.1, 3.1.2.
std::vector<std::string> NamesTried(const HostVerdict& host) {
  const bool count =
      std::any_of(host.tlsa.begin(), host.tlsa.end(), [](const Tlsa& record) {
        return record.counts() && record.usage == kDaneTa;
      });
  return count ? host.names : std::vector<std::string>();
}

// RFC 8460 4.3.
absl::string_view TlsrptOf(long error) {
  switch (error) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
      return "certificate-host-mismatch";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "certificate-expired";
    default:
      return "certificate-not-trusted";
  }
}

std::string WhyOf(SSL* ssl, long error, const HostVerdict& host,
                  const TlsResult& result) {
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
  if (error == X509_V_ERR_DANE_NO_MATCH && SSL_get0_peer_rpk(ssl) != nullptr) {
    return "the raw public key that the server showed matches no TLSA record";
  }
#endif
  if (error == X509_V_ERR_DANE_NO_MATCH) {
    return WhyNoMatch(host.tlsa, UnmatchedChainOf(ssl));
  }
  std::string why = VerifyTroubleOf(ssl);
  if (why.empty()) why = X509_verify_cert_error_string(error);
  if (error == X509_V_ERR_HOSTNAME_MISMATCH) {
    absl::StrAppend(&why, "; wanted ", absl::StrJoin(result.names, " or "));
  }
  return why;
}

// The record that OpenSSL says has matched.
absl::optional<size_t> MatchedRecord(SSL* ssl, const HostVerdict& host) {
  uint8_t usage = 0;
  uint8_t selector = 0;
  uint8_t matching = 0;
  const unsigned char* data = nullptr;
  size_t size = 0;
  if (SSL_get0_dane_tlsa(ssl, &usage, &selector, &matching, &data, &size) < 0) {
    return absl::nullopt;
  }
  const absl::string_view matched(reinterpret_cast<const char*>(data), size);
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    const Tlsa& record = host.tlsa[i];
    if (record.counts() && record.usage == usage &&
        record.selector == selector && record.matching == matching &&
        record.data == matched) {
      return i;
    }
  }
  return absl::nullopt;
}

}  // namespace

TlsResult JudgeChain(SSL* ssl, const HostVerdict& host) {
  TlsResult result;
  result.names = NamesTried(host);
  const long error = SSL_get_verify_result(ssl);
  if (error != X509_V_OK) {
    result.why = WhyOf(ssl, error, host, result);
    result.tlsrpt = std::string(TlsrptOf(error));
    return result;
  }
  const int depth = SSL_get0_dane_authority(ssl, nullptr, nullptr);
  result.record = MatchedRecord(ssl, host);
  if (depth < 0 || !result.record) {
    result.record = absl::nullopt;
    result.why = "no TLSA record vouches for the peer";
    result.tlsrpt = "certificate-not-trusted";
    return result;
  }
  result.outcome = TlsOutcome::kAuthenticated;
  result.depth = depth;
  const char* name = SSL_get0_peername(ssl);
  if (name != nullptr && host.tlsa[*result.record].usage == kDaneTa) {
    result.matched_name = name;
  }
  return result;
}

}  // namespace danebound
