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

// Of the server's own certificate or key.
bool IsEndEntity(const std::string& rdata) {
  return !rdata.empty() && (rdata[0] == 1 || rdata[0] == 3);
}

bool IsKnown(const RolloverIdentity& identity,
             const TlsaParameters& combination) {
  return identity.records.contains(combination);
}

bool IsHopeless(const RolloverIdentity& identity,
                const TlsaParameters& combination) {
  const auto found = identity.records.find(combination);
  return found != identity.records.end() && found->second.empty();
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

// Says whether a record of some combination is known not to match.
bool Fails(const ServerView& view, const RolloverIdentity& identity) {
  const std::set<TlsaParameters> combinations = CombinationsOf(view);
  return std::any_of(combinations.begin(), combinations.end(),
                     [&](const TlsaParameters& combination) {
                       if (!IsKnown(identity, combination)) return false;
                       const std::string* rdata =
                           RecordFor(identity, combination, view.rdata);
                       return rdata == nullptr || !view.rdata.contains(*rdata);
                     });
}

bool PromisesIn(const Records& rdata, const Identities& identities) {
  ServerView view;
  view.rdata = rdata;
  return PromisesAll(view, identities);
}

// Says whether one of these is none of those.
bool Differ(const Identities& these, const Identities& those) {
  return std::any_of(
      these.begin(), these.end(), [&](const RolloverIdentity& a) {
        return std::none_of(
            those.begin(), those.end(),
            [&](const RolloverIdentity& b) { return a.records == b.records; });
      });
}

// More than changes while caches hold what was before.
constexpr size_t kMostShown = 64;

// The question, with what follows from all servers together.
class Situation {
 public:
  explicit Situation(const RolloverQuestion& question);

  RolloverAnswer Answer(const RolloverMemory& memory, int64_t now) const;

 private:
  Records WantedFor(const Identities& identities) const;
  std::set<TlsaParameters> CombinationsWhere(
      const Identities& identities,
      bool (*holds)(const RolloverIdentity&, const TlsaParameters&)) const;
  bool IsHopelessAlone() const;
  bool IsAnyones(const std::string& rdata) const;
  bool AllAnswered() const;
  Records ToPublish() const;
  Records OfCombinations(const std::set<TlsaParameters>& combinations) const;
  bool IsReady(const ServerView& view) const;
  bool IsBroken(const ServerView& view) const;
  bool IsOvertaken() const;
  std::vector<std::string> ServersWhere(
      const std::function<bool(const ServerView&)>& holds) const;

  RolloverMemory Remember(const RolloverMemory& memory, int64_t now) const;
  Records Replaced(const RolloverMemory& memory) const;
  void RememberShown(RolloverMemory& memory, int64_t now) const;
  absl::optional<int64_t> Since(const RolloverMemory& before,
                                const RolloverMemory& kept) const;
  absl::optional<int64_t> EarliestInCaches(const RolloverMemory& memory) const;
  absl::optional<int64_t> UnseenUntil(const RolloverMemory& memory,
                                      int64_t now) const;
  void SetRecords(RolloverAnswer& answer) const;
  void SetState(RolloverAnswer& answer, int64_t now) const;
  RolloverState StateOfSpread(RolloverAnswer& answer, int64_t now) const;
  RolloverState StateAtRest(const RolloverAnswer& answer) const;

  const RolloverQuestion& question_;
  Records shown_;  // by any server
  std::set<TlsaParameters> combinations_;
  std::set<TlsaParameters> unknown_;   // that the next ones do not tell of
  std::set<TlsaParameters> hopeless_;  // for current or next ones
  Records wanted_;                     // of the current identities
  Records next_;                       // of the next ones
  Records standby_;                    // of those for later
  bool changing_ = false;
};

bool IsUnknown(const RolloverIdentity& identity,
               const TlsaParameters& combination) {
  return !IsKnown(identity, combination);
}

Situation::Situation(const RolloverQuestion& question) : question_(question) {
  for (const ServerView& view : question.servers) {
    shown_.insert(view.rdata.begin(), view.rdata.end());
    const auto combinations = CombinationsOf(view);
    combinations_.insert(combinations.begin(), combinations.end());
  }
  if (combinations_.empty() || IsHopelessAlone()) {
    combinations_.insert(question.wanted.begin(), question.wanted.end());
  }
  unknown_ = CombinationsWhere(question.next, IsUnknown);
  hopeless_ = CombinationsWhere(question.current, IsHopeless);
  hopeless_.merge(CombinationsWhere(question.next, IsHopeless));
  wanted_ = WantedFor(question.current);
  next_ = WantedFor(question.next);
  standby_ = WantedFor(question.standby);
  changing_ = !std::includes(wanted_.begin(), wanted_.end(), next_.begin(),
                             next_.end()) ||
              !unknown_.empty() ||
              !CombinationsWhere(question.next, IsHopeless).empty();
}

// Some identity can match no combination that is published.
bool Situation::IsHopelessAlone() const {
  const auto is_hopeless = [this](const RolloverIdentity& identity) {
    return std::all_of(combinations_.begin(), combinations_.end(),
                       [&](const TlsaParameters& combination) {
                         return IsHopeless(identity, combination);
                       });
  };
  return std::any_of(question_.current.begin(), question_.current.end(),
                     is_hopeless) ||
         std::any_of(question_.next.begin(), question_.next.end(), is_hopeless);
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

std::set<TlsaParameters> Situation::CombinationsWhere(
    const Identities& identities,
    bool (*holds)(const RolloverIdentity&, const TlsaParameters&)) const {
  std::set<TlsaParameters> found;
  for (const RolloverIdentity& identity : identities) {
    for (const TlsaParameters& combination : combinations_) {
      if (holds(identity, combination)) found.insert(combination);
    }
  }
  return found;
}

// Says whether somebody is known to need the record.
bool Situation::IsAnyones(const std::string& rdata) const {
  return question_.keep.contains(rdata) ||
         IsMatched(rdata, question_.current) ||
         IsMatched(rdata, question_.next) ||
         IsMatched(rdata, question_.standby);
}

bool Situation::AllAnswered() const {
  return std::all_of(question_.servers.begin(), question_.servers.end(),
                     [](const ServerView& view) { return view.answered; });
}

// What is wanted and not shown by every server that answers.
Records Situation::ToPublish() const {
  Records missing;
  for (const Records* wanted : {&wanted_, &next_, &standby_}) {
    if (wanted == &wanted_ && IsOvertaken()) continue;
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

Records Situation::OfCombinations(
    const std::set<TlsaParameters>& combinations) const {
  Records records;
  for (const std::string& rdata : shown_) {
    const auto parameters = KnownParameters(rdata);
    if (parameters && combinations.contains(*parameters)) records.insert(rdata);
  }
  return records;
}

bool Situation::IsReady(const ServerView& view) const {
  return PromisesAll(view, question_.current) &&
         (!changing_ || PromisesAll(view, question_.next));
}

bool Situation::IsBroken(const ServerView& view) const {
  return view.answered &&
         std::any_of(question_.current.begin(), question_.current.end(),
                     [&](const RolloverIdentity& identity) {
                       return Fails(view, identity);
                     });
}

// Every server shows what the current ones fail and the next ones match: there
// is nothing to lose by the change.
bool Situation::IsOvertaken() const {
  return !question_.next.empty() && !question_.servers.empty() &&
         std::all_of(question_.servers.begin(), question_.servers.end(),
                     [&](const ServerView& view) {
                       return IsBroken(view) &&
                              PromisesAll(view, question_.next);
                     });
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
  RememberShown(kept, now);
  kept.replaced = Replaced(memory);
  kept.current.clear();
  for (const std::string& rdata : shown_) {
    if (IsEndEntity(rdata) && IsMatched(rdata, question_.current)) {
      kept.current.insert(rdata);
    }
  }
  kept.next = changing_ ? next_ : Records();
  kept.since = Since(memory, kept);
  return kept;
}

// What was the current identities' once, or the next ones' before others took
// their place. An authority is not replaced by another one: it may sign again.
Records Situation::Replaced(const RolloverMemory& memory) const {
  Records once = memory.replaced;
  once.insert(memory.current.begin(), memory.current.end());
  if (changing_) once.insert(memory.next.begin(), memory.next.end());
  Records replaced;
  for (const std::string& rdata : once) {
    const bool is_left = shown_.contains(rdata) || !AllAnswered();
    if (is_left && IsEndEntity(rdata) && !IsAnyones(rdata)) {
      replaced.insert(rdata);
    }
  }
  return replaced;
}

void Situation::RememberShown(RolloverMemory& memory, int64_t now) const {
  for (ShownRecords& each : memory.shown) {
    const bool is_shown = !ServersWhere([&](const ServerView& view) {
                             return view.answered && view.rdata == each.rdata;
                           }).empty();
    if (is_shown) {
      each.gone = absl::nullopt;
    } else if (!each.gone && AllAnswered()) {
      each.gone = now;
    }
  }
  for (const ServerView& view : question_.servers) {
    const bool is_new = std::none_of(
        memory.shown.begin(), memory.shown.end(),
        [&](const ShownRecords& each) { return each.rdata == view.rdata; });
    if (view.answered && is_new) memory.shown.push_back({view.rdata, {}});
  }
  if (!memory.begun && AllAnswered()) memory.begun = now;
  std::erase_if(memory.shown, [&](const ShownRecords& each) {
    return each.gone && now - *each.gone >= 2 * int64_t{memory.hold};
  });
  if (memory.shown.size() > kMostShown) {
    memory.shown.clear();
    memory.begun = absl::nullopt;
  }
}

// When the last server was first seen to show the change. A server that does
// not answer takes nothing back.
absl::optional<int64_t> Situation::Since(const RolloverMemory& before,
                                         const RolloverMemory& kept) const {
  if (!changing_) return absl::nullopt;
  const bool lags =
      !ServersWhere([&](const ServerView& view) {
         return view.answered && !PromisesAll(view, question_.next);
       }).empty();
  if (lags) return absl::nullopt;
  if (before.next == next_ && before.since) return before.since;
  if (!AllAnswered()) return absl::nullopt;
  absl::optional<int64_t> since = kept.begun;
  for (const ShownRecords& each : kept.shown) {
    if (each.gone && !PromisesIn(each.rdata, question_.next)) {
      since = std::max(since.value_or(*each.gone), *each.gone);
    }
  }
  return since;
}

// When no cache can have records any more that the current identities match
// and the next ones fail.
absl::optional<int64_t> Situation::EarliestInCaches(
    const RolloverMemory& memory) const {
  absl::optional<int64_t> earliest;
  for (const ShownRecords& each : memory.shown) {
    if (each.gone && PromisesIn(each.rdata, question_.current) &&
        !PromisesIn(each.rdata, question_.next)) {
      const int64_t end = *each.gone + 2 * int64_t{memory.hold};
      earliest = std::max(earliest.value_or(end), end);
    }
  }
  return earliest;
}

// When no cache can have records any more that were gone before the first look.
absl::optional<int64_t> Situation::UnseenUntil(const RolloverMemory& memory,
                                               int64_t now) const {
  if (!memory.begun || !Differ(question_.next, question_.current)) {
    return absl::nullopt;
  }
  const int64_t end = *memory.begun + 2 * int64_t{memory.hold};
  return now < end ? absl::make_optional(end) : absl::nullopt;
}

// What is left where the next ones are the current ones, or there are none.
RolloverState Situation::StateAtRest(const RolloverAnswer& answer) const {
  const bool lacks_standby = std::any_of(
      standby_.begin(), standby_.end(),
      [&](const std::string& rdata) { return answer.publish.contains(rdata); });
  if (lacks_standby) return RolloverState::kPublish;
  return answer.remove.empty() ? RolloverState::kDone : RolloverState::kRemove;
}

RolloverState Situation::StateOfSpread(RolloverAnswer& answer,
                                       int64_t now) const {
  answer.servers =
      ServersWhere([&](const ServerView& view) { return !IsReady(view); });
  if (answer.servers.size() == question_.servers.size()) {
    const bool is_told = unknown_.empty() || !answer.publish.empty();
    return is_told ? RolloverState::kPublish : RolloverState::kUnknown;
  }
  if (!answer.servers.empty()) return RolloverState::kSpreading;
  if (changing_) {
    answer.earliest =
        answer.memory.since.value_or(now) + 2 * int64_t{answer.memory.hold};
  } else if (Differ(question_.next, question_.current)) {
    answer.earliest = EarliestInCaches(answer.memory);
  } else {
    return StateAtRest(answer);
  }
  return answer.earliest && now < *answer.earliest ? RolloverState::kWaiting
                                                   : RolloverState::kDeploy;
}

void Situation::SetState(RolloverAnswer& answer, int64_t now) const {
  answer.state = RolloverState::kDeploy;
  if (IsOvertaken()) return;
  answer.unseen_until = UnseenUntil(answer.memory, now);
  answer.servers =
      ServersWhere([&](const ServerView& view) { return IsBroken(view); });
  answer.state = RolloverState::kBroken;
  if (!answer.servers.empty()) return;
  answer.servers =
      ServersWhere([](const ServerView& view) { return !view.answered; });
  answer.state = RolloverState::kUnknown;
  if (!answer.servers.empty() || question_.servers.empty()) return;
  if (!CombinationsWhere(question_.current, IsUnknown).empty()) return;
  answer.state = StateOfSpread(answer, now);
}

void Situation::SetRecords(RolloverAnswer& answer) const {
  answer.publish = ToPublish();
  answer.hopeless = hopeless_;
  answer.impossible = CombinationsWhere(question_.current, IsUnknown);
  answer.impossible.insert(unknown_.begin(), unknown_.end());
  // First others, so that something is published all the time.
  const bool fails_now =
      !CombinationsWhere(question_.current, IsHopeless).empty();
  if (fails_now || answer.publish.empty()) {
    answer.remove = OfCombinations(hopeless_);
  }
  for (const std::string& rdata : shown_) {
    if (answer.memory.replaced.contains(rdata)) {
      answer.remove.insert(rdata);
    } else if (!IsAnyones(rdata) && !answer.remove.contains(rdata)) {
      answer.unmatched.insert(rdata);
    }
  }
}

RolloverAnswer Situation::Answer(const RolloverMemory& memory,
                                 int64_t now) const {
  RolloverAnswer answer;
  answer.memory = Remember(memory, now);
  SetRecords(answer);
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
