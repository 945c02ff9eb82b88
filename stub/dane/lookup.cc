#include "stub/dane/lookup.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Said of a failure that came without words.
absl::string_view WhyOf(const Answer& answer) {
  if (!answer.why.empty()) return answer.why;
  return answer.security == Security::kBogus ? "validation failed"
                                             : "no usable answer";
}

// Says whether the answer counts however seldom it was asked for.
bool CountsAtOnce(const Question& question, const Answer& answer) {
  return question.type == RrType::kMx || !IsFailure(answer.security);
}

// Says whether the state is what a HostWalk found.
bool WasLookedUp(HostState state) {
  return state != HostState::kNotEvaluated && state != HostState::kMxIsAddress;
}

}  // namespace

Lookup::Lookup(const NextHop& next_hop, const LookupLimits& limits, int64_t now)
    : limits_(limits) {
  facts_.next_hop = next_hop;
  facts_.expanded = next_hop.name;
  switch (next_hop.form) {
    case NextHopForm::kDomain:
      Ask(MxQuestion());
      return;
    case NextHopForm::kHost:
      facts_.kind = Kind::kHost;
      facts_.security = Security::kSecure;
      facts_.expires = kNoEnd;
      AddHost(next_hop.name, 0);
      WalkOn();
      return;
    case NextHopForm::kAddress:
      facts_.kind = Kind::kAddress;
      facts_.security = Security::kInsecure;
      facts_.expires = now + kLiteralLife;
      AddReason(ReasonId::kAddressLiteral,
                "an address literal: no DNS, so no DANE");
      HostFacts host;
      host.state = HostState::kNoTlsa;
      host.security = Security::kInsecure;
      host.addresses = {{next_hop.address, Security::kInsecure}};
      host.expires = facts_.expires;
      facts_.hosts.push_back(std::move(host));
      return;
  }
}

Lookup::Lookup(const Facts& earlier, const LookupLimits& limits, int64_t now)
    : limits_(limits) {
  if (earlier.kind == Kind::kFailed || earlier.expires <= now) {
    *this = Lookup(earlier.next_hop, limits, now);
    for (const HostFacts& host : earlier.hosts) {
      if (WasLookedUp(host.state) && host.expires > now) {
        living_hosts_.push_back(host);
      }
    }
    return;
  }
  facts_ = earlier;
  for (size_t i = 0; i < facts_.hosts.size(); ++i) {
    const HostFacts& host = facts_.hosts[i];
    if (WasLookedUp(host.state) && host.expires <= now) Walk(i);
  }
  WalkOn();
}

std::vector<Question> Lookup::TakeQuestions() {
  return std::exchange(fresh_, {});
}

void Lookup::OnAnswer(const Question& question, const Answer& answer) {
  const auto asked = open_.find(question);
  if (asked == open_.end()) return;
  if (!CountsAtOnce(question, answer) && asked->second.tries < limits_.tries) {
    ++asked->second.tries;
    asked->second.failure = answer;
    fresh_.push_back(question);
    return;
  }
  Take(question, answer);
}

// The answer to an open question, for good.
void Lookup::Take(const Question& question, const Answer& answer) {
  open_.erase(question);
  answered_[question] = answer;
  if (question == MxQuestion()) OnMxAnswer(answer);
  WalkOn();
}

void Lookup::GiveUp(absl::string_view why, int64_t now) {
  const Answer unanswered = FailedAnswer(why, now);
  while (!open_.empty()) {
    const auto [question, asked] = *open_.begin();
    Answer failure = asked.failure.value_or(unanswered);
    failure.expires = std::max(failure.expires, unanswered.expires);
    Take(question, failure);
  }
  fresh_.clear();
}

// RFC 7672 2.2.1; 2.1.2 for the failure.
void Lookup::OnMxAnswer(const Answer& answer) {
  facts_.security = answer.security;
  facts_.expires = answer.expires;
  if (IsFailure(answer.security)) {
    const bool bogus = answer.security == Security::kBogus;
    facts_.reasons.push_back(
        {bogus ? ReasonId::kMxBogus : ReasonId::kMxFailed,
         absl::StrCat(ToText(MxQuestion()), ": ", WhyOf(answer)), answer.ede});
    return;
  }
  if (!answer.aliases.empty()) facts_.expanded = answer.aliases.back();
  if (!answer.below_trust_anchor) {
    AddReason(
        ReasonId::kNoTrustAnchor,
        absl::StrCat("no trust anchor lies above ", facts_.expanded.ToText()));
  }
  if (answer.rdata.empty()) {
    OnNoMxRecords(answer);
    return;
  }
  const absl::StatusOr<std::vector<MxRecord>> records = ParseMx(answer.rdata);
  if (!records.ok()) {
    facts_.security = Security::kFailed;
    AddReason(ReasonId::kMxFailed, absl::StrCat(ToText(MxQuestion()), ": ",
                                                records.status().message()));
    return;
  }
  OnMxRecords(*records);
}

// RFC 5321 5.1: without MX records the domain is its own host, if it exists.
void Lookup::OnNoMxRecords(const Answer& answer) {
  if (!answer.name_exists) {
    facts_.kind = Kind::kNoSuchDomain;
    AddReason(ReasonId::kNoSuchDomain,
              absl::StrCat(facts_.expanded.ToText(), " does not exist (",
                           ToText(answer.security), ")"));
    return;
  }
  facts_.kind = Kind::kImplicitMx;
  AddReason(ReasonId::kImplicitMx,
            absl::StrCat(facts_.expanded.ToText(),
                         " has no MX records: it is its own host"));
  AddHost(facts_.next_hop.name, 0);
}

void Lookup::OnMxRecords(const std::vector<MxRecord>& records) {
  if (facts_.security == Security::kInsecure) {
    AddReason(ReasonId::kInsecureMx,
              absl::StrCat("the MX records of ", facts_.next_hop.name.ToText(),
                           " are insecure"));
  }
  std::vector<MxRecord> hosts = records;
  hosts.erase(
      std::remove_if(hosts.begin(), hosts.end(),
                     [](const MxRecord& mx) { return mx.exchange.IsRoot(); }),
      hosts.end());
  if (hosts.empty()) {  // RFC 7505 3
    facts_.kind = Kind::kNullMx;
    AddReason(ReasonId::kNullMx, absl::StrCat(facts_.expanded.ToText(),
                                              " takes no mail (null MX)"));
    return;
  }
  facts_.kind = Kind::kMx;
  if (hosts.size() != records.size()) {
    AddReason(ReasonId::kNullMxIgnored,
              absl::StrCat("the MX record \".\" of ", facts_.expanded.ToText(),
                           " beside others is ignored"));
  }
  size_t evaluated = 0;
  size_t passed_over =
      hosts.size() - std::min(hosts.size(), limits_.listed_hosts);
  for (const MxRecord& mx : hosts) {
    if (facts_.hosts.size() == limits_.listed_hosts) break;
    if (IsAddress(mx.exchange)) {
      AddAddressHost(mx);
    } else if (evaluated < limits_.evaluated_hosts) {
      AddHost(mx.exchange, mx.preference);
      ++evaluated;
    } else {
      AddHostNotEvaluated(mx);
      ++passed_over;
    }
  }
  facts_.truncated = passed_over > 0;
  if (facts_.truncated) {
    AddReason(
        ReasonId::kHostsNotEvaluated,
        absl::StrCat(hosts.size(), " MX hosts: the best ", evaluated,
                     " are evaluated, ", facts_.hosts.size(), " are listed"));
  }
}

void Lookup::AddAddressHost(const MxRecord& mx) {
  HostFacts host = HostOf(mx);
  host.state = HostState::kMxIsAddress;
  host.reasons.push_back(
      {ReasonId::kMxIsAddress,
       absl::StrCat("the MX record names the address ", mx.exchange.ToText(),
                    " where a host name must stand"),
       absl::nullopt});
  facts_.hosts.push_back(std::move(host));
}

void Lookup::AddHostNotEvaluated(const MxRecord& mx) {
  HostFacts host = HostOf(mx);
  host.reasons.push_back(
      {ReasonId::kNotEvaluated,
       absl::StrCat("only the best ", limits_.evaluated_hosts,
                    " hosts are evaluated"),
       absl::nullopt});
  facts_.hosts.push_back(std::move(host));
}

HostFacts Lookup::HostOf(const MxRecord& mx) const {
  HostFacts host;
  host.name = mx.exchange;
  host.expanded = mx.exchange;
  host.preference = mx.preference;
  host.expires = facts_.expires;
  return host;
}

// Adds a host to be looked up, unless earlier facts of it live.
void Lookup::AddHost(const Name& name, uint16_t preference) {
  const size_t index = facts_.hosts.size();
  facts_.hosts.push_back(HostOf({preference, name}));
  const auto living = std::find_if(
      living_hosts_.begin(), living_hosts_.end(),
      [&name](const HostFacts& earlier) { return earlier.name == name; });
  if (living == living_hosts_.end()) {
    Walk(index);
    return;
  }
  living->preference = preference;
  Settle(index, *living);
}

// Starts, or starts again, the lookups for one host.
void Lookup::Walk(size_t host) {
  HostFacts& facts = facts_.hosts[host];
  const HostWalk walk(facts.name, facts.preference, facts_.next_hop.port);
  facts = walk.facts();
  walks_.emplace(host, walk);
}

// Gives the open walks every answer there is and asks what they still want.
void Lookup::WalkOn() {
  for (auto it = walks_.begin(); it != walks_.end();) {
    HostWalk& walk = it->second;
    bool fed = true;
    while (fed) {
      fed = false;
      for (const Question& question : walk.questions()) {
        const auto answer = answered_.find(question);
        if (answer == answered_.end()) {
          Ask(question);
        } else {
          walk.OnAnswer(question, answer->second);
          fed = true;
        }
      }
    }
    if (!walk.done()) {
      ++it;
      continue;
    }
    Settle(it->first, walk.facts());
    it = walks_.erase(it);
  }
}

void Lookup::Settle(size_t host, const HostFacts& facts) {
  facts_.hosts[host] = facts;
  // Without an MX lookup the host's expansion is the next hop's.
  if (facts_.kind == Kind::kHost) facts_.expanded = facts.expanded;
}

void Lookup::Ask(const Question& question) {
  if (open_.try_emplace(question).second) fresh_.push_back(question);
}

void Lookup::AddReason(ReasonId id, absl::string_view text) {
  facts_.reasons.push_back({id, std::string(text), absl::nullopt});
}

Question Lookup::MxQuestion() const {
  return {facts_.next_hop.name, RrType::kMx};
}

}  // namespace danebound
