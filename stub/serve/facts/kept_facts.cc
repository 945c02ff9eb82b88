#include "stub/serve/facts/kept_facts.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "stub/wire/facts_octets.h"

namespace danebound {
namespace {

// The first end of a life in the facts.
int64_t WholeUntil(const FactsView& facts) {
  int64_t first = facts.expires;
  ListView hosts = facts.hosts;
  while (hosts.count > 0) {
    first = std::min(first, TakeHost(&hosts, facts.base).expires);
  }
  return first;
}

// When lives of so many seconds began, seconds since the epoch.
int64_t CountedAt(const FoundFacts& facts) {
  const LifeBase& base = facts.view().base;
  return base.now - base.age;
}

}  // namespace

Conclusion& Found::ConclusionFor(const Choices& choices) {
  for (auto& [concluded_for, conclusion] : conclusions_) {
    if (concluded_for == choices) return conclusion;
  }
  if (conclusions_.size() >= KeptFacts::kMostConclusions) {
    conclusions_.pop_front();
  }
  conclusions_.emplace_back(choices,
                            Conclusion{Conclude(reply_->ToFacts(), choices)});
  return conclusions_.back().second;
}

// JSON says how long things hold from now on.
void Found::Renew(absl::StatusOr<FoundFacts> reply) {
  reply_ = std::move(reply);
  for (auto& [choices, conclusion] : conclusions_) conclusion.json.clear();
}

std::shared_ptr<Found> KeptFacts::Fresh(const NextHop& next_hop,
                                        Clock::time_point time, int64_t now) {
  const auto found = index_.find(KeyOf(next_hop));
  if (found == index_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  if (time - entry->time >= kFresh || entry->whole_until <= now) return nullptr;
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->found;
}

std::shared_ptr<Found> KeptFacts::Keep(absl::StatusOr<FoundFacts> reply,
                                       Clock::time_point time) {
  if (!reply.ok() || reply->view().form == NextHopForm::kAddress) {
    return std::make_shared<Found>(std::move(reply));
  }
  std::string key(reply->view().key);
  const int64_t whole_until = WholeUntil(reply->view());
  const auto before = index_.find(key);
  if (before != index_.end()) {
    const Entries::iterator entry = before->second;
    // Verdicts have ends by the clock: facts that were looked up anew have
    // others, in the same octets. Clocks that tick at other times may differ.
    if (entry->found->reply()->octets() == reply->octets() &&
        std::abs(entry->counted_at - CountedAt(*reply)) <= 1) {
      entry->found->Renew(std::move(reply));
      entry->time = time;
      entry->whole_until = whole_until;
      entries_.splice(entries_.begin(), entries_, entry);
      return entry->found;
    }
    Remove(entry);
  }
  const size_t size = reply->octets().size();
  const int64_t counted_at = CountedAt(*reply);
  auto found = std::make_shared<Found>(std::move(reply));
  if (size > kMostOctets) return found;
  entries_.push_front({key, found, size, counted_at, time, whole_until});
  index_.emplace(std::move(key), entries_.begin());
  octets_ += size;
  while (octets_ > kMostOctets) Remove(std::prev(entries_.end()));
  return found;
}

void KeptFacts::Clear() {
  index_.clear();
  entries_.clear();
  octets_ = 0;
}

void KeptFacts::Remove(Entries::iterator entry) {
  octets_ -= entry->size;
  index_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace danebound
