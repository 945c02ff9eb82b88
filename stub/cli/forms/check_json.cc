#include "stub/cli/forms/check_json.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/json/verdict_json.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kDay = 86400;

template <typename Value>
Json ValueOrNull(const absl::optional<Value>& value) {
  return value.has_value() ? Json(*value) : Json(nullptr);
}

template <typename Value, typename Convert>
Json ToArray(const std::vector<Value>& values, const Convert& convert) {
  Json array = Json::array();
  for (const Value& value : values) array.push_back(convert(value));
  return array;
}

Json FindingJson(const Finding& finding) {
  return {{"health", std::string(ToText(finding.health))},
          {"id", finding.id},
          {"text", finding.text},
          {"tlsrpt", TextOrNull(finding.tlsrpt)}};
}

Json AdviceJson(const Advice& advice) {
  return {{"section", advice.section},
          {"host", TextOrNull(advice.host)},
          {"text", advice.text}};
}

Json RefusedJson(const TlsSetup::Refused& refused) {
  return {{"record", refused.record}, {"why", refused.why}};
}

Json CertificateJson(const CertificateSeen& seen, int64_t judged_at) {
  return {{"subject", seen.subject},
          {"issuer", seen.issuer},
          {"names", seen.names},
          {"key", seen.key},
          {"cert_sha256", seen.cert_sha256},
          {"spki_sha256", seen.spki_sha256},
          {"not_before", seen.not_before},
          {"not_after", seen.not_after},
          {"days_left", (seen.not_after - judged_at) / kDay},
          {"records", seen.records}};
}

Json RawKeyJson(const absl::optional<RawKeySeen>& seen) {
  if (!seen.has_value()) return nullptr;
  return {{"key", seen->key},
          {"spki_sha256", seen->spki_sha256},
          {"records", seen->records}};
}

bool WasBegun(const TlsSeen& tls) {
  return !tls.protocol.empty() || !tls.chain.empty() || !tls.result.why.empty();
}

Json TlsJson(const TlsSeen& tls, int64_t judged_at) {
  if (!WasBegun(tls)) return nullptr;
  const TlsResult& result = tls.result;
  const auto certificate = [judged_at](const CertificateSeen& seen) {
    return CertificateJson(seen, judged_at);
  };
  return {{"protocol", TextOrNull(tls.protocol)},
          {"cipher", TextOrNull(tls.cipher)},
          {"key_type", std::string(ToText(tls.key_type))},
          {"chain", ToArray(tls.chain, certificate)},
          {"raw_key", RawKeyJson(tls.raw_key)},
          {"result", std::string(ToText(result.outcome))},
          {"record", ValueOrNull(result.record)},
          {"depth", result.depth < 0 ? Json(nullptr) : Json(result.depth)},
          {"matched_name", TextOrNull(result.matched_name)},
          {"names", result.names},
          {"why", TextOrNull(result.why)},
          {"tlsrpt", TextOrNull(result.tlsrpt)},
          {"refused", ToArray(tls.setup.refused, RefusedJson)}};
}

Json AddressJson(const AddressEvidence& evidence, const AddressReport& report,
                 int64_t judged_at) {
  return {{"address", evidence.address.ToText()},
          {"outcome", std::string(ToText(report.outcome))},
          {"trouble", TextOrNull(ToText(evidence.trouble))},
          {"why", TextOrNull(evidence.why)},
          {"banner", TextOrNull(evidence.smtp.banner)},
          {"helo", evidence.smtp.helo},
          {"extensions", evidence.smtp.extensions},
          {"tls_extensions", evidence.smtp.tls_extensions},
          {"starttls_offers", evidence.smtp.starttls_offers},
          {"tls", TlsJson(evidence.tls, judged_at)},
          {"other_key", evidence.other_key.has_value()
                            ? TlsJson(*evidence.other_key, judged_at)
                            : Json(nullptr)},
          {"other_key_why", TextOrNull(evidence.other_key_why)},
          {"findings", ToArray(report.findings, FindingJson)}};
}

// A skipped host's addresses are not judged, nor those that were not probed.
Json AddressesJson(const HostEvidence& evidence, const HostReport& report,
                   int64_t judged_at) {
  Json array = Json::array();
  for (size_t i = 0; i < report.addresses.size(); ++i) {
    if (evidence.addresses[i].trouble == Trouble::kNotProbed) continue;
    array.push_back(
        AddressJson(evidence.addresses[i], report.addresses[i], judged_at));
  }
  return array;
}

Json HostJson(const HostVerdict& host, const HostEvidence& evidence,
              const HostReport& report, int64_t judged_at) {
  return {
      {"name", host.name.IsRoot() ? Json(nullptr) : Json(host.name.ToText())},
      {"outcome", std::string(ToText(report.outcome))},
      {"certificates_end", ValueOrNull(report.certificates_end)},
      {"signatures_end", ValueOrNull(report.signatures_end)},
      {"records_now", report.records_now},
      {"findings", ToArray(report.findings, FindingJson)},
      {"addresses", AddressesJson(evidence, report, judged_at)}};
}

Json TriedJson(const CheckedDomain& checked) {
  if (checked.tried_tlsa.empty()) return nullptr;
  const auto text = [](const Tlsa& record) { return ToText(record); };
  return ToArray(JudgeTlsa(checked.tried_tlsa), text);
}

Json HostsJson(const CheckedDomain& checked) {
  Json array = Json::array();
  for (size_t i = 0; i < checked.report.hosts.size(); ++i) {
    array.push_back(HostJson(checked.verdict->hosts[i],
                             checked.evidence.hosts[i], checked.report.hosts[i],
                             checked.judged_at));
  }
  return array;
}

}  // namespace

nlohmann::ordered_json ToJson(const CheckedDomain& checked) {
  return {{"domain", checked.domain},
          {"level", checked.host_level ? "host" : "domain"},
          {"outcome", std::string(ToText(checked.report.outcome))},
          {"health", std::string(ToText(checked.report.health))},
          {"error", TextOrNull(checked.error)},
          {"checked", checked.checked},
          {"judged_at", checked.judged_at},
          {"tried_tlsa", TriedJson(checked)},
          {"findings", ToArray(checked.report.findings, FindingJson)},
          {"hosts", HostsJson(checked)},
          {"advice", checked.advices.has_value()
                         ? ToArray(*checked.advices, AdviceJson)
                         : Json(nullptr)},
          {"mta_sts", ValueOrNull(checked.mta_sts)},
          {"verdict", checked.verdict.has_value()
                          ? ToJson(*checked.verdict, checked.checked)
                          : Json(nullptr)}};
}

}  // namespace danebound
