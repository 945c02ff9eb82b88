#include "stub/embedded/batch.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Longer timeouts are for ever, and would overflow.
constexpr absl::Duration kLongest = absl::Hours(24);

}  // namespace

Batch::Batch(const std::vector<NextHop>& next_hops, const LookupLimits& limits,
             absl::Duration timeout, Asker* asker)
    : next_hops_(next_hops),
      limits_(limits),
      timeout_(std::min(timeout, kLongest)),
      asker_(asker) {}

Batch::~Batch() {
  for (const auto& [index, lookup] : lookups_) asker_->Forget(index);
}

absl::Status Batch::Run(size_t parallel, const OnFacts& on_facts) {
  while (started_ < next_hops_.size() || !lookups_.empty()) {
    while (started_ < next_hops_.size() && lookups_.size() < parallel) {
      Start(started_++);
    }
    // Some have no question: a literal is done as soon as it starts.
    Report(on_facts);
    if (lookups_.empty()) continue;
    absl::Status status = asker_->Wait(deadlines_.front().first);
    if (!status.ok()) return status;
    Feed(asker_->TakeArrivals());
    EndLate();
    Report(on_facts);
  }
  return absl::OkStatus();
}

void Batch::Start(size_t index) {
  lookups_.try_emplace(index, next_hops_[index], limits_, WallNow());
  deadlines_.emplace_back(SteadyNow() + absl::ToChronoMicroseconds(timeout_),
                          index);
  AskOpenQuestions(index);
}

void Batch::AskOpenQuestions(size_t index) {
  Lookup& lookup = lookups_.at(index);
  for (const Question& question : lookup.TakeQuestions()) {
    asker_->Ask(index, question);
  }
  if (lookup.done()) done_.push_back(index);
}

void Batch::Feed(const std::vector<Asker::Arrival>& arrivals) {
  for (const Asker::Arrival& arrival : arrivals) {
    const auto found = lookups_.find(arrival.who);
    if (found == lookups_.end() || found->second.done()) continue;
    found->second.OnAnswer(arrival.question, arrival.answer);
    AskOpenQuestions(arrival.who);
  }
}

// All have one timeout: who started first is late first.
void Batch::EndLate() {
  while (!deadlines_.empty() && deadlines_.front().first <= SteadyNow()) {
    const size_t index = deadlines_.front().second;
    deadlines_.pop_front();
    const auto found = lookups_.find(index);
    if (found == lookups_.end() || found->second.done()) continue;
    asker_->Forget(index);
    found->second.GiveUp(
        absl::StrCat(kNoAnswerWithin, absl::FormatDuration(timeout_)),
        WallNow());
    done_.push_back(index);
  }
}

void Batch::Report(const OnFacts& on_facts) {
  for (const size_t index : done_) {
    on_facts(index, lookups_.at(index).facts());
    lookups_.erase(index);
  }
  done_.clear();
  // Run waits for the first one: it must be of a lookup that is open.
  while (!deadlines_.empty() && !lookups_.contains(deadlines_.front().second)) {
    deadlines_.pop_front();
  }
}

}  // namespace danebound
