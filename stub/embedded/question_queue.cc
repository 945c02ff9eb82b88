#include "stub/embedded/question_queue.h"

namespace danebound {

void QuestionQueue::Add(size_t who, const Question& question) {
  Lookup& lookup = lookups_[who];
  lookup.waiting.push_back(question);
  Stand(who, &lookup);
}

// Where the slow ones have more than their part, others get one at a time: what
// there is must not be given to those that turn slow next.
size_t QuestionQueue::MostOf(const Lookup& lookup) const {
  if (lookup.is_slow) return kMostOfSlow;
  return slow_open_ < bounds_.slow ? kMostOfFast : 1;
}

// Puts a lookup at the end of its line, where it may ask.
void QuestionQueue::Stand(size_t who, Lookup* lookup) {
  if (lookup->is_in_line || lookup->waiting.empty() ||
      lookup->open >= MostOf(*lookup)) {
    return;
  }
  (lookup->is_slow ? slow_ : fast_).push_back(who);
  lookup->is_in_line = true;
}

void QuestionQueue::Age(SteadyTime now) {
  while (!ageing_.empty() && ageing_.front().first <= now) {
    const size_t who = ageing_.front().second;
    ageing_.pop_front();
    const auto found = lookups_.find(who);
    if (found == lookups_.end()) continue;
    Lookup& lookup = found->second;
    if (lookup.is_slow || lookup.open == 0 || lookup.moved + kSlowAfter > now) {
      continue;
    }
    fast_open_ -= lookup.open;
    slow_open_ += lookup.open;
    lookup.is_slow = true;
    // Where it stood in the other line it is passed over.
    lookup.is_in_line = false;
    Stand(who, &lookup);
  }
}

QuestionQueue::Lookup* QuestionQueue::Next(Line* line, bool is_slow,
                                           size_t* who) {
  while (!line->empty()) {
    *who = line->front();
    line->pop_front();
    const auto found = lookups_.find(*who);
    if (found == lookups_.end() || found->second.is_slow != is_slow ||
        !found->second.is_in_line) {
      continue;
    }
    found->second.is_in_line = false;
    // It comes back with its next answer, or when it turns slow.
    if (found->second.open >= MostOf(found->second)) continue;
    return &found->second;
  }
  return nullptr;
}

absl::optional<QuestionQueue::Turn> QuestionQueue::Take(SteadyTime now) {
  Age(now);
  Lookup* lookup = nullptr;
  Turn turn;
  if (fast_open_ < bounds_.fast) lookup = Next(&fast_, false, &turn.who);
  if (lookup == nullptr && slow_open_ < bounds_.slow) {
    lookup = Next(&slow_, true, &turn.who);
  }
  if (lookup == nullptr) return absl::nullopt;
  turn.question = std::move(lookup->waiting.front());
  lookup->waiting.pop_front();
  if (lookup->open == 0) {
    lookup->moved = now;
    ageing_.emplace_back(now + kSlowAfter, turn.who);
  }
  ++lookup->open;
  ++OpenOf(*lookup);
  Stand(turn.who, lookup);
  return turn;
}

void QuestionQueue::OnAnswer(size_t who, SteadyTime now) {
  const auto found = lookups_.find(who);
  if (found == lookups_.end() || found->second.open == 0) return;
  Lookup& lookup = found->second;
  --lookup.open;
  --OpenOf(lookup);
  lookup.moved = now;
  if (lookup.open > 0) {
    if (!lookup.is_slow) ageing_.emplace_back(now + kSlowAfter, who);
  } else if (lookup.waiting.empty()) {
    lookups_.erase(found);
    return;
  }
  Stand(who, &lookup);
}

void QuestionQueue::Forget(size_t who) {
  const auto found = lookups_.find(who);
  if (found == lookups_.end()) return;
  OpenOf(found->second) -= found->second.open;
  lookups_.erase(found);
}

absl::optional<SteadyTime> QuestionQueue::NextTurn() const {
  if (fast_.empty() || ageing_.empty()) return absl::nullopt;
  return ageing_.front().first;
}

}  // namespace danebound
