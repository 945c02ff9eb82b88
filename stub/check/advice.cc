#include "stub/check/advice.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/dane/tlsa_advice.h"

namespace danebound {
namespace {

constexpr uint8_t kDaneTa = 2;
constexpr uint8_t kDaneEe = 3;
constexpr uint8_t kCert = 0;
constexpr uint8_t kFull = 0;

constexpr size_t kHeaderOctets = 12;
constexpr size_t kQuestionOctets = 4;  // type and class
constexpr size_t kRecordOctets = 12;   // compressed owner, type, class, TTL,
                                       // length

using Advices = std::vector<Advice>;

class HostAdviser {
 public:
  HostAdviser(const HostVerdict& host, const HostEvidence& evidence,
              Advices& advices)
      : host_(host), evidence_(evidence), advices_(advices) {}

  void AdviseOnParameters();
  void AdviseOnSize();
  void AdviseOnLife(int64_t now);
  void AdviseOnChain();
  void AdviseOnStartTls();

 private:
  using Parameters = std::tuple<uint8_t, uint8_t, uint8_t>;

  void Add(absl::string_view section, absl::string_view text) {
    advices_.push_back(
        {std::string(section), host_.name.ToText(), std::string(text)});
  }
  bool ServerIsMatched(const TlsSeen& tls, const Parameters& parameters) const;
  void AddUnmatched(const Parameters& parameters);

  const HostVerdict& host_;
  const HostEvidence& evidence_;
  Advices& advices_;
};

std::tuple<uint8_t, uint8_t, uint8_t> ParametersOf(const Tlsa& record) {
  return {record.usage, record.selector, record.matching};
}

void HostAdviser::AdviseOnParameters() {
  std::vector<Parameters> seen;
  for (const Tlsa& record : host_.tlsa) {
    const Parameters parameters = ParametersOf(record);
    if (std::find(seen.begin(), seen.end(), parameters) != seen.end()) continue;
    seen.push_back(parameters);
    const TlsaParameters named = {record.usage, record.selector,
                                  record.matching};
    for (const TlsaAdvice& each : AdviseOnTlsa(named)) {
      Add(each.section, absl::StrCat(ToText(named), ": ", each.text));
    }
  }
}

// RFC 7671 10.1.1
void HostAdviser::AdviseOnSize() {
  const size_t octets = TlsaAnswerOctets(host_);
  if (host_.tlsa.empty() || octets <= kUdpAnswerOctets) return;
  Add("RFC 7671 10.1.1",
      absl::StrCat("the TLSA answer has at least ", octets,
                   " octets and its signatures, more than the ",
                   kUdpAnswerOctets,
                   " that fit a UDP packet: publish fewer records, and digests "
                   "instead of Full(0)"));
}

// RFC 7671 13
void HostAdviser::AdviseOnLife(int64_t now) {
  const int64_t life = host_.expires - now;
  if (host_.tlsa.empty() || life <= kLongLifeSeconds) return;
  Add("RFC 7671 13",
      absl::StrCat("the TLSA records may be held for ", life / 3600,
                   " hours or more: after a lost key mail waits as long; "
                   "publish a TTL of some hours at most"));
}

// A leaf is named by DANE-EE(3), anything that was sent by DANE-TA(2).
bool HostAdviser::ServerIsMatched(const TlsSeen& tls,
                                  const Parameters& parameters) const {
  const auto matches = [&](const CertificateSeen& certificate) {
    return std::any_of(certificate.records.begin(), certificate.records.end(),
                       [&](size_t index) {
                         return ParametersOf(host_.tlsa[index]) == parameters;
                       });
  };
  if (std::get<0>(parameters) == kDaneEe) return matches(tls.chain.front());
  return std::any_of(tls.chain.begin(), tls.chain.end(), matches);
}

void HostAdviser::AddUnmatched(const Parameters& parameters) {
  const auto [usage, selector, matching] = parameters;
  const std::string text = ToText(TlsaParameters{usage, selector, matching});
  if (usage == kDaneTa) {
    Add("RFC 7671 5.2.2",
        absl::StrCat("no certificate that the server sends matches a ", text,
                     " record: let it send the trust anchor too, or remove "
                     "the record"));
  } else {
    Add("RFC 7671 8",
        absl::StrCat("none of the ", text,
                     " records matches the server's certificate: clients that "
                     "know only those cannot authenticate it"));
  }
}

// RFC 7671 8, 5.2.2: each combination that is published must match on its own;
// only 2 0 0 holds the anchor itself.
void HostAdviser::AdviseOnChain() {
  std::map<Parameters, bool> matched;
  for (const Tlsa& record : host_.tlsa) {
    const bool holds_anchor = record.usage == kDaneTa &&
                              record.selector == kCert &&
                              record.matching == kFull;
    if (record.usable() && !holds_anchor) matched[ParametersOf(record)] = true;
  }
  for (const AddressEvidence& address : evidence_.addresses) {
    if (address.tls.chain.empty()) continue;
    for (auto& [parameters, all] : matched) {
      all = all && ServerIsMatched(address.tls, parameters);
    }
  }
  for (const auto& [parameters, all] : matched) {
    if (!all) AddUnmatched(parameters);
  }
}

// RFC 7672 9.2
void HostAdviser::AdviseOnStartTls() {
  if (host_.tlsa.empty()) return;
  const bool missing =
      std::any_of(evidence_.addresses.begin(), evidence_.addresses.end(),
                  [](const AddressEvidence& address) {
                    return address.trouble == Trouble::kNoStartTls ||
                           address.trouble == Trouble::kStartTlsRefused;
                  });
  if (!missing) return;
  Add("RFC 7672 9.2",
      "a server with TLSA records must offer STARTTLS to every client at every "
      "connection");
}

bool HasTlsa(const HostVerdict& host) { return !host.tlsa.empty(); }

// RFC 7672 2.2.1
void AdviseOnDomain(const Verdict& verdict, Advices& advices) {
  const bool any =
      std::any_of(verdict.hosts.begin(), verdict.hosts.end(), HasTlsa);
  if (!any) return;
  if (verdict.insecure_mx) {
    advices.push_back({"RFC 7672 2.2.1", "",
                       "sign the zone of the MX records: without that the TLSA "
                       "records of the hosts protect nobody from redirection"});
  }
  for (const HostVerdict& host : verdict.hosts) {
    if (HasTlsa(host) || host.duty != Duty::kOpportunistic) continue;
    advices.push_back(
        {"RFC 7672 2.2.1", host.name.ToText(),
         "other MX hosts have TLSA records and this one has none: an attacker "
         "needs only to make those unreachable; publish some for all hosts"});
  }
}

std::string NamesOf(const std::vector<std::string>& servers) {
  return absl::StrJoin(servers, ", ");
}

// Says which servers show something else than the first that answers; empty
// where all agree.
std::string Dissent(const std::vector<ServerView>& servers) {
  std::vector<std::string> dissenters;
  const ServerView* first = nullptr;
  for (const ServerView& each : servers) {
    if (!each.answered) continue;
    if (first == nullptr) first = &each;
    if (each.rdata != first->rdata) dissenters.push_back(each.server);
  }
  if (dissenters.empty()) return "";
  return absl::StrCat("name servers show other TLSA records than ",
                      first->server, ": ", NamesOf(dissenters));
}

std::vector<std::string> Silent(const std::vector<ServerView>& servers) {
  std::vector<std::string> silent;
  for (const ServerView& each : servers) {
    if (each.answered) continue;
    silent.push_back(absl::StrCat(each.server, " (", each.why, ")"));
  }
  return silent;
}

uint32_t LongestHold(const std::vector<ServerView>& servers) {
  uint32_t longest = 0;
  for (const ServerView& each : servers) longest = std::max(longest, each.hold);
  return longest;
}

int64_t LongestSignatureDays(const std::vector<ServerView>& servers) {
  constexpr int64_t kDay = 86400;
  int64_t longest = 0;
  for (const ServerView& each : servers) {
    if (!each.signature) continue;
    longest = std::max(longest,
                       (each.signature->ends - each.signature->begins) / kDay);
  }
  return longest;
}

}  // namespace

size_t TlsaAnswerOctets(const HostVerdict& host) {
  size_t octets =
      kHeaderOctets + host.tlsa_name.wire().size() + kQuestionOctets;
  for (const Tlsa& record : host.tlsa) {
    octets += kRecordOctets + record.rdata.size();
  }
  return octets;
}

std::vector<Advice> Advise(const Verdict& verdict,
                           const DomainEvidence& evidence, int64_t now) {
  Advices advices;
  AdviseOnDomain(verdict, advices);
  for (size_t i = 0; i < verdict.hosts.size(); ++i) {
    HostAdviser adviser(verdict.hosts[i], evidence.hosts[i], advices);
    adviser.AdviseOnParameters();
    adviser.AdviseOnSize();
    adviser.AdviseOnLife(now);
    adviser.AdviseOnChain();
    adviser.AdviseOnStartTls();
  }
  return advices;
}

std::vector<Advice> AdviseOnNameServers(
    const HostVerdict& host, const std::vector<ServerView>& servers) {
  Advices advices;
  const auto add = [&](absl::string_view section, std::string text) {
    advices.push_back(
        {std::string(section), host.name.ToText(), std::move(text)});
  };
  std::string dissent = Dissent(servers);
  if (!dissent.empty()) add("RFC 7671 8", std::move(dissent));
  const std::vector<std::string> silent = Silent(servers);
  if (!silent.empty()) {
    add("RFC 7672 2.1.2",
        absl::StrCat("name servers that do not answer make lookups fail, and "
                     "mail wait: ",
                     NamesOf(silent)));
  }
  const uint32_t hold = LongestHold(servers);
  if (hold > kLongLifeSeconds) {
    add("RFC 7671 13",
        absl::StrCat("the TTL of the TLSA answer is ", hold / 3600,
                     " hours: after a lost key mail waits as long; publish one "
                     "of some hours at most"));
  }
  const int64_t days = LongestSignatureDays(servers);
  if (days > kLongSignatureDays) {
    add("RFC 7671 13",
        absl::StrCat("the signature of the TLSA answer holds for ", days,
                     " days: old records, and with them a stolen key, can be "
                     "shown as long; sign for some weeks at most"));
  }
  return advices;
}

}  // namespace danebound
