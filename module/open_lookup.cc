#include "module/open_lookup.h"

#include <algorithm>
#include <utility>

namespace danebound {
namespace {

// Moves the waiters up to `until` from one map to the other.
void MoveUntil(int64_t until, Waiters::Taken* from, Waiters::Taken* to) {
  while (!from->empty() && from->begin()->first <= until) {
    to->insert(from->extract(from->begin()));
  }
}

}  // namespace

void Waiters::Add(const Waiter& waiter) {
  before_.emplace(std::min(waiter.snapshot_at, waiter.give_up_at), waiter);
}

void Waiters::RemoveConnection(uint64_t connection) {
  const auto is_of = [connection](const auto& waiter) {
    return waiter.second.ticket.connection == connection;
  };
  std::erase_if(before_, is_of);
  std::erase_if(after_, is_of);
}

size_t Waiters::CountDueSnapshots(int64_t now_ms) {
  size_t count = 0;
  while (!before_.empty() && before_.begin()->first <= now_ms) {
    auto waiter = before_.extract(before_.begin());
    waiter.key() = waiter.mapped().give_up_at;
    if (waiter.key() > now_ms) ++count;
    after_.insert(std::move(waiter));
  }
  return count;
}

Waiters::Taken Waiters::TakeSnapshot() { return TakeLate(kNever); }

Waiters::Taken Waiters::TakeLate(int64_t now_ms) {
  Taken taken;
  MoveUntil(now_ms, &after_, &taken);
  return taken;
}

Waiters::Taken Waiters::TakeImpatient(int64_t now_ms) {
  Taken taken = TakeSnapshot();
  MoveUntil(now_ms, &before_, &taken);
  return taken;
}

Waiters::Taken Waiters::TakeAll() { return TakeImpatient(kNever); }

int64_t Waiters::NextTime() const {
  const int64_t before = before_.empty() ? kNever : before_.begin()->first;
  const int64_t after = after_.empty() ? kNever : after_.begin()->first;
  return std::min(before, after);
}

const Ticket& Waiters::Any() const {
  return (before_.empty() ? after_ : before_).begin()->second.ticket;
}

LetterBox* OpenLookup::worker() const {
  if (const auto* placed = std::get_if<Placed>(&state)) return placed->worker;
  if (const auto* ending = std::get_if<Ending>(&state)) return ending->worker;
  return nullptr;
}

}  // namespace danebound
