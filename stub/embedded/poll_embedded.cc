#include "stub/embedded/poll_embedded.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "stub/embedded/self_test.h"

namespace danebound {
namespace {

// Longer timeouts are for ever, and would overflow.
constexpr absl::Duration kLongest = absl::Hours(24);

// How long a loop with lookups open may sleep at most. libevent tells its
// timers by the wall clock, which may be set in between.
constexpr std::chrono::seconds kLongestSleep(1);

constexpr size_t kSelfTest = 0;  // asks; tickets begin at 1

}  // namespace

absl::StatusOr<std::unique_ptr<PollEmbedded>> PollEmbedded::New(
    const EmbeddedOptions& options) {
  absl::StatusOr<Context> context = NewContext(ContextOptionsFor(options));
  if (!context.ok()) return context.status();
  absl::StatusOr<LoopDescriptor> descriptor = LoopDescriptor::New();
  if (!descriptor.ok()) return descriptor.status();
  return absl::WrapUnique(new PollEmbedded(
      *std::move(context), *std::move(descriptor), options.limits));
}

PollEmbedded::PollEmbedded(Context context, LoopDescriptor descriptor,
                           const LookupLimits& limits)
    : asker_(std::move(context)),
      descriptor_(std::move(descriptor)),
      limits_(limits) {}

uint64_t PollEmbedded::Start(const NextHop& next_hop, absl::Duration timeout) {
  const uint64_t ticket = ++last_ticket_;
  const absl::Duration wait =
      std::clamp(timeout, absl::ZeroDuration(), kLongest);
  Running running{Lookup(next_hop, limits_, WallNow()), wait,
                  SteadyNow() + absl::ToChronoMicroseconds(wait)};
  is_due_ = true;
  const auto at = running_.emplace(ticket, std::move(running)).first;
  try {
    AskOpenQuestions(ticket, at->second);
  } catch (...) {
    Cancel(ticket);
    throw;
  }
  return ticket;
}

void PollEmbedded::Cancel(uint64_t ticket) noexcept {
  asker_.Forget(ticket);
  running_.erase(ticket);
  std::erase_if(finished_, [ticket](const Finished& finished) {
    return finished.ticket == ticket;
  });
}

void PollEmbedded::CancelAll() noexcept {
  while (!running_.empty()) Cancel(running_.begin()->first);
  finished_.clear();
}

void PollEmbedded::AskOpenQuestions(uint64_t ticket, Running& running) {
  for (const Question& question : running.lookup.TakeQuestions()) {
    asker_.Ask(ticket, question);
  }
  if (!running.lookup.done()) return;
  finished_.push_back({ticket, running.lookup.facts()});
  running_.erase(ticket);
}

void PollEmbedded::Advance() {
  is_due_ = true;  // until all below is done
  do {
    const absl::Status turned = asker_.Turn();
    if (!turned.ok()) return EndAll(turned);
    is_due_ = false;
    Feed();
  } while (is_due_);
  EndLate();
  descriptor_.Follow(asker_.loop());
}

// An answer makes more questions, which may be answered at once.
void PollEmbedded::Feed() {
  for (Asker::Arrival& arrival : asker_.TakeArrivals()) {
    is_due_ = true;
    if (arrival.who == kSelfTest) denial_ = std::move(arrival.answer);
    const auto found = running_.find(arrival.who);
    if (found == running_.end()) continue;
    found->second.lookup.OnAnswer(arrival.question, arrival.answer);
    AskOpenQuestions(found->first, found->second);
  }
}

void PollEmbedded::EndLate() {
  const SteadyTime now = SteadyNow();
  for (auto at = running_.begin(); at != running_.end();) {
    const uint64_t ticket = at->first;
    Running& running = (at++)->second;
    if (running.deadline > now) continue;
    asker_.Forget(ticket);
    running.lookup.GiveUp(absl::StrCat("no answer within ",
                                       absl::FormatDuration(running.timeout)),
                          WallNow());
    finished_.push_back({ticket, running.lookup.facts()});
    running_.erase(ticket);
  }
}

void PollEmbedded::EndAll(const absl::Status& status) {
  for (const auto& [ticket, running] : running_) {
    asker_.Forget(ticket);
    finished_.push_back({ticket, status});
  }
  running_.clear();
  is_due_ = false;
  descriptor_.Rest();  // a loop that fails must not be called for ever
}

std::vector<PollEmbedded::Finished> PollEmbedded::TakeFinished() {
  return std::exchange(finished_, {});
}

absl::optional<SteadyTime> PollEmbedded::NextDeadline() const {
  if (is_due_ || !finished_.empty()) return SteadyNow();
  absl::optional<SteadyTime> next = descriptor_.NextTimer();
  for (const auto& [ticket, running] : running_) {
    if (!next || running.deadline < *next) next = running.deadline;
  }
  if (!running_.empty()) {
    next = std::min(*next, SteadyNow() + kLongestSleep);
  }
  return next;
}

std::vector<SelfTestCheck> PollEmbedded::SelfTest(absl::Duration timeout) {
  const SteadyTime deadline =
      SteadyNow() + absl::ToChronoMicroseconds(
                        std::clamp(timeout, absl::ZeroDuration(), kLongest));
  denial_.reset();
  asker_.Ask(kSelfTest, KnownDenial());
  absl::Status status;
  while (!denial_ && status.ok() && SteadyNow() < deadline) {
    status = asker_.Wait(deadline);
    Feed();
  }
  asker_.Forget(kSelfTest);
  if (status.ok()) status = asker_.WaitForAnchors(deadline);
  is_due_ = true;  // the loop has moved on
  if (!denial_) {
    denial_ = FailedAnswer(
        status.ok()
            ? absl::StrCat(kNoAnswerWithin, absl::FormatDuration(timeout))
            : std::string(status.message()),
        WallNow());
  }
  return ChecksOf(asker_, *denial_);
}

}  // namespace danebound
