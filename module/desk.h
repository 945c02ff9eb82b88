// The desk: where requests become replies. It keeps the verdict cache and the
// open lookups, spreads these over the workers and watches their deadlines. It
// knows no socket and belongs to the service thread.
//
//   request --+-- cache, alive ------------------------------------> reply
//             +-- the same lookup is open --> wait ----------------> reply
//             +-- new lookup --> queue --> worker --> report ------> reply
//                     (turn_queue.h)   room, or one is woken
//   MX seen --+     prefetch (prefetch_policy.h), dropped first
//   timer ----+     renewal (renewals.h) of a verdict in use
//
// An asked lookup that finds a prefetch or a renewal of the same next hop open
// takes its place: nobody who waits is bound by what those may cost.
#ifndef DANEBOUND_MODULE_DESK_H_
#define DANEBOUND_MODULE_DESK_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/counters.h"
#include "module/job.h"
#include "module/open_lookup.h"
#include "module/prefetch_policy.h"
#include "module/renewals.h"
#include "module/reply.h"
#include "module/token_bucket.h"
#include "module/turn_queue.h"
#include "module/verdict_cache.h"
#include "module/worker.h"
#include "stub/dane/lookup.h"
#include "stub/dane/next_hop.h"
#include "stub/system/module_settings.h"
#include "stub/wire/frame.h"
#include "stub/wire/message.h"

namespace danebound {

// What a generation is, for the self-test and where it gives no verdicts.
struct Standing {
  // Set: no verdicts in this generation, this is the answer to every lookup.
  absl::optional<ErrorReply> out_of_service;
  std::string server;    // "danebound-module 0.1.0"
  std::string resolver;  // "unbound 1.26.2", with its package where known
  SelfTestCheck resolver_check;
  SelfTestCheck settings;
};

class Desk {
 public:
  struct Ports {
    // Must not throw: it is told of one who waits no more.
    std::function<void(const Ticket&, const DeskReply&)> reply;
    std::function<void()> wake_worker;
    std::function<void(LogLevel, absl::string_view)> log;
  };

  Desk(const ModuleSettings& settings, Standing standing, Clock* clock,
       Ports ports);

  // `now_ms` below is BootMilliseconds().
  void OnRequest(const Ticket& ticket, const Request& request, int64_t now_ms);
  // Answers a lookup from the cache, without taking memory but where a verdict
  // is asked for the first time; nullopt where OnRequest has to.
  //
  //   now      seconds since the epoch.
  //   returns  valid until the next call.
  absl::optional<CachedFacts> Hit(const LookupView& lookup, int64_t now,
                                  int64_t now_ms);
  void OnHangUp(uint64_t connection, int64_t now_ms);
  void OnWorker(LetterBox* worker, int64_t now_ms);
  void OnReport(const Report& report, int64_t now_ms);
  // A DNS client got MX records for the name.
  void OnMx(const Name& name, int64_t now_ms);

  // When OnTime has something to do, in boot milliseconds; -1: never.
  int64_t NextTime() const;
  void OnTime(int64_t now_ms);

  // What the cache takes, octets.
  size_t memory() const { return cache_.bytes(); }

  // Tells everyone who waits that the module stops.
  void Stop();

  // Counters the desk does not keep itself, added to statistics.
  using Gauges = std::function<std::vector<Counter>()>;
  void set_gauges(Gauges gauges) { gauges_ = std::move(gauges); }

 private:
  using OpenMap = std::map<uint64_t, OpenLookup>;

  void On(const Ticket& ticket, const HelloRequest& request, int64_t now_ms);
  void On(const Ticket& ticket, const LookupRequest& request, int64_t now_ms);
  void On(const Ticket& ticket, const StatsRequest& request, int64_t now_ms);
  void On(const Ticket& ticket, const FlushRequest& request, int64_t now_ms);
  void On(const Ticket& ticket, const SelfTestRequest& request, int64_t now_ms);
  uint32_t ForgetAll();
  void ReplyError(const Ticket& ticket, ErrorCode code, absl::string_view text);
  // An error, made before those whom it is for are taken off their lookup, as
  // that takes memory.
  struct CountedError {
    DeskReply reply;
    ErrorCode code;
  };
  static CountedError MakeError(ErrorCode code, absl::string_view text);
  void ReplyErrors(const OpenLookup& open, const Waiters::Taken& taken,
                   const CountedError& error);
  void ReplyToAll(const OpenLookup& open, const Waiters::Taken& taken,
                  const DeskReply& reply);
  void ReplyLiteral(const Ticket& ticket, const NextHop& next_hop);
  // What the cache has where it may answer, marked as asked for; else null.
  VerdictCache::Entry* TakeHit(VerdictCache::Entry* entry, Freshness freshness,
                               int64_t now, int64_t now_ms);
  // Answers from the cache where it may. Says whether it did.
  bool ReplyFromCache(const Ticket& ticket, const LookupRequest& request,
                      VerdictCache::Entry* entry, int64_t now_ms);
  bool Join(const std::string& key, const LookupRequest& request,
            const Waiter& waiter);
  // Why the user may open no more lookups; empty when he may.
  std::string WhyBusy(uid_t user) const;

  // A lookup among the times: whatever fails later, it ends by its deadline.
  OpenLookup& NewOpen(Lane lane, const NextHop& next_hop, int64_t now_ms);
  void AddWaiter(OpenLookup& open, const Waiter& waiter);
  void Release(const OpenLookup& open, const Ticket& ticket);
  //   end_by  when it ends at the latest if all have left, boot milliseconds.
  void OnWaitersLeft(OpenLookup& open, int64_t end_by = kNever);
  void ChargeTo(OpenLookup& open, uid_t user);
  void Discharge(OpenLookup& open);
  // Lets an asked lookup wait for its turn.
  void Enqueue(OpenLookup& open, int64_t now_ms);
  // Lets one that waits stand in the line of one more who waits for it, too.
  void StandIn(OpenLookup& open, const Ticket& ticket, Freshness freshness);
  void Place(OpenLookup& open, LetterBox* worker);
  void PlaceWaiting(int64_t now_ms);
  absl::optional<uint64_t> NextInQueue(int64_t now_ms);
  void WaitForFirstWorker(OpenLookup& open, int64_t now_ms);
  LookupLimits limits() const;
  Lookup LookupFor(const OpenLookup& open, const LookupLimits& limits) const;
  std::unique_ptr<Job> MakeJob(const OpenLookup& open) const;
  LetterBox* PickWorker() const;
  LetterBox* PickUnaskedWorker() const;

  void Check(OpenLookup& open, int64_t now_ms);
  void CheckWaiting(OpenLookup& open, int64_t now_ms);
  void CheckWaiters(OpenLookup& open, int64_t now_ms);
  void End(OpenLookup& open, std::string why);
  void Schedule(OpenLookup& open);
  void ScheduleAt(OpenLookup& open, int64_t at_ms);
  // What went wrong for lack of memory: those who wait are told soon.
  void Abandon(OpenLookup& open, int64_t now_ms);
  void Close(uint64_t id);
  void CloseWithError(OpenLookup& open, ErrorCode code, absl::string_view text);
  // Tells those who can wait no longer for their turn.
  void DropImpatient(OpenLookup& open, ErrorCode code, absl::string_view text,
                     int64_t now_ms);
  void TakeReport(Report report, int64_t now_ms);
  void OnDone(OpenLookup& open, const Report& report);
  void OnDropped(OpenLookup& open, int64_t now_ms);
  void OnSnapshot(OpenLookup& open, const Report& report);
  void OnLooked(absl::string_view why_not);
  void ReplySelfTest(OpenLookup& open, const absl::optional<Probe>& probe,
                     absl::string_view trouble);

  SharedFacts FailedFacts(const OpenLookup& open, absl::string_view why) const;
  SharedFacts Capped(SharedFacts facts) const;
  void Keep(const OpenLookup& open, const SharedFacts& facts, bool is_whole);
  void LookAtMode(int64_t now_ms);
  void Tick(int64_t now_ms);

  void ScheduleRenewal(const VerdictCache::Entry& entry, int64_t now,
                       int64_t now_ms);
  void Renew(const std::string& key, int64_t now_ms);

  Waiter WaiterFor(const Ticket& ticket, uint32_t timeout_ms,
                   int64_t now_ms) const;
  std::vector<Counter> AllCounters() const;
  void AppendWorkerCounters(std::vector<Counter>* counters) const;

  ModuleSettings settings_;
  Standing standing_;
  Clock* clock_;
  Ports ports_;
  Gauges gauges_;
  VerdictCache cache_;
  PrefetchPolicy prefetch_;
  Renewals renewals_;
  TokenBucket fresh_bucket_;
  std::vector<LetterBox*> workers_;
  OpenMap open_;
  std::map<std::string, uint64_t> open_by_key_;
  // Asked lookups of a connection, once for each request.
  std::map<uint64_t, std::multiset<uint64_t>> open_by_connection_;
  size_t asked_ = 0;  // open asked lookups, and those of each user
  std::map<uid_t, size_t> asked_by_user_;
  TurnQueue queue_;    // asked lookups that wait for room
  TurnQueue metered_;  // fresh ones and self-tests: for room and their rate
  bool was_metered_ = false;                      // the one placed last
  std::set<std::pair<int64_t, uint64_t>> times_;  // of open_, by id
  uint64_t self_test_ = 0;  // the open one, that all who ask share; 0: none
  uint64_t last_id_ = 0;
  std::string why_not_trusted_;  // empty: the resolver validates
  int64_t mode_looked_at_ = 0;
  int64_t next_wake_ = 0;
  int64_t ticked_ = 0;
  Counters counters_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_DESK_H_
