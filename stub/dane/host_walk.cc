#include "stub/dane/host_walk.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/address.h"

namespace danebound {
namespace {

constexpr absl::string_view kNotToBeRead = "the answer cannot be read";

bool HasRecords(const Answer& answer) {
  return !IsFailure(answer.security) && !answer.rdata.empty();
}

// "mx.example A: SERVFAIL".
Reason FailureReason(ReasonId failed, ReasonId bogus, const Question& question,
                     const Answer& answer) {
  const bool is_bogus = answer.security == Security::kBogus;
  const absl::string_view unsaid =
      is_bogus ? "validation failed" : "no usable answer";
  return {is_bogus ? bogus : failed,
          absl::StrCat(ToText(question), ": ",
                       answer.why.empty() ? unsaid : answer.why),
          answer.ede};
}

// The answer with records that are no addresses made a failure: an answer that
// cannot be read is one. One that has failed already keeps its own words.
Answer WithAddressesChecked(const Answer& answer, size_t octets) {
  if (IsFailure(answer.security)) return answer;
  const bool readable = std::all_of(
      answer.rdata.begin(), answer.rdata.end(),
      [octets](const std::string& rdata) { return rdata.size() == octets; });
  if (readable) return answer;
  Answer failed;
  failed.expires = answer.expires;
  failed.why = std::string(kNotToBeRead);
  return failed;
}

// The answer that decides what comes next: of those with records a secure one;
// among insecure ones, one through an alias; the first of equals. Null where
// neither has records. RFC 7672 2.2.2.
const Answer* DecidingAnswer(const Answer& ipv4, const Answer& ipv6) {
  const Answer* best = nullptr;
  for (const Answer* answer : {&ipv4, &ipv6}) {
    if (!HasRecords(*answer)) continue;
    const bool better =
        best == nullptr || answer->security > best->security ||
        (answer->security == best->security && best->aliases.empty() &&
         !answer->aliases.empty() && answer->security == Security::kInsecure);
    if (better) best = answer;
  }
  return best;
}

void AddAddresses(const Answer& answer, std::vector<HostAddress>* addresses) {
  if (!HasRecords(answer)) return;
  for (const std::string& rdata : answer.rdata) {
    const absl::StatusOr<Address> address = Address::ParseOctets(rdata);
    if (address.ok()) addresses->push_back({*address, answer.security});
  }
}

}  // namespace

HostWalk::HostWalk(const Name& name, uint16_t preference, uint16_t port)
    : port_(port) {
  facts_.name = name;
  facts_.expanded = name;
  facts_.preference = preference;
  facts_.expires = std::numeric_limits<int64_t>::max();
}

std::vector<Question> HostWalk::questions() const {
  std::vector<Question> questions;
  switch (step_) {
    case Step::kAddresses:
      if (!ipv4_) questions.push_back({facts_.name, RrType::kA});
      if (!ipv6_) questions.push_back({facts_.name, RrType::kAaaa});
      break;
    case Step::kAlias:
      questions.push_back({facts_.name, RrType::kCname});
      break;
    case Step::kTlsa:
      questions.push_back(TlsaQuestion());
      break;
    case Step::kDone:
      break;
  }
  return questions;
}

void HostWalk::OnAnswer(const Question& question, const Answer& answer) {
  const std::vector<Question> open = questions();
  if (std::find(open.begin(), open.end(), question) == open.end()) return;
  switch (step_) {
    case Step::kAddresses:
      if (question.type == RrType::kA) {
        ipv4_ = WithAddressesChecked(answer, 4);
      } else {
        ipv6_ = WithAddressesChecked(answer, 16);
      }
      if (ipv4_ && ipv6_) OnAddresses();
      return;
    case Step::kAlias:
      RestOn(answer);
      OnAlias(answer);
      return;
    case Step::kTlsa:
      RestOn(answer);
      OnTlsa(answer);
      return;
    case Step::kDone:
      return;
  }
}

void HostWalk::RestOn(const Answer& answer) {
  facts_.expires = std::min(facts_.expires, answer.expires);
}

// RFC 7672 2.2.2; 2.1.2 for the failures.
void HostWalk::OnAddresses() {
  for (const auto& [type, answer] :
       {std::pair(RrType::kA, &*ipv4_), std::pair(RrType::kAaaa, &*ipv6_)}) {
    if (IsFailure(answer->security)) {
      facts_.reasons.push_back(FailureReason(ReasonId::kAddressFailed,
                                             ReasonId::kAddressBogus,
                                             {facts_.name, type}, *answer));
    }
    AddAddresses(*answer, &facts_.addresses);
  }
  const Answer* deciding = DecidingAnswer(*ipv4_, *ipv6_);
  // A host that stands on one family does not rest on the other's failure; one
  // that fails rests on failures alone.
  const bool fails = deciding == nullptr &&
                     (IsFailure(ipv4_->security) || IsFailure(ipv6_->security));
  for (const Answer* answer : {&*ipv4_, &*ipv6_}) {
    if (IsFailure(answer->security) == fails) RestOn(*answer);
  }
  if (deciding == nullptr) {
    OnNoAddress();
    return;
  }
  facts_.security = deciding->security;
  if (!deciding->aliases.empty()) facts_.expanded = deciding->aliases.back();
  if (deciding->security == Security::kSecure) {
    candidates_.push_back(facts_.expanded);
    if (facts_.expanded != facts_.name) candidates_.push_back(facts_.name);
    AskTlsaAtNextCandidate();
    return;
  }
  OnInsecureAddresses(*deciding);
}

void HostWalk::OnNoAddress() {
  facts_.security = std::min(ipv4_->security, ipv6_->security);
  if (IsFailure(facts_.security)) {
    Finish(HostState::kAddressFailed);
    return;
  }
  facts_.reasons.push_back(
      {ReasonId::kNoAddress,
       absl::StrCat(facts_.name.ToText(), " has neither A nor AAAA records (",
                    ToText(facts_.security), ")"),
       absl::nullopt});
  Finish(HostState::kNoAddress);
}

// RFC 7672 2.2.2, "Insecure CNAME": only a secure alias leaves a TLSA lookup.
void HostWalk::OnInsecureAddresses(const Answer& deciding) {
  facts_.reasons.push_back(
      {ReasonId::kInsecureAddress,
       absl::StrCat("the addresses of ", facts_.name.ToText(), " are insecure"),
       absl::nullopt});
  if (!deciding.below_trust_anchor) {
    facts_.reasons.push_back(
        {ReasonId::kNoTrustAnchor,
         absl::StrCat("no trust anchor lies above ", facts_.expanded.ToText()),
         absl::nullopt});
  }
  if (deciding.aliases.empty()) {
    Finish(HostState::kNoTlsa);
  } else if (!deciding.alias_security) {
    step_ = Step::kAlias;
  } else {
    Answer alias;
    alias.security = *deciding.alias_security;
    alias.expires = deciding.expires;
    alias.rdata = {std::string(deciding.aliases.front().wire())};
    OnAlias(alias);
  }
}

void HostWalk::OnAlias(const Answer& answer) {
  const Question question{facts_.name, RrType::kCname};
  if (IsFailure(answer.security)) {
    facts_.reasons.push_back(FailureReason(
        ReasonId::kAliasFailed, ReasonId::kAliasBogus, question, answer));
    FailTlsa(answer);
  } else if (answer.security == Security::kInsecure) {
    Finish(HostState::kNoTlsa);
  } else if (answer.rdata.empty()) {
    // The address answers went through a CNAME that a secure answer denies.
    facts_.reasons.push_back(
        {ReasonId::kAliasFailed,
         absl::StrCat(ToText(question),
                      ": denied, though the addresses came through a CNAME"),
         absl::nullopt});
    Finish(HostState::kTlsaFailed);
  } else {
    candidates_.push_back(facts_.name);
    AskTlsaAtNextCandidate();
  }
}

// RFC 7672 2.2.3.
void HostWalk::OnTlsa(const Answer& answer) {
  if (IsFailure(answer.security)) {
    facts_.reasons.push_back(FailureReason(
        ReasonId::kTlsaFailed, ReasonId::kTlsaBogus, TlsaQuestion(), answer));
    FailTlsa(answer);
  } else if (answer.security == Security::kInsecure) {
    facts_.reasons.push_back(
        {ReasonId::kInsecureTlsa,
         absl::StrCat(ToText(TlsaQuestion()),
                      answer.rdata.empty() ? ": its denial is insecure"
                                           : ": the records are insecure"),
         absl::nullopt});
    AskTlsaAtNextCandidate();
  } else if (answer.rdata.empty()) {
    facts_.reasons.push_back(
        {ReasonId::kNoTlsa,
         absl::StrCat(ToText(TlsaQuestion()), ": there are no records"),
         absl::nullopt});
    AskTlsaAtNextCandidate();
  } else {
    facts_.base_domain = candidate_;
    facts_.tlsa = answer.rdata;
    Finish(HostState::kTlsa);
  }
}

void HostWalk::AskTlsaAtNextCandidate() {
  while (!candidates_.empty()) {
    candidate_ = candidates_.front();
    candidates_.erase(candidates_.begin());
    absl::StatusOr<Name> name = TlsaName(candidate_, port_);
    if (name.ok()) {
      tlsa_name_ = *std::move(name);
      step_ = Step::kTlsa;
      return;
    }
    facts_.reasons.push_back({ReasonId::kTlsaNameTooLong,
                              std::string(name.status().message()),
                              absl::nullopt});
  }
  Finish(HostState::kNoTlsa);
}

// What was found before the failure does not say when to ask again.
void HostWalk::FailTlsa(const Answer& failure) {
  facts_.expires = failure.expires;
  Finish(HostState::kTlsaFailed);
}

void HostWalk::Finish(HostState state) {
  facts_.state = state;
  step_ = Step::kDone;
}

absl::StatusOr<Name> TlsaName(const Name& base_domain, uint16_t port) {
  absl::StatusOr<Name> name = base_domain.WithLabel("_tcp");
  if (!name.ok()) return name;
  return name->WithLabel(absl::StrCat("_", port));
}

}  // namespace danebound
