#include "stub/rollover/rollover.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace danebound {
namespace {

using Records = std::set<std::string>;
using Identities = std::vector<RolloverIdentity>;

constexpr size_t kParameterOctets = 3;

// The parameters of a record that can match a certificate or key.
absl::optional<TlsaParameters> KnownParameters(const std::string& rdata) {
  if (rdata.size() <= kParameterOctets) return absl::nullopt;
  const TlsaParameters parameters = {static_cast<uint8_t>(rdata[0]),
                                     static_cast<uint8_t>(rdata[1]),
                                     static_cast<uint8_t>(rdata[2])};
  const bool known = parameters.usage <= 3 && parameters.selector <= 1 &&
                     parameters.matching <= 2;
  return known ? absl::optional<TlsaParameters>(parameters) : absl::nullopt;
}

std::set<TlsaParameters> CombinationsOf(const ServerView& view) {
  std::set<TlsaParameters> combinations;
  for (const std::string& rdata : view.rdata) {
    if (const auto parameters = KnownParameters(rdata)) {
      combinations.insert(*parameters);
    }
  }
  return combinations;
}

// The RDATA that match the identity; none for an impossible combination.
const std::vector<std::string>& MatchesOf(const RolloverIdentity& identity,
                                          const TlsaParameters& combination) {
  static const std::vector<std::string> kNone;
  const auto found = identity.records.find(combination);
  return found == identity.records.end() ? kNone : found->second;
}

// The record of the identity that is shown already, else the one to publish;
// null for an impossible combination.
const std::string* RecordFor(const RolloverIdentity& identity,
                             const TlsaParameters& combination,
                             const Records& shown) {
  const std::vector<std::string>& matches = MatchesOf(identity, combination);
  for (const std::string& rdata : matches) {
    if (shown.contains(rdata)) return &rdata;
  }
  return matches.empty() ? nullptr : &matches.front();
}

// RFC 7671 8: each combination that is published must match by itself.
bool Promises(const ServerView& view, const RolloverIdentity& identity) {
  const std::set<TlsaParameters> combinations = CombinationsOf(view);
  return !combinations.empty() &&
         std::all_of(combinations.begin(), combinations.end(),
                     [&](const TlsaParameters& combination) {
                       const std::string* rdata =
                           RecordFor(identity, combination, view.rdata);
                       return rdata != nullptr && view.rdata.contains(*rdata);
                     });
}

bool IsMatched(const std::string& rdata, const Identities& identities) {
  return std::any_of(identities.begin(), identities.end(),
                     [&](const RolloverIdentity& identity) {
                       const auto parameters = KnownParameters(rdata);
                       if (!parameters) return false;
                       const auto& matches = MatchesOf(identity, *parameters);
                       return std::find(matches.begin(), matches.end(),
                                        rdata) != matches.end();
                     });
}

}  // namespace

bool PromisesAll(const ServerView& view,
                 const std::vector<RolloverIdentity>& identities) {
  return std::all_of(identities.begin(), identities.end(),
                     [&](const RolloverIdentity& identity) {
                       return Promises(view, identity);
                     });
}

namespace {

// The question, with what follows from all servers together.
class Situation {
 public:
  explicit Situation(const RolloverQuestion& question);

  RolloverAnswer Answer(const RolloverMemory& memory, int64_t now) const;

 private:
  Records WantedFor(const Identities& identities) const;
  std::set<TlsaParameters> Impossible() const;
  Records ToPublish() const;
  Records Strays() const;
  bool IsReady(const ServerView& view) const;
  static bool IsBroken(const ServerView& view, const Identities& current);
  std::vector<std::string> ServersWhere(
      const std::function<bool(const ServerView&)>& holds) const;

  RolloverMemory Remember(const RolloverMemory& memory, int64_t now) const;
  absl::optional<int64_t> Since(const RolloverMemory& memory,
                                int64_t now) const;
  void SetState(RolloverAnswer& answer, int64_t now) const;
  RolloverState StateOfSpread(RolloverAnswer& answer, int64_t now) const;

  const RolloverQuestion& question_;
  Records shown_;  // by any server
  std::set<TlsaParameters> combinations_;
  Records wanted_;  // of the current identities
  Records next_;    // of the next ones
  bool changing_ = false;
};

Situation::Situation(const RolloverQuestion& question) : question_(question) {
  for (const ServerView& view : question.servers) {
    shown_.insert(view.rdata.begin(), view.rdata.end());
    const auto combinations = CombinationsOf(view);
    combinations_.insert(combinations.begin(), combinations.end());
  }
  if (combinations_.empty()) {
    combinations_.insert(question.wanted.begin(), question.wanted.end());
  }
  wanted_ = WantedFor(question.current);
  next_ = WantedFor(question.next);
  changing_ = !std::includes(wanted_.begin(), wanted_.end(), next_.begin(),
                             next_.end());
}

Records Situation::WantedFor(const Identities& identities) const {
  Records wanted;
  for (const RolloverIdentity& identity : identities) {
    for (const TlsaParameters& combination : combinations_) {
      const std::string* rdata = RecordFor(identity, combination, shown_);
      if (rdata != nullptr) wanted.insert(*rdata);
    }
  }
  return wanted;
}

std::set<TlsaParameters> Situation::Impossible() const {
  std::set<TlsaParameters> impossible;
  for (const Identities* identities : {&question_.current, &question_.next}) {
    for (const RolloverIdentity& identity : *identities) {
      for (const TlsaParameters& combination : combinations_) {
        if (MatchesOf(identity, combination).empty()) {
          impossible.insert(combination);
        }
      }
    }
  }
  return impossible;
}

// What is wanted and not shown by every server that answers.
Records Situation::ToPublish() const {
  Records missing;
  for (const Records* wanted : {&wanted_, &next_}) {
    for (const std::string& rdata : *wanted) {
      const bool everywhere =
          std::all_of(question_.servers.begin(), question_.servers.end(),
                      [&](const ServerView& view) {
                        return !view.answered || view.rdata.contains(rdata);
                      });
      if (!everywhere) missing.insert(rdata);
    }
  }
  return missing;
}

Records Situation::Strays() const {
  Records strays;
  std::copy_if(shown_.begin(), shown_.end(),
               std::inserter(strays, strays.end()),
               [&](const std::string& rdata) {
                 return !IsMatched(rdata, question_.current) &&
                        !IsMatched(rdata, question_.next);
               });
  return strays;
}

bool Situation::IsReady(const ServerView& view) const {
  return PromisesAll(view, question_.current) &&
         (!changing_ || PromisesAll(view, question_.next));
}

bool Situation::IsBroken(const ServerView& view, const Identities& current) {
  return view.answered && !CombinationsOf(view).empty() &&
         !PromisesAll(view, current);
}

std::vector<std::string> Situation::ServersWhere(
    const std::function<bool(const ServerView&)>& holds) const {
  std::vector<std::string> servers;
  for (const ServerView& view : question_.servers) {
    if (holds(view)) servers.push_back(view.server);
  }
  return servers;
}

// A hold that was longer counts through a change that began under it; else
// until no cache can have it any more.
RolloverMemory Situation::Remember(const RolloverMemory& memory,
                                   int64_t now) const {
  RolloverMemory kept = memory;
  kept.next = changing_ ? next_ : Records();
  kept.since = Since(memory, now);
  uint32_t hold = 0;
  for (const ServerView& view : question_.servers) {
    if (view.answered) hold = std::max(hold, view.hold);
  }
  const bool forgotten =
      !changing_ && now - memory.hold_seen >= 2 * int64_t{memory.hold};
  if (hold >= memory.hold || forgotten) {
    kept.hold = hold;
    kept.hold_seen = now;
  }
  return kept;
}

// When the last server was first seen to show the change. A server that does
// not answer takes nothing back.
absl::optional<int64_t> Situation::Since(const RolloverMemory& memory,
                                         int64_t now) const {
  if (!changing_) return absl::nullopt;
  const bool lags =
      !ServersWhere([&](const ServerView& view) {
         return view.answered && !PromisesAll(view, question_.next);
       }).empty();
  if (lags) return absl::nullopt;
  if (memory.next == next_ && memory.since) return memory.since;
  const bool all_answered = ServersWhere([](const ServerView& view) {
                              return !view.answered;
                            }).empty();
  return all_answered ? absl::optional<int64_t>(now) : absl::nullopt;
}

RolloverState Situation::StateOfSpread(RolloverAnswer& answer,
                                       int64_t now) const {
  answer.servers =
      ServersWhere([&](const ServerView& view) { return !IsReady(view); });
  if (answer.servers.size() == question_.servers.size()) {
    return RolloverState::kPublish;
  }
  if (!answer.servers.empty()) return RolloverState::kSpreading;
  if (!changing_) {
    return answer.remove.empty() ? RolloverState::kDone
                                 : RolloverState::kRemove;
  }
  answer.earliest =
      answer.memory.since.value_or(now) + 2 * int64_t{answer.memory.hold};
  return now < *answer.earliest ? RolloverState::kWaiting
                                : RolloverState::kDeploy;
}

void Situation::SetState(RolloverAnswer& answer, int64_t now) const {
  answer.servers = ServersWhere([&](const ServerView& view) {
    return IsBroken(view, question_.current);
  });
  answer.state = RolloverState::kBroken;
  if (!answer.servers.empty()) return;
  answer.servers =
      ServersWhere([](const ServerView& view) { return !view.answered; });
  answer.state = RolloverState::kUnknown;
  if (!answer.servers.empty() || question_.servers.empty()) return;
  answer.state = StateOfSpread(answer, now);
}

RolloverAnswer Situation::Answer(const RolloverMemory& memory,
                                 int64_t now) const {
  RolloverAnswer answer;
  answer.publish = ToPublish();
  answer.remove = Strays();
  answer.impossible = Impossible();
  answer.memory = Remember(memory, now);
  SetState(answer, now);
  return answer;
}

}  // namespace

absl::string_view ToText(RolloverState state) {
  switch (state) {
    case RolloverState::kBroken:
      return "broken";
    case RolloverState::kUnknown:
      return "unknown";
    case RolloverState::kPublish:
      return "publish";
    case RolloverState::kSpreading:
      return "spreading";
    case RolloverState::kWaiting:
      return "waiting";
    case RolloverState::kDeploy:
      return "deploy";
    case RolloverState::kRemove:
      return "remove";
    case RolloverState::kDone:
      return "done";
  }
  return "";
}

RolloverAnswer AnswerRollover(const RolloverQuestion& question,
                              const RolloverMemory& memory, int64_t now) {
  return Situation(question).Answer(memory, now);
}

}  // namespace danebound
