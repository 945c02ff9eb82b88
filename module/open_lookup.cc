#include "module/open_lookup.h"

#include <algorithm>
#include <utility>

namespace danebound {
namespace {

// Takes the waiters up to `until` out of the map.
std::vector<Ticket> TakeUntil(std::multimap<int64_t, Waiter>* waiters,
                              int64_t until) {
  std::vector<Ticket> tickets;
  const auto end = waiters->upper_bound(until);
  for (auto it = waiters->begin(); it != end; ++it) {
    tickets.push_back(it->second.ticket);
  }
  waiters->erase(waiters->begin(), end);
  return tickets;
}

std::vector<Ticket> Joined(std::vector<Ticket> some,
                           const std::vector<Ticket>& more) {
  some.insert(some.end(), more.begin(), more.end());
  return some;
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
    const Waiter waiter = before_.begin()->second;
    before_.erase(before_.begin());
    after_.emplace(waiter.give_up_at, waiter);
    if (waiter.give_up_at > now_ms) ++count;
  }
  return count;
}

std::vector<Ticket> Waiters::TakeSnapshot() {
  return TakeUntil(&after_, kNever);
}

std::vector<Ticket> Waiters::TakeLate(int64_t now_ms) {
  return TakeUntil(&after_, now_ms);
}

std::vector<Ticket> Waiters::TakeImpatient(int64_t now_ms) {
  return Joined(TakeUntil(&before_, now_ms), TakeUntil(&after_, kNever));
}

std::vector<Ticket> Waiters::TakeAll() {
  return Joined(TakeUntil(&before_, kNever), TakeUntil(&after_, kNever));
}

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
