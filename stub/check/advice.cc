#include "stub/check/advice.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "stub/check/combination.h"
#include "stub/dane/tlsa.h"
#include "stub/dane/tlsa_advice.h"

namespace danebound {
namespace {

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
  void AdviseOnNextKey();
  void AdviseOnStartTls();

 private:
  void Add(absl::string_view section, absl::string_view text) {
    advices_.push_back(
        {std::string(section), host_.name.ToText(), std::string(text)});
  }
  void AdviseOnChain(const TlsaParameters& parameters);
  void AddUnmatched(const TlsaParameters& parameters, const TlsSeen& tls);

  const HostVerdict& host_;
  const HostEvidence& evidence_;
  Advices& advices_;
};

void HostAdviser::AdviseOnParameters() {
  std::vector<TlsaParameters> seen;
  for (const Tlsa& record : host_.tlsa) {
    const TlsaParameters parameters = ParametersOf(record);
    if (std::find(seen.begin(), seen.end(), parameters) != seen.end()) continue;
    seen.push_back(parameters);
    for (const TlsaAdvice& each : AdviseOnTlsa(parameters)) {
      Add(each.section, absl::StrCat(ToText(parameters), ": ", each.text));
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

void HostAdviser::AddUnmatched(const TlsaParameters& parameters,
                               const TlsSeen& tls) {
  const std::string text = ToText(parameters);
  if (parameters.usage == kDaneTa) {
    Add("RFC 7671 5.2.2",
        absl::StrCat("no ", text,
                     " record vouches for what the server sends "
                     "with its ",
                     CertificateTextOf(tls),
                     ": let it be of an authority that issued that, let the "
                     "server send the authority's certificate too, or remove "
                     "the record"));
  } else {
    Add("RFC 7671 8",
        absl::StrCat("none of the ", text, " records matches the server's ",
                     CertificateTextOf(tls),
                     ": clients that know only those cannot authenticate it"));
  }
}

// Once for each type of key, whatever the addresses.
void HostAdviser::AdviseOnChain(const TlsaParameters& parameters) {
  std::set<KeyType> told;
  const auto look = [&](const TlsSeen& tls) {
    if (!tls.shows_a_key() || IsVouching(tls, parameters)) return;
    if (told.insert(tls.key_type).second) AddUnmatched(parameters, tls);
  };
  for (const AddressEvidence& address : evidence_.addresses) {
    look(address.tls);
    if (address.other_key.has_value()) look(*address.other_key);
  }
}

// RFC 7671 8, 5.2.2: each combination that is published must match on its own,
// whichever certificate the server shows.
void HostAdviser::AdviseOnChain() {
  std::set<TlsaParameters> published;
  for (const Tlsa& record : host_.tlsa) {
    if (record.usable()) published.insert(ParametersOf(record));
  }
  for (const TlsaParameters& each : published) AdviseOnChain(each);
}

// RFC 7671 8.1: a record of the key to come, or of an authority that will issue
// for it. Internet.nl's "rollover scheme".
void HostAdviser::AdviseOnNextKey() {
  std::set<size_t> matched;
  const auto look = [&](const TlsSeen& tls) {
    if (!tls.shows_a_key()) return;
    const std::vector<size_t>& records = tls.raw_key.has_value()
                                             ? tls.raw_key->records
                                             : tls.chain.front().records;
    matched.insert(records.begin(), records.end());
  };
  for (const AddressEvidence& address : evidence_.addresses) {
    look(address.tls);
    if (address.other_key.has_value()) look(*address.other_key);
  }
  if (matched.empty()) return;
  for (size_t i = 0; i < host_.tlsa.size(); ++i) {
    if (host_.tlsa[i].usable() && !matched.contains(i)) return;
  }
  Add("RFC 7671 8.1",
      "no record is there for the next key: publish 3 1 1 of it beside that of "
      "the current one (danebound rollover prepare makes it), or 2 1 1 of the "
      "authority, so that a change of key needs no wait");
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

// Servers without an answer that counts, and why: those that are not believed,
// or those that gave none.
std::vector<std::string> Unanswered(const std::vector<ServerView>& servers,
                                    bool disbelieved) {
  std::vector<std::string> unanswered;
  for (const ServerView& each : servers) {
    if (each.answered || each.disbelieved != disbelieved) continue;
    unanswered.push_back(absl::StrCat(each.server, " (", each.why, ")"));
  }
  return unanswered;
}

// Servers that deny what stands above the records, which names below it prove
// to exist. RFC 8020 2, RFC 4592 2.2.2.
std::vector<std::string> DeniersAbove(const std::vector<ServerView>& servers) {
  std::vector<std::string> deniers;
  for (const ServerView& each : servers) {
    if (each.denies_above) deniers.push_back(each.server);
  }
  return deniers;
}

// Servers whose denial has no signature, though another server of the zone
// signs: in an unsigned zone none has one. RFC 4035 3.1.3.
std::vector<std::string> UnsignedDenials(
    const std::vector<ServerView>& servers) {
  std::set<std::pair<Name, Name>> signs;
  for (const ServerView& each : servers) {
    if (each.signature) signs.emplace(each.owner, each.zone);
  }
  std::vector<std::string> found;
  for (const ServerView& each : servers) {
    if (each.answered && each.rdata.empty() && !each.signature &&
        signs.contains({each.owner, each.zone})) {
      found.push_back(each.server);
    }
  }
  return found;
}

uint32_t LongestHold(const std::vector<ServerView>& servers) {
  uint32_t longest = 0;
  for (const ServerView& each : servers) longest = std::max(longest, each.hold);
  return longest;
}

Name NameAbove(const std::vector<ServerView>& servers) {
  const auto denier =
      std::find_if(servers.begin(), servers.end(),
                   [](const ServerView& each) { return each.denies_above; });
  return denier->owner.Parent();
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

std::string DeniersText(const std::vector<ServerView>& servers) {
  const std::vector<std::string> deniers = DeniersAbove(servers);
  if (deniers.empty()) return "";
  return absl::StrCat("name servers say that ", NameAbove(servers).ToText(),
                      " does not exist, though there are TLSA records below "
                      "it: ",
                      NamesOf(deniers));
}

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
    adviser.AdviseOnNextKey();
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
  const std::vector<std::string> bogus = Unanswered(servers, true);
  if (!bogus.empty()) {
    add("RFC 4035 5.3",
        absl::StrCat("validating resolvers refuse what name servers say, and "
                     "mail waits; mend their signatures and denials: ",
                     NamesOf(bogus)));
  }
  const std::vector<std::string> silent = Unanswered(servers, false);
  if (!silent.empty()) {
    add("RFC 7672 2.1.2",
        absl::StrCat("name servers that do not answer make lookups fail, and "
                     "mail wait: ",
                     NamesOf(silent)));
  }
  const std::vector<std::string> deniers = DeniersAbove(servers);
  if (!deniers.empty()) {
    const Name above = NameAbove(servers);
    add("RFC 8020 2",
        absl::StrCat("name servers say that ", above.ToText(),
                     " does not exist, though there are records below it: "
                     "resolvers that ask step by step or believe that find no "
                     "TLSA records, and mail waits or loses DANE. Update them, "
                     "or publish any record there, say ",
                     above.ToText(), ". TXT \"-\": ", NamesOf(deniers)));
  }
  const std::vector<std::string> bare = UnsignedDenials(servers);
  if (!bare.empty() && host.security == Security::kSecure) {
    add("RFC 4035 3.1.3",
        absl::StrCat(
            "name servers deny TLSA records without a signature, which "
            "validating resolvers refuse, and mail waits: ",
            NamesOf(bare)));
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
