// The lookups of one client of C: what an EventClient does, with verdicts at
// the end, and without ever throwing once a lookup has started.
//
//   Start --> open --> Advance --> ended --> Take
//                         |
//                   out of memory: the connection goes, and every open lookup
//                   ends without a reply
#ifndef DANEBOUND_STUB_C_LOOKUPS_H_
#define DANEBOUND_STUB_C_LOOKUPS_H_

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <random>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/c/options.h"
#include "stub/c/verdict.h"
#include "stub/client/event_client.h"
#include "stub/client/options.h"
#include "stub/dane/conclude.h"

namespace danebound::c {

class Lookups {
 public:
  struct Ended {
    uint64_t ticket = 0;
    // nullopt: out of memory. Errors are those of EventClient::Finished.
    absl::optional<absl::StatusOr<std::unique_ptr<danebound_verdict>>> reply;
  };

  explicit Lookups(ClientOptions options);

  // Starts a lookup; returns its ticket, never 0. Throws std::bad_alloc.
  uint64_t Start(const AskedLookup& asked);

  // Gives a lookup up, open or ended.
  void Cancel(uint64_t ticket) noexcept;

  // Does all that can be done without waiting.
  void Advance() noexcept;

  // Says whether the lookup neither ended nor was given up.
  bool IsOpen(uint64_t ticket) const { return open_.contains(ticket); }

  // Takes the lookup that ended first, or the one with the ticket; nullopt
  // where there is none.
  absl::optional<Ended> Take() noexcept;
  absl::optional<Ended> Take(uint64_t ticket) noexcept;

  // Says whether there is something to take.
  bool has_ended() const { return !ended_.empty(); }

  // What an open lookup waits for: see danebound_client_fd.
  int fd() const { return client_ ? client_->fd() : -1; }
  short events() const { return client_ ? client_->events() : short{0}; }
  int PollTimeout() const;

 private:
  struct Lookup {
    Ended ended;
    Choices choices;
  };
  using Line = std::list<Lookup>;

  void Collect();
  void Settle(const EventClient::Finished& finished);
  void End(Line::iterator lookup) noexcept;
  // Ends all that is open, with no reply and no connection.
  void GiveUp() noexcept;

  ClientOptions options_;
  std::mt19937 random_;
  std::unique_ptr<EventClient> client_;  // none until a lookup needs it
  uint64_t first_ticket_ = 0;            // of client_, less one
  uint64_t last_ticket_ = 0;

  // A lookup's place is made when it starts, so that ending one takes no
  // memory.
  Line waiting_;
  Line ended_;
  std::map<uint64_t, Line::iterator> open_;
};

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_LOOKUPS_H_
