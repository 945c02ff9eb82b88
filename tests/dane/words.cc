#include "tests/dane/words.h"

#include <ostream>
#include <utility>

#include "stub/dane/address.h"
#include "stub/dane/hex.h"

namespace danebound {

Name N(absl::string_view text) { return Name::ParseText(text).value(); }

NextHop Hop(absl::string_view text) { return ParseNextHop(text).value(); }

std::string Ipv4(absl::string_view text) {
  return std::string(Address::ParseText(text).value().octets());
}

std::string Ipv6(absl::string_view text) { return Ipv4(text); }

std::string Mx(uint16_t preference, absl::string_view exchange) {
  std::string rdata = {static_cast<char>(preference >> 8),
                       static_cast<char>(preference & 0xff)};
  rdata.append(std::string(N(exchange).wire()));
  return rdata;
}

std::string Hex(absl::string_view digits) { return ParseHex(digits); }

std::string Tlsa311(char octet) {
  return Hex("030101") + std::string(32, octet);
}

Answer Records(Security security, std::vector<std::string> rdata) {
  Answer answer;
  answer.security = security;
  answer.rdata = std::move(rdata);
  answer.expires = kNow + kTtl;
  return answer;
}

Answer NoData(Security security) { return Records(security, {}); }

Answer NxDomain(Security security) {
  Answer answer = NoData(security);
  answer.name_exists = false;
  return answer;
}

Answer Failure(absl::string_view why) { return FailedAnswer(why, kNow); }

Answer Bogus(absl::string_view why) {
  Answer answer = FailedAnswer(why, kNow);
  answer.security = Security::kBogus;
  return answer;
}

Answer Via(const std::vector<absl::string_view>& targets, Answer answer) {
  for (const absl::string_view target : targets) {
    answer.aliases.push_back(N(target));
  }
  return answer;
}

Answer Via(std::vector<absl::string_view> targets, Security alias_security,
           Answer answer) {
  answer.alias_security = alias_security;
  return Via(std::move(targets), std::move(answer));
}

HostFacts HostIn(HostState state, absl::string_view name, uint16_t preference) {
  HostFacts host;
  host.name = N(name);
  host.expanded = host.name;
  host.preference = preference;
  host.state = state;
  host.expires = kNow + kTtl;
  if (state >= HostState::kNoAddress) host.security = Security::kSecure;
  if (state >= HostState::kTlsaFailed) {
    host.addresses = {
        {Address::ParseText("192.0.2.1").value(), Security::kSecure}};
  }
  if (state == HostState::kTlsa) {
    host.base_domain = host.name;
    host.tlsa = {Tlsa311()};
  }
  return host;
}

Facts Mail(std::vector<HostFacts> hosts, Security security, Kind kind) {
  Facts facts;
  facts.next_hop = Hop("example.com");
  if (kind == Kind::kHost) facts.next_hop = Hop("[example.com]");
  if (kind == Kind::kAddress) facts.next_hop = Hop("[192.0.2.1]");
  facts.kind = kind;
  facts.security = security;
  facts.expanded = N("example.com");
  facts.expires = kNow + kTtl;
  facts.hosts = std::move(hosts);
  return facts;
}

std::vector<std::string> Ids(const std::vector<Reason>& reasons) {
  std::vector<std::string> ids;
  ids.reserve(reasons.size());
  for (const Reason& reason : reasons) {
    ids.emplace_back(ToText(reason.id));
  }
  return ids;
}

void PrintTo(Security security, std::ostream* os) { *os << ToText(security); }
void PrintTo(Duty duty, std::ostream* os) { *os << ToText(duty); }
void PrintTo(Cause cause, std::ostream* os) { *os << ToText(cause); }
void PrintTo(Disposition disposition, std::ostream* os) {
  *os << ToText(disposition);
}
void PrintTo(Kind kind, std::ostream* os) { *os << ToText(kind); }
void PrintTo(WhyNot why_not, std::ostream* os) { *os << ToText(why_not); }
void PrintTo(const Name& name, std::ostream* os) { *os << name.ToText(); }
void PrintTo(const Question& question, std::ostream* os) {
  *os << ToText(question);
}

}  // namespace danebound
