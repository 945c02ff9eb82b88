#include "module/prefetch_policy.h"

#include <algorithm>

namespace danebound {

PrefetchPolicy::Answer PrefetchPolicy::Begin(absl::string_view key,
                                             int64_t now_ms) {
  Forget(now_ms);
  if (remembered_.contains(key)) return Answer::kRecent;
  if (remembered_.size() >= kMostRemembered) return Answer::kFull;
  if (!bucket_.Take(now_ms, kQuestions)) return Answer::kRate;
  ends_.emplace_back(now_ms + kMemoryMs, std::string(key));
  remembered_.insert(ends_.back().second);
  return Answer::kGo;
}

void PrefetchPolicy::OnEnd(size_t questions, size_t fruitless) {
  const auto asked = static_cast<int64_t>(questions);
  bucket_.Give(kQuestions - std::min(asked, kQuestions));
  bucket_.Charge(static_cast<int64_t>(fruitless) * kFruitlessPrice);
}

void PrefetchPolicy::Forget(int64_t now_ms) {
  while (!ends_.empty() && ends_.front().first <= now_ms) {
    remembered_.erase(ends_.front().second);
    ends_.pop_front();
  }
}

}  // namespace danebound
