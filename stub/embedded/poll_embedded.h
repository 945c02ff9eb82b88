// The embedded driver for a loop of any kind: one descriptor to wait for, one
// call that does all that can be done without waiting.
//
//   uint64_t ticket = embedded.Start(next_hop, timeout);
//   loop:
//     wait until embedded.fd() is readable, or until embedded.NextDeadline()
//     embedded.Advance();
//     for (Finished& finished : embedded.TakeFinished()) ...
//
// What embedded.h says of a process and of fork() holds here too. One thread at
// a time.
#ifndef DANEBOUND_STUB_EMBEDDED_POLL_EMBEDDED_H_
#define DANEBOUND_STUB_EMBEDDED_POLL_EMBEDDED_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/dane/facts.h"
#include "stub/dane/lookup.h"
#include "stub/dane/next_hop.h"
#include "stub/embedded/asker.h"
#include "stub/embedded/clock.h"
#include "stub/embedded/embedded.h"
#include "stub/embedded/loop_descriptor.h"

namespace danebound {

class PollEmbedded {
 public:
  // The end of a lookup.
  struct Finished {
    uint64_t ticket = 0;
    // Internal: the event loop failed.
    absl::StatusOr<Facts> facts = absl::UnknownError("no facts yet");
  };

  // As Embedded::New; options.parallel_lookups is as EventEmbedded::New has it.
  static absl::StatusOr<std::unique_ptr<PollEmbedded>> New(
      const EmbeddedOptions& options);

  PollEmbedded(const PollEmbedded&) = delete;
  PollEmbedded& operator=(const PollEmbedded&) = delete;

  // Starts a lookup. Throws std::bad_alloc, and then it has not started.
  //
  //   timeout  at its end what is open counts as failed: hosts already known
  //            stand. Not positive: at once. More than a day is a day.
  //   returns  the ticket under which it finishes, never 0.
  uint64_t Start(const NextHop& next_hop, absl::Duration timeout);

  // Give up a lookup, or all: they do not finish.
  void Cancel(uint64_t ticket) noexcept;
  void CancelAll() noexcept;

  // Does all that can be done without waiting. Throws std::bad_alloc; what is
  // open then may end late, but not lost.
  void Advance();

  // Takes what finished since the last call.
  std::vector<Finished> TakeFinished();

  // What to wait for being readable, always the same.
  int fd() const { return descriptor_.fd(); }

  // When Advance is to be called at the latest; nullopt while nothing waits.
  absl::optional<SteadyTime> NextDeadline() const;

  // As Embedded::SelfTest: it waits. Lookups go on meanwhile.
  std::vector<SelfTestCheck> SelfTest(absl::Duration timeout);

 private:
  struct Running {
    Lookup lookup;
    absl::Duration timeout;
    SteadyTime deadline;
  };

  PollEmbedded(Context context, LoopDescriptor descriptor,
               const LookupLimits& limits);

  void AskOpenQuestions(uint64_t ticket, Running& running);
  void Feed();
  void EndLate();
  void EndAll(const absl::Status& status);

  Asker asker_;
  LoopDescriptor descriptor_;
  const LookupLimits limits_;
  uint64_t last_ticket_ = 0;
  std::map<uint64_t, Running> running_;  // by ticket
  std::vector<Finished> finished_;
  absl::optional<Answer> denial_;  // of a self-test
  bool is_due_ = false;            // something is to be done without waiting
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_POLL_EMBEDDED_H_
