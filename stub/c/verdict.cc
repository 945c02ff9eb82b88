#include "stub/c/verdict.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "stub/c/part.h"
#include "stub/system/printable.h"

namespace danebound::c {
namespace {

std::vector<danebound_reason> PartsOf(const std::vector<Reason>& reasons) {
  std::vector<danebound_reason> parts;
  parts.reserve(reasons.size());
  for (const Reason& reason : reasons) parts.push_back({&reason});
  return parts;
}

std::vector<danebound_tlsa> PartsOf(const std::vector<Tlsa>& records) {
  std::vector<danebound_tlsa> parts;
  parts.reserve(records.size());
  for (const Tlsa& record : records) parts.push_back({&record, ToText(record)});
  return parts;
}

std::vector<std::string> TextsOf(const std::vector<HostAddress>& addresses) {
  std::vector<std::string> texts;
  texts.reserve(addresses.size());
  for (const HostAddress& address : addresses) {
    texts.push_back(address.address.ToText());
  }
  return texts;
}

const uint8_t* Octets(absl::string_view octets, size_t* length) {
  if (length != nullptr) *length = octets.size();
  return reinterpret_cast<const uint8_t*>(octets.data());
}

void MakeLines(std::vector<Reason>& reasons) {
  for (Reason& reason : reasons) reason.text = Printable(reason.text);
}

// What the texts of reasons hold is of resolvers and their clients.
Verdict WithLines(Verdict verdict) {
  MakeLines(verdict.reasons);
  for (HostVerdict& host : verdict.hosts) MakeLines(host.reasons);
  return verdict;
}

}  // namespace

danebound_host PartOf(const HostVerdict& host, const NextHop& next_hop) {
  danebound_host part = {};
  part.host = &host;
  part.port = next_hop.port;
  if (next_hop.form != NextHopForm::kAddress) {
    part.name = host.name.ToText();
    part.expanded = host.expanded.ToText();
  }
  if (!host.tlsa.empty()) {
    part.base_domain = host.base_domain.ToText();
    part.tlsa_name = host.tlsa_name.ToText();
  }
  part.addresses = TextsOf(host.addresses);
  part.tlsa = PartsOf(host.tlsa);
  part.reasons = PartsOf(host.reasons);
  return part;
}

danebound_verdict* NewVerdict(Verdict verdict, bool from_cache) {
  return new danebound_verdict(WithLines(std::move(verdict)), from_cache);
}

}  // namespace danebound::c

using danebound::c::Octets;
using danebound::c::PartAt;
using danebound::c::TextAt;

danebound_verdict::danebound_verdict(danebound::Verdict made,
                                     bool is_from_cache)
    : verdict(std::move(made)),
      next_hop(danebound::ToText(verdict.next_hop)),
      reasons(danebound::c::PartsOf(verdict.reasons)),
      from_cache(is_from_cache) {
  if (verdict.next_hop.form != danebound::NextHopForm::kAddress) {
    expanded = verdict.expanded.ToText();
  }
  hosts.reserve(verdict.hosts.size());
  for (const danebound::HostVerdict& host : verdict.hosts) {
    hosts.push_back(danebound::c::PartOf(host, verdict.next_hop));
  }
}

void danebound_verdict_free(danebound_verdict* verdict) { delete verdict; }

danebound_disposition danebound_verdict_disposition(
    const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_DISPOSITION_DEFER;
  return static_cast<danebound_disposition>(verdict->verdict.disposition);
}

const char* danebound_verdict_dsn(const danebound_verdict* verdict) {
  return verdict == nullptr ? "" : verdict->verdict.dsn.c_str();
}

const char* danebound_verdict_next_hop(const danebound_verdict* verdict) {
  return verdict == nullptr ? "" : verdict->next_hop.c_str();
}

uint16_t danebound_verdict_port(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->verdict.next_hop.port;
}

danebound_kind danebound_verdict_kind(const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_KIND_FAILED;
  return static_cast<danebound_kind>(verdict->verdict.kind);
}

danebound_security danebound_verdict_security(
    const danebound_verdict* verdict) {
  if (verdict == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(verdict->verdict.security);
}

const char* danebound_verdict_expanded(const danebound_verdict* verdict) {
  return verdict == nullptr ? "" : verdict->expanded.c_str();
}

int danebound_verdict_insecure_mx(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->verdict.insecure_mx ? 1 : 0;
}

int danebound_verdict_require(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->verdict.require ? 1 : 0;
}

int danebound_verdict_from_cache(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->from_cache ? 1 : 0;
}

int danebound_verdict_truncated(const danebound_verdict* verdict) {
  return verdict != nullptr && verdict->verdict.truncated ? 1 : 0;
}

int64_t danebound_verdict_expires(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->verdict.expires;
}

size_t danebound_verdict_reason_count(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->reasons.size();
}

const danebound_reason* danebound_verdict_reason(
    const danebound_verdict* verdict, size_t index) {
  return verdict == nullptr ? nullptr : PartAt(verdict->reasons, index);
}

size_t danebound_verdict_host_count(const danebound_verdict* verdict) {
  return verdict == nullptr ? 0 : verdict->hosts.size();
}

const danebound_host* danebound_verdict_host(const danebound_verdict* verdict,
                                             size_t index) {
  return verdict == nullptr ? nullptr : PartAt(verdict->hosts, index);
}

danebound_duty danebound_host_duty(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_DUTY_SKIP;
  return static_cast<danebound_duty>(host->host->duty);
}

danebound_cause danebound_host_cause(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_CAUSE_NOT_EVALUATED;
  return static_cast<danebound_cause>(host->host->cause);
}

int danebound_host_permanent(const danebound_host* host) {
  return host != nullptr && host->host->permanent ? 1 : 0;
}

const char* danebound_host_name(const danebound_host* host) {
  return host == nullptr ? "" : host->name.c_str();
}

const char* danebound_host_expanded(const danebound_host* host) {
  return host == nullptr ? "" : host->expanded.c_str();
}

uint16_t danebound_host_preference(const danebound_host* host) {
  return host == nullptr ? 0 : host->host->preference;
}

uint16_t danebound_host_port(const danebound_host* host) {
  return host == nullptr ? 0 : host->port;
}

danebound_security danebound_host_security(const danebound_host* host) {
  if (host == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(host->host->security);
}

size_t danebound_host_address_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->addresses.size();
}

const char* danebound_host_address(const danebound_host* host, size_t index) {
  return host == nullptr ? "" : TextAt(host->addresses, index);
}

const uint8_t* danebound_host_address_octets(const danebound_host* host,
                                             size_t index, size_t* length) {
  const danebound::HostAddress* address =
      host == nullptr ? nullptr : PartAt(host->host->addresses, index);
  if (address == nullptr) return Octets(absl::string_view(), length);
  return Octets(address->address.octets(), length);
}

danebound_security danebound_host_address_security(const danebound_host* host,
                                                   size_t index) {
  const danebound::HostAddress* address =
      host == nullptr ? nullptr : PartAt(host->host->addresses, index);
  if (address == nullptr) return DANEBOUND_SECURITY_FAILED;
  return static_cast<danebound_security>(address->security);
}

const char* danebound_host_base_domain(const danebound_host* host) {
  return host == nullptr ? "" : host->base_domain.c_str();
}

const char* danebound_host_tlsa_name(const danebound_host* host) {
  return host == nullptr ? "" : host->tlsa_name.c_str();
}

size_t danebound_host_tlsa_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->tlsa.size();
}

const danebound_tlsa* danebound_host_tlsa(const danebound_host* host,
                                          size_t index) {
  return host == nullptr ? nullptr : PartAt(host->tlsa, index);
}

const char* danebound_host_sni(const danebound_host* host) {
  return host == nullptr ? "" : host->host->sni.c_str();
}

size_t danebound_host_reference_name_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->host->names.size();
}

const char* danebound_host_reference_name(const danebound_host* host,
                                          size_t index) {
  return host == nullptr ? "" : TextAt(host->host->names, index);
}

const char* danebound_host_tls_key(const danebound_host* host) {
  return host == nullptr ? "" : host->host->tls_key.c_str();
}

const char* danebound_host_policy_type(const danebound_host* host) {
  return host == nullptr ? "" : host->host->policy_type.c_str();
}

const char* danebound_host_policy_domain(const danebound_host* host) {
  return host == nullptr ? "" : host->host->policy_domain.c_str();
}

size_t danebound_host_policy_string_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->host->policy_strings.size();
}

const char* danebound_host_policy_string(const danebound_host* host,
                                         size_t index) {
  return host == nullptr ? "" : TextAt(host->host->policy_strings, index);
}

int64_t danebound_host_expires(const danebound_host* host) {
  return host == nullptr ? 0 : host->host->expires;
}

size_t danebound_host_reason_count(const danebound_host* host) {
  return host == nullptr ? 0 : host->reasons.size();
}

const danebound_reason* danebound_host_reason(const danebound_host* host,
                                              size_t index) {
  return host == nullptr ? nullptr : PartAt(host->reasons, index);
}

uint8_t danebound_tlsa_usage(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->record->usage;
}

uint8_t danebound_tlsa_selector(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->record->selector;
}

uint8_t danebound_tlsa_matching(const danebound_tlsa* record) {
  return record == nullptr ? 0 : record->record->matching;
}

const uint8_t* danebound_tlsa_data(const danebound_tlsa* record,
                                   size_t* length) {
  if (record == nullptr) return Octets(absl::string_view(), length);
  return Octets(record->record->data, length);
}

const uint8_t* danebound_tlsa_rdata(const danebound_tlsa* record,
                                    size_t* length) {
  if (record == nullptr) return Octets(absl::string_view(), length);
  return Octets(record->record->rdata, length);
}

int danebound_tlsa_usable(const danebound_tlsa* record) {
  return record != nullptr && record->record->usable() ? 1 : 0;
}

danebound_why_not danebound_tlsa_why_not(const danebound_tlsa* record) {
  if (record == nullptr) return DANEBOUND_WHY_NOT_TOO_SHORT;
  return static_cast<danebound_why_not>(record->record->why_not);
}

int danebound_tlsa_superseded(const danebound_tlsa* record) {
  return record != nullptr && record->record->superseded ? 1 : 0;
}

int danebound_tlsa_counts(const danebound_tlsa* record) {
  return record != nullptr && record->record->counts() ? 1 : 0;
}

const char* danebound_tlsa_text(const danebound_tlsa* record) {
  return record == nullptr ? "" : record->text.c_str();
}

danebound_reason_id danebound_reason_identifier(
    const danebound_reason* reason) {
  if (reason == nullptr) return DANEBOUND_REASON_NONE;
  return static_cast<danebound_reason_id>(reason->reason->id);
}

const char* danebound_reason_text(const danebound_reason* reason) {
  return reason == nullptr ? "" : reason->reason->text.c_str();
}

int danebound_reason_ede(const danebound_reason* reason) {
  if (reason == nullptr) return -1;
  return reason->reason->ede.has_value() ? *reason->reason->ede : -1;
}

const char* danebound_reason_tlsrpt(const danebound_reason* reason) {
  if (reason == nullptr) return "";
  return danebound::TlsrptResultOf(reason->reason->id).data();
}
