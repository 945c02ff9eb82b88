#include "module/renewals.h"

#include <algorithm>
#include <utility>

namespace danebound {
namespace {

constexpr int64_t kMostWindow = 60;

}  // namespace

int64_t Renewals::Window(int64_t life) {
  return std::clamp<int64_t>(life / 10, 1, kMostWindow);
}

bool Renewals::Schedule(absl::string_view key, int64_t at_ms) {
  const auto scheduled = at_.find(key);
  if (scheduled != at_.end()) {
    auto due = due_.extract({scheduled->second, &scheduled->first});
    due.value().first = at_ms;
    due_.insert(std::move(due));
    scheduled->second = at_ms;
    return true;
  }
  if (at_.size() >= kMostScheduled) return false;
  const auto added = at_.emplace(std::string(key), at_ms).first;
  try {
    due_.emplace(at_ms, &added->first);
  } catch (...) {
    at_.erase(added);
    throw;
  }
  return true;
}

absl::optional<std::string> Renewals::TakeDue(int64_t now_ms) {
  if (due_.empty() || due_.begin()->first > now_ms) return absl::nullopt;
  const auto due = at_.find(*due_.begin()->second);
  due_.erase(due_.begin());
  return std::move(at_.extract(due).key());
}

int64_t Renewals::NextTime() const {
  return due_.empty() ? -1 : due_.begin()->first;
}

}  // namespace danebound
