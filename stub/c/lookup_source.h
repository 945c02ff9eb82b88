// Who answers the lookups of C: the module, or libunbound in this process.
#ifndef DANEBOUND_STUB_C_LOOKUP_SOURCE_H_
#define DANEBOUND_STUB_C_LOOKUP_SOURCE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/c/options.h"
#include "stub/wire/found_facts.h"

namespace danebound::c {

class LookupSource {
 public:
  struct Finished {
    uint64_t ticket = 0;
    absl::StatusOr<FoundFacts> reply = absl::UnknownError("no reply yet");
  };

  LookupSource() = default;
  LookupSource(const LookupSource&) = delete;
  LookupSource& operator=(const LookupSource&) = delete;
  virtual ~LookupSource() = default;

  // Starts a lookup; returns a ticket, never 0, above those before it. This and
  // the next four may throw std::bad_alloc; GiveUp then makes all good again.
  virtual uint64_t Start(const AskedLookup& asked) = 0;
  // Looks up and waits for the end, while no other lookup is open; nullopt
  // where this source has no shorter way for that than Start and Advance.
  virtual absl::optional<absl::StatusOr<FoundFacts>> LookUp(
      const AskedLookup& asked) = 0;
  virtual void Cancel(uint64_t ticket) = 0;
  virtual void Advance() = 0;
  virtual std::vector<Finished> TakeFinished() = 0;

  // Gives up all lookups: none of them finishes.
  virtual void GiveUp() noexcept = 0;

  // How many lookups of one call for many are to be open at a time.
  virtual size_t parallel() const = 0;

  // What to wait for: a descriptor or -1, poll(2) events, and when Advance is
  // to be called at the latest.
  virtual int fd() const = 0;
  virtual short events() const = 0;
  virtual absl::optional<std::chrono::steady_clock::time_point> NextDeadline()
      const = 0;
};

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_LOOKUP_SOURCE_H_
