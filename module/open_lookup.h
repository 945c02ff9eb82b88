// An open lookup of the desk, and who waits for it.
//
//   Waiting --> Placed --> Ending --> (closed)
//      ^           |          the worker was told to end it
//      +-- dropped-+
#ifndef DANEBOUND_MODULE_OPEN_LOOKUP_H_
#define DANEBOUND_MODULE_OPEN_LOOKUP_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "module/lane.h"
#include "module/reply.h"
#include "module/verdict_cache.h"
#include "module/worker.h"
#include "stub/dane/next_hop.h"

namespace danebound {

inline constexpr int64_t kNever = INT64_MAX;

// A request that waits for a lookup, and how long it can. Times are boot
// milliseconds.
struct Waiter {
  Ticket ticket;
  int64_t snapshot_at = 0;  // ask the worker what is known
  int64_t give_up_at = 0;   // it did not say: answer without it
};

// Waiters by what is to be done for them next, so that a tick costs nothing for
// those whose time has not come. Only Add takes memory: whoever waits can be
// told also when there is none.
class Waiters {
 public:
  using Taken = std::multimap<int64_t, Waiter>;

  void Add(const Waiter& waiter);
  // Takes away those of a connection.
  void RemoveConnection(uint64_t connection);

  // Returns how many have reached their snapshot time and still have time for
  // an answer; they then wait for TakeSnapshot or for their end.
  size_t CountDueSnapshots(int64_t now_ms);
  // Takes those that a snapshot was asked for.
  Taken TakeSnapshot();
  // Takes those whose time is over.
  Taken TakeLate(int64_t now_ms);
  // Takes those who can wait no longer for the worker to begin.
  Taken TakeImpatient(int64_t now_ms);
  Taken TakeAll();

  // When the next one is due; kNever when none waits.
  int64_t NextTime() const;
  bool empty() const { return before_.empty() && after_.empty(); }
  size_t size() const { return before_.size() + after_.size(); }
  // Any one of them. There must be one.
  const Ticket& Any() const;

 private:
  std::multimap<int64_t, Waiter> before_;  // a snapshot, by its time
  std::multimap<int64_t, Waiter> after_;   // a snapshot, by give_up_at
};

// Waits for a worker, or for room.
struct Waiting {
  int64_t worker_wanted_by = 0;  // answer kNoWorker if none is known then
};
struct Placed {
  LetterBox* worker = nullptr;
};
struct Ending {
  LetterBox* worker = nullptr;
};
using LookupState = std::variant<Waiting, Placed, Ending>;

// What a lookup is for.
enum class Purpose : uint8_t { kVerdict, kSelfTest };

struct OpenLookup {
  uint64_t id = 0;
  Purpose purpose = Purpose::kVerdict;
  Lane lane = Lane::kAsked;
  uid_t user = 0;  // on whose account an asked one is
  NextHop next_hop;
  std::string key;
  SharedFacts earlier;      // what the lookup starts from, or null
  int64_t leeway = 0;       // see unbound_ask
  bool is_kept = true;      // false after a flush
  bool is_metered = false;  // waits for the rate of fresh lookups, too
  uint64_t supersedes = 0;  // ended when this one is placed; 0: none
  Waiters waiters;
  LookupState state = Waiting();
  int64_t deadline = 0;
  int64_t next_time = kNever;  // the one entry among the desk's times
  int drops = 0;

  bool is_charged = false;  // counted among those of `user`
  // Of a prefetch: it paid beforehand; what it asked, and asked in vain.
  bool is_paid = false;
  size_t questions = 0;
  size_t fruitless = 0;

  bool is_waiting() const { return std::holds_alternative<Waiting>(state); }
  // The worker that has it; null while it waits.
  LetterBox* worker() const;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_OPEN_LOOKUP_H_
