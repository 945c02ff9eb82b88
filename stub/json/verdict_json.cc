#include "stub/json/verdict_json.h"

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const Reason& reason) {
  return {{"id", std::string(ToText(reason.id))},
          {"text", reason.text},
          {"ede", reason.ede.has_value() ? Json(*reason.ede) : Json(nullptr)},
          {"tlsrpt", TextOrNull(TlsrptResultOf(reason.id))}};
}

Json ToJson(const HostAddress& address) {
  return {{"address", address.address.ToText()},
          {"security", std::string(ToText(address.security))}};
}

Json ToJson(const HostVerdict& host);

template <typename Value>
Json ToArray(const std::vector<Value>& values) {
  Json array = Json::array();
  for (const Value& value : values) array.push_back(ToJson(value));
  return array;
}

Json ToJson(const HostVerdict& host) {
  return {{"name", TextOrNull(host.name)},
          {"expanded", TextOrNull(host.expanded)},
          {"preference", host.preference},
          {"duty", std::string(ToText(host.duty))},
          {"cause", TextOrNull(ToText(host.cause))},
          {"permanent", host.permanent},
          {"security", std::string(ToText(host.security))},
          {"base_domain", TextOrNull(host.base_domain)},
          {"sni", TextOrNull(host.sni)},
          {"names", host.names},
          {"addresses", ToArray(host.addresses)},
          {"tlsa_name", TextOrNull(host.tlsa_name)},
          {"tlsa", ToArray(host.tlsa)},
          {"policy_type", TextOrNull(host.policy_type)},
          {"policy_domain", TextOrNull(host.policy_domain)},
          {"policy_strings", host.policy_strings},
          {"tls_key", TextOrNull(host.tls_key)},
          {"expires", host.expires},
          {"reasons", ToArray(host.reasons)}};
}

}  // namespace

nlohmann::ordered_json TextOrNull(absl::string_view text) {
  return text.empty() ? Json(nullptr) : Json(std::string(text));
}

nlohmann::ordered_json TextOrNull(const Name& name) {
  return name.IsRoot() ? Json(nullptr) : Json(name.ToText());
}

nlohmann::ordered_json ToJson(const Tlsa& record) {
  return {{"usage", record.usage},
          {"selector", record.selector},
          {"matching", record.matching},
          {"data", absl::BytesToHexString(record.data)},
          {"usable", record.usable()},
          {"superseded", record.superseded},
          {"why_not", TextOrNull(ToText(record.why_not))}};
}

nlohmann::ordered_json ToJson(const Verdict& verdict, int64_t now) {
  return {{"next_hop", ToText(verdict.next_hop)},
          {"port", verdict.next_hop.port},
          {"kind", std::string(ToText(verdict.kind))},
          {"security", std::string(ToText(verdict.security))},
          {"disposition", std::string(ToText(verdict.disposition))},
          {"expanded", TextOrNull(verdict.expanded)},
          {"insecure_mx", verdict.insecure_mx},
          {"require", verdict.require},
          {"truncated", verdict.truncated},
          {"ttl", std::max<int64_t>(verdict.expires - now, 0)},
          {"expires", verdict.expires},
          {"dsn", TextOrNull(verdict.dsn)},
          {"reasons", ToArray(verdict.reasons)},
          {"hosts", ToArray(verdict.hosts)}};
}

nlohmann::ordered_json ToJson(absl::string_view next_hop,
                              absl::string_view error) {
  return {{"next_hop", std::string(next_hop)},
          {"disposition", std::string(ToText(Disposition::kDefer))},
          {"error", std::string(error)}};
}

std::string ErrorLine(absl::string_view error) {
  return ToLine(Json{{"error", std::string(error)}});
}

std::string ToLine(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace danebound
