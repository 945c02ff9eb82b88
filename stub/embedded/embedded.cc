#include "stub/embedded/embedded.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "stub/embedded/asker.h"
#include "stub/embedded/batch.h"
#include "stub/embedded/clock.h"
#include "stub/embedded/context.h"
#include "stub/embedded/self_test.h"

namespace danebound {
namespace {

absl::Status CheckTimeout(absl::Duration timeout) {
  if (timeout > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("a timeout of ", absl::FormatDuration(timeout),
                   " leaves no time to ask; give a positive one"));
}

}  // namespace

// What lives behind the interface.
class Embedded::Resolver {
 public:
  Resolver(Context context, const EmbeddedOptions& options)
      : asker_(std::move(context)),
        limits_(options.limits),
        parallel_(std::max<size_t>(options.parallel_lookups, 1)),
        random_(std::random_device()()) {}

  Asker& asker() { return asker_; }
  std::mt19937& random() { return random_; }

  absl::Status LookupAll(const std::vector<NextHop>& next_hops,
                         absl::Duration timeout,
                         const Batch::OnFacts& on_facts) {
    Batch batch(next_hops, limits_, timeout, &asker_);
    return batch.Run(parallel_, on_facts);
  }

  Answer AskOne(const Question& question, absl::Duration timeout);

 private:
  Asker asker_;
  const LookupLimits limits_;
  const size_t parallel_;
  std::mt19937 random_;
};

Answer Embedded::Resolver::AskOne(const Question& question,
                                  absl::Duration timeout) {
  asker_.Ask(0, question);
  absl::Status status =
      asker_.Wait(SteadyNow() + absl::ToChronoMicroseconds(timeout));
  std::vector<Asker::Arrival> arrivals = asker_.TakeArrivals();
  asker_.Forget(0);
  if (!arrivals.empty()) return std::move(arrivals.front().answer);
  return FailedAnswer(status.ok() ? absl::StrCat("no answer within ",
                                                 absl::FormatDuration(timeout))
                                  : std::string(status.message()),
                      WallNow());
}

absl::StatusOr<std::unique_ptr<Embedded>> Embedded::New(
    const EmbeddedOptions& options) {
  absl::StatusOr<Context> context = NewContext(ContextOptionsFor(options));
  if (!context.ok()) return context.status();
  return absl::WrapUnique(
      new Embedded(std::make_unique<Resolver>(*std::move(context), options)));
}

Embedded::Embedded(std::unique_ptr<Resolver> resolver)
    : resolver_(std::move(resolver)) {}

Embedded::~Embedded() = default;

absl::Status Embedded::LookupAll(const std::vector<NextHop>& next_hops,
                                 const Choices& choices, absl::Duration timeout,
                                 const OnVerdict& on_verdict) {
  absl::Status status = CheckTimeout(timeout);
  if (!status.ok()) return status;
  return resolver_->LookupAll(
      next_hops, timeout, [&](size_t index, const Facts& facts) {
        Verdict verdict = Conclude(facts, choices);
        ShuffleEqualPreferences(verdict, resolver_->random());
        on_verdict(index, verdict);
      });
}

absl::StatusOr<Verdict> Embedded::Lookup(const NextHop& next_hop,
                                         const Choices& choices,
                                         absl::Duration timeout) {
  Verdict found;
  absl::Status status =
      LookupAll({next_hop}, choices, timeout,
                [&](size_t, const Verdict& verdict) { found = verdict; });
  if (!status.ok()) return status;
  return found;
}

Answer Embedded::Ask(const Question& question, absl::Duration timeout) {
  return resolver_->AskOne(question, timeout);
}

std::vector<SelfTestCheck> Embedded::SelfTest(absl::Duration timeout) {
  const SteadyTime deadline = SteadyNow() + absl::ToChronoMicroseconds(timeout);
  const Answer denial = resolver_->AskOne(KnownDenial(), timeout);
  // What comes of it, AnchorFault tells.
  resolver_->asker().WaitForAnchors(deadline).IgnoreError();
  return ChecksOf(resolver_->asker(), denial);
}

}  // namespace danebound
