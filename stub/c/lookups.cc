#include "stub/c/lookups.h"

#include <algorithm>
#include <chrono>
#include <climits>
#include <new>
#include <utility>

namespace danebound::c {
namespace {

absl::StatusOr<VerdictPtr> VerdictOf(absl::StatusOr<FoundFacts> reply,
                                     const Choices& choices,
                                     std::mt19937& random) {
  if (!reply.ok()) return reply.status();
  return VerdictPtr(NewVerdict(*std::move(reply), choices, random));
}

}  // namespace

Lookups::Lookups(std::unique_ptr<LookupSource> source)
    : source_(std::move(source)), random_(std::random_device()()) {}

absl::optional<absl::StatusOr<danebound_verdict*>> Lookups::LookUp(
    const AskedLookup& asked) {
  if (!open_.empty()) return absl::nullopt;
  try {
    absl::optional<absl::StatusOr<FoundFacts>> reply = source_->LookUp(asked);
    if (!reply.has_value()) return absl::nullopt;
    if (!reply->ok())
      return absl::StatusOr<danebound_verdict*>(reply->status());
    return absl::StatusOr<danebound_verdict*>(
        NewVerdict(**std::move(reply), asked.options->choices, random_));
  } catch (...) {
    GiveUp();
    throw;
  }
}

uint64_t Lookups::Start(const AskedLookup& asked) {
  Line place(1);
  place.front().choices = asked.options->choices;
  uint64_t ticket = 0;
  try {
    ticket = source_->Start(asked);
    place.front().ended.ticket = ticket;
    open_[ticket] = place.begin();
  } catch (...) {
    GiveUp();
    throw;
  }
  waiting_.splice(waiting_.end(), place);
  // It has started, and its caller must learn under which ticket it ends.
  try {
    Collect();
  } catch (...) {
    GiveUp();
  }
  return ticket;
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
    source_->Cancel(ticket);
  } catch (...) {
    GiveUp();
  }
}

void Lookups::Advance() noexcept {
  try {
    source_->Advance();
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
  const auto deadline = source_->NextDeadline();
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
}

void Lookups::Collect() {
  for (LookupSource::Finished& finished : source_->TakeFinished()) {
    Settle(finished);
  }
}

void Lookups::Settle(LookupSource::Finished& finished) {
  const auto found = open_.find(finished.ticket);
  if (found == open_.end()) return;
  const Line::iterator lookup = found->second;
  try {
    lookup->ended.reply =
        VerdictOf(std::move(finished.reply), lookup->choices, random_);
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
  source_->GiveUp();
  while (!waiting_.empty()) End(waiting_.begin());
}

}  // namespace danebound::c
