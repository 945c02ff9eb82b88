// The lookups of one object of C: what a source does, with verdicts at the end,
// and without ever throwing once a lookup has started.
//
//   Start --> open --> Advance --> ended --> Take
//                         |
//                   out of memory: the source gives up, and every open lookup
//                   ends without a reply
#ifndef DANEBOUND_STUB_C_LOOKUPS_H_
#define DANEBOUND_STUB_C_LOOKUPS_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <random>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/c/lookup_source.h"
#include "stub/c/options.h"
#include "stub/c/verdict.h"
#include "stub/dane/conclude.h"

namespace danebound::c {

struct FreeVerdict {
  void operator()(danebound_verdict* verdict) const {
    danebound_verdict_free(verdict);
  }
};
using VerdictPtr = std::unique_ptr<danebound_verdict, FreeVerdict>;

class Lookups {
 public:
  struct Ended {
    uint64_t ticket = 0;
    // nullopt: out of memory. Errors are those of the source.
    absl::optional<absl::StatusOr<VerdictPtr>> reply;
  };

  explicit Lookups(std::unique_ptr<LookupSource> source);

  // Looks up and waits for the end, as LookupSource::LookUp; nullopt also while
  // another lookup is open. Throws std::bad_alloc.
  absl::optional<absl::StatusOr<danebound_verdict*>> LookUp(
      const AskedLookup& asked);

  // What lookups have whose caller chooses nothing.
  const danebound_options& defaults() const { return defaults_; }

  // Starts a lookup; returns its ticket, never 0. Throws std::bad_alloc, and
  // then it has not started.
  uint64_t Start(const AskedLookup& asked);

  // Gives a lookup up, open or ended.
  void Cancel(uint64_t ticket) noexcept;

  // Does all that can be done without waiting.
  void Advance() noexcept;

  // Says whether the lookup neither ended nor was given up.
  bool IsOpen(uint64_t ticket) const { return open_.contains(ticket); }
  size_t open_count() const { return open_.size(); }

  // Takes the lookup that ended first, or the one with the ticket; nullopt
  // where there is none.
  absl::optional<Ended> Take() noexcept;
  absl::optional<Ended> Take(uint64_t ticket) noexcept;

  // As LookupSource::parallel.
  size_t parallel() const { return source_->parallel(); }

  // Says whether there is something to take.
  bool has_ended() const { return !ended_.empty(); }

  // What an open lookup waits for: see danebound_client_fd.
  int fd() const { return source_->fd(); }
  short events() const { return source_->events(); }
  int PollTimeout() const;

 private:
  struct Lookup {
    Ended ended;
    Choices choices;
  };
  using Line = std::list<Lookup>;

  void Collect();
  void Settle(LookupSource::Finished& finished);
  void End(Line::iterator lookup) noexcept;
  // Ends all that is open, with no reply.
  void GiveUp() noexcept;

  const std::unique_ptr<LookupSource> source_;
  const danebound_options defaults_;
  std::mt19937 random_;

  // A lookup's place is made when it starts, so that ending one takes no
  // memory.
  Line waiting_;
  Line ended_;
  std::map<uint64_t, Line::iterator> open_;
};

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_LOOKUPS_H_
