#include "stub/embedded/event_embedded.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "stub/dane/lookup.h"
#include "stub/embedded/asker.h"
#include "stub/embedded/clock.h"
#include "stub/embedded/context.h"
#include "stub/system/free_with.h"

namespace danebound {
namespace {

// Longer timeouts are for ever, and would overflow.
constexpr absl::Duration kLongest = absl::Hours(24);

}  // namespace

// What lives behind the interface.
class EventEmbedded::Resolver {
 public:
  Resolver(Context context, const LookupLimits& limits, event_base* loop)
      : asker_(std::move(context), [this] { OnTurn(); }),
        limits_(limits),
        loop_(loop) {}

  void Start(const NextHop& next_hop, absl::Duration timeout, OnFacts on_facts);

 private:
  struct Running {
    Resolver* resolver = nullptr;
    size_t who = 0;
    Lookup lookup;
    absl::Duration timeout;
    OnFacts on_facts;
    std::unique_ptr<event, FreeWith<event_free>> deadline;
  };

  static void OnDeadline(evutil_socket_t fd, short what, void* running);
  void AskOpenQuestions(Running* running);
  void OnTurn();
  void End(size_t who);

  Asker asker_;
  const LookupLimits limits_;
  event_base* const loop_;
  size_t last_ = 0;
  std::map<size_t, Running> running_;  // at fixed places
  std::vector<size_t> done_;           // told at the next turn
};

void EventEmbedded::Resolver::Start(const NextHop& next_hop,
                                    absl::Duration timeout, OnFacts on_facts) {
  const size_t who = ++last_;
  const absl::Duration wait =
      std::clamp(timeout, absl::ZeroDuration(), kLongest);
  Running& running =
      running_
          .emplace(who, Running{this, who, Lookup(next_hop, limits_, WallNow()),
                                wait, std::move(on_facts), nullptr})
          .first->second;
  running.deadline.reset(event_new(loop_, -1, 0, OnDeadline, &running));
  const timeval time = absl::ToTimeval(wait);
  event_add(running.deadline.get(), &time);
  AskOpenQuestions(&running);
}

void EventEmbedded::Resolver::AskOpenQuestions(Running* running) {
  for (const Question& question : running->lookup.TakeQuestions()) {
    asker_.Ask(running->who, question);
  }
  if (!running->lookup.done()) return;
  done_.push_back(running->who);
  asker_.Wake();
}

void EventEmbedded::Resolver::OnTurn() {
  for (const Asker::Arrival& arrival : asker_.TakeArrivals()) {
    const auto found = running_.find(arrival.who);
    if (found == running_.end() || found->second.lookup.done()) continue;
    found->second.lookup.OnAnswer(arrival.question, arrival.answer);
    AskOpenQuestions(&found->second);
  }
  for (const size_t who : std::exchange(done_, {})) End(who);
}

void EventEmbedded::Resolver::OnDeadline(evutil_socket_t /*fd*/, short /*what*/,
                                         void* running) {
  auto* const late = static_cast<Running*>(running);
  if (late->lookup.done()) return;  // told at the next turn
  late->resolver->asker_.Forget(late->who);
  late->lookup.GiveUp(
      absl::StrCat(kNoAnswerWithin, absl::FormatDuration(late->timeout)),
      WallNow());
  late->resolver->End(late->who);
}

void EventEmbedded::Resolver::End(size_t who) {
  const auto ended = running_.extract(who);
  const Running& running = ended.mapped();
  running.on_facts(running.lookup.facts());
}

absl::StatusOr<std::unique_ptr<EventEmbedded>> EventEmbedded::New(
    const EmbeddedOptions& options, event_base* loop) {
  absl::StatusOr<Context> context =
      NewContext(ContextOptionsFor(options, loop));
  if (!context.ok()) return context.status();
  return absl::WrapUnique(new EventEmbedded(
      std::make_unique<Resolver>(*std::move(context), options.limits, loop)));
}

EventEmbedded::EventEmbedded(std::unique_ptr<Resolver> resolver)
    : resolver_(std::move(resolver)) {}

EventEmbedded::~EventEmbedded() = default;

void EventEmbedded::Start(const NextHop& next_hop, absl::Duration timeout,
                          OnFacts on_facts) {
  resolver_->Start(next_hop, timeout, std::move(on_facts));
}

}  // namespace danebound
