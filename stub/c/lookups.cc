#include "stub/c/lookups.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <new>
#include <utility>
#include <variant>

#include "stub/wire/message.h"

namespace danebound::c {
namespace {

using VerdictPtr = std::unique_ptr<danebound_verdict>;

LookupRequest RequestFor(const AskedLookup& asked) {
  LookupRequest request;
  request.next_hop = asked.next_hop;
  request.freshness = asked.options.freshness;
  return request;
}

absl::StatusOr<VerdictPtr> VerdictOf(const absl::StatusOr<Message>& reply,
                                     const Choices& choices,
                                     std::mt19937& random) {
  if (!reply.ok()) return reply.status();
  Verdict verdict = Conclude(std::get<LookupReply>(*reply).facts, choices);
  ShuffleEqualPreferences(verdict, random);
  return VerdictPtr(NewVerdict(std::move(verdict)));
}

}  // namespace

Lookups::Lookups(ClientOptions options)
    : options_(std::move(options)), random_(std::random_device()()) {}

uint64_t Lookups::Start(const AskedLookup& asked) {
  if (!client_) {
    client_ = std::make_unique<EventClient>(options_);
    first_ticket_ = last_ticket_;
  }
  Line place(1);
  try {
    place.front().choices = asked.options.choices;
    const uint64_t ticket =
        first_ticket_ +
        client_->Start(RequestFor(asked), asked.options.timeout);
    last_ticket_ = place.front().ended.ticket = ticket;
    open_[ticket] = place.begin();
    waiting_.splice(waiting_.end(), place);
    Collect();
    return ticket;
  } catch (...) {
    GiveUp();
    throw;
  }
}

void Lookups::Cancel(uint64_t ticket) noexcept {
  const auto found = open_.find(ticket);
  if (found == open_.end()) {
    Take(ticket);
    return;
  }
  waiting_.erase(found->second);
  open_.erase(found);
  try {
    client_->Cancel(ticket - first_ticket_);
  } catch (...) {
    GiveUp();
  }
}

void Lookups::Advance() noexcept {
  if (!client_) return;
  try {
    client_->Advance();
    Collect();
  } catch (...) {
    GiveUp();
  }
}

absl::optional<Lookups::Ended> Lookups::Take() noexcept {
  if (ended_.empty()) return absl::nullopt;
  absl::optional<Ended> taken = std::move(ended_.front().ended);
  ended_.pop_front();
  return taken;
}

absl::optional<Lookups::Ended> Lookups::Take(uint64_t ticket) noexcept {
  const auto found = std::find_if(
      ended_.begin(), ended_.end(),
      [&](const Lookup& lookup) { return lookup.ended.ticket == ticket; });
  if (found == ended_.end()) return absl::nullopt;
  ended_.splice(ended_.begin(), ended_, found);
  return Take();
}

int Lookups::PollTimeout() const {
  if (!client_) return -1;
  const auto deadline = client_->NextDeadline();
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *deadline - EventClient::Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
}

void Lookups::Collect() {
  for (const EventClient::Finished& finished : client_->TakeFinished()) {
    Settle(finished);
  }
}

void Lookups::Settle(const EventClient::Finished& finished) {
  const auto found = open_.find(first_ticket_ + finished.ticket);
  if (found == open_.end()) return;
  const Line::iterator lookup = found->second;
  try {
    lookup->ended.reply = VerdictOf(finished.reply, lookup->choices, random_);
  } catch (const std::bad_alloc&) {
    lookup->ended.reply.reset();
  }
  End(lookup);
}

void Lookups::End(Line::iterator lookup) noexcept {
  open_.erase(lookup->ended.ticket);
  ended_.splice(ended_.end(), waiting_, lookup);
}

void Lookups::GiveUp() noexcept {
  client_.reset();
  while (!waiting_.empty()) End(waiting_.begin());
}

}  // namespace danebound::c
