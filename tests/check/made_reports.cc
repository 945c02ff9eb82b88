#include "made_reports.h"

#include <utility>

namespace danebound {

Name NameOf(const std::string& text) { return Name::ParseText(text).value(); }

Address AddressOf(const std::string& text) {
  return Address::ParseText(text).value();
}

Tlsa Record(uint8_t usage, uint8_t selector, uint8_t matching) {
  Tlsa record;
  record.usage = usage;
  record.selector = selector;
  record.matching = matching;
  record.data = std::string(32, '\x11');
  record.rdata =
      std::string({static_cast<char>(usage), static_cast<char>(selector),
                   static_cast<char>(matching)}) +
      record.data;
  record.why_not = WhyNot::kNone;
  return record;
}

HostVerdict Host(const std::string& name, Duty duty, uint16_t preference) {
  HostVerdict host;
  host.name = NameOf(name);
  host.expanded = host.name;
  host.preference = preference;
  host.duty = duty;
  host.cause = duty == Duty::kSkip ? Cause::kTlsaFailed : Cause::kNone;
  host.security = Security::kSecure;
  host.addresses = {{AddressOf("192.0.2.1"), Security::kSecure}};
  host.expires = kTestNow + 3600;
  if (duty == Duty::kAuthenticate || duty == Duty::kEncrypt) {
    host.base_domain = host.name;
    host.tlsa_name = NameOf("_25._tcp." + name);
    host.tlsa = {Record(3, 1, 1)};
    host.sni = name;
    host.names = {name};
  }
  return host;
}

Verdict Domain(std::vector<HostVerdict> hosts) {
  Verdict verdict;
  verdict.next_hop.name = NameOf("example.org");
  verdict.expanded = verdict.next_hop.name;
  verdict.kind = Kind::kMx;
  verdict.security = Security::kSecure;
  verdict.disposition = Disposition::kDeliver;
  verdict.expires = kTestNow + 3600;
  verdict.hosts = std::move(hosts);
  return verdict;
}

AddressEvidence Reached(TlsOutcome outcome) {
  AddressEvidence evidence;
  evidence.address = AddressOf("192.0.2.1");
  evidence.trouble = Trouble::kNone;
  evidence.smtp.banner = "mx.example ESMTP";
  evidence.smtp.starttls_offers = 1;
  evidence.tls.protocol = "TLSv1.3";
  evidence.tls.cipher = "TLS_AES_256_GCM_SHA384";
  evidence.tls.key_type = KeyType::kEcdsa;
  evidence.tls.result.outcome = outcome;
  if (outcome == TlsOutcome::kAuthenticated) {
    evidence.tls.result.record = 0;
    evidence.tls.result.depth = 0;
  }
  return evidence;
}

AddressEvidence Failed(Trouble trouble) {
  AddressEvidence evidence;
  evidence.address = AddressOf("192.0.2.1");
  evidence.trouble = trouble;
  evidence.why = "as the test wants";
  return evidence;
}

DomainEvidence Seen(std::vector<AddressEvidence> addresses) {
  DomainEvidence evidence;
  for (AddressEvidence& each : addresses) {
    evidence.hosts.push_back({{std::move(each)}});
  }
  return evidence;
}

DomainReport ReportOn(Duty duty, const AddressEvidence& evidence) {
  return Judge(Domain({Host("mx.example.org", duty)}), Seen({evidence}),
               {kTestNow});
}

std::vector<std::string> IdsOf(const DomainReport& report) {
  std::vector<std::string> ids;
  for (const Finding* each : AllFindings(report)) ids.push_back(each->id);
  return ids;
}

}  // namespace danebound
