// The desk: where requests become replies. It keeps the verdict cache and the
// open lookups, spreads these over the workers and watches their deadlines. It
// knows no socket and belongs to the service thread.
//
//   request --+-- cache, alive ------------------------------------> reply
//             +-- the same lookup is open --> wait ----------------> reply
//             +-- new lookup --> worker --> report ----------------> reply
//                     |  ^ room, or one is woken
//                     +--+
//   MX seen --+     prefetch, dropped first
//   timer ----+     renewal of a verdict in use, before it ends
#ifndef DANEBOUND_MODULE_DESK_H_
#define DANEBOUND_MODULE_DESK_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/job.h"
#include "module/settings.h"
#include "module/token_bucket.h"
#include "module/verdict_cache.h"
#include "module/worker.h"
#include "stub/dane/next_hop.h"
#include "stub/wire/message.h"

namespace danebound {

// Who waits for a reply.
struct Ticket {
  uint64_t connection = 0;
  uint16_t request = 0;
};

// Facts are encoded when the client is ready to read them.
struct FactsReply {
  SharedFacts facts;
  bool from_cache = false;
};
using Reply = std::variant<FactsReply, Message>;

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
    std::function<void(const Ticket&, Reply)> reply;
    std::function<void()> wake_worker;
    std::function<void(LogLevel, absl::string_view)> log;
  };

  Desk(const Settings& settings, Standing standing, Clock* clock, Ports ports);

  // `now_ms` below is BootMilliseconds().
  void OnRequest(const Ticket& ticket, const Message& message, int64_t now_ms);
  void OnHangUp(uint64_t connection);
  void OnWorker(Worker* worker, int64_t now_ms);
  void OnReport(Report report, int64_t now_ms);
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
  enum class Purpose : uint8_t { kAsked, kPrefetch, kRenewal, kProbe };

  struct Waiter {
    Ticket ticket;
    int64_t snapshot_at = 0;  // ask the worker what is known
    int64_t give_up_at = 0;   // it did not say: answer without it
    bool snapshot_asked = false;
  };

  struct Open {
    uint64_t id = 0;
    Purpose purpose = Purpose::kAsked;
    NextHop next_hop;
    std::string key;
    SharedFacts earlier;  // what the lookup starts from, or null
    int64_t leeway = 0;   // see unbound_ask
    bool is_kept = true;  // false after a flush
    std::vector<Waiter> waiters;
    Worker* worker = nullptr;      // null: none is known yet, or none has room
    int64_t worker_wanted_by = 0;  // answer kNoWorker if none is known then
    int64_t deadline = 0;
    bool is_ended = false;  // the worker was told to end it
    int drops = 0;
  };

  using OpenMap = std::map<uint64_t, Open>;

  void OnLookup(const Ticket& ticket, const LookupRequest& request,
                int64_t now_ms);
  void OnFlush(const Ticket& ticket, const FlushRequest& request);
  void OnSelfTest(const Ticket& ticket, int64_t now_ms);
  void ReplyError(const Ticket& ticket, ErrorCode code, absl::string_view text);
  void ReplyLiteral(const Ticket& ticket, const NextHop& next_hop);
  // Answers from the cache where it may. Says whether it did.
  bool ReplyFromCache(const Ticket& ticket, const LookupRequest& request,
                      VerdictCache::Entry* entry, int64_t now_ms);
  bool Join(const std::string& key, const LookupRequest& request,
            const Waiter& waiter, int64_t now_ms);

  Open& NewOpen(Purpose purpose, const NextHop& next_hop, int64_t now_ms);
  // Gives an open lookup to a worker, or lets it wait for one, in turn.
  void Place(Open& open, int64_t now_ms);
  void PlaceWaiting(int64_t now_ms);
  void WaitForFirstWorker(Open& open, int64_t now_ms);
  std::unique_ptr<Job> MakeJob(const Open& open);
  Worker* PickWorker(Purpose purpose) const;
  size_t CountOpen(Purpose purpose) const;

  void Check(Open& open, int64_t now_ms);
  void CheckUnplaced(Open& open, int64_t now_ms);
  void CheckWaiters(Open& open, int64_t now_ms);
  void Schedule(const Open& open, int64_t now_ms);
  void Close(uint64_t id);
  void CloseWithError(Open& open, ErrorCode code, absl::string_view text);
  void CloseWithFacts(Open& open, SharedFacts facts);
  void ReplyToAll(Open& open, const Reply& reply) const;
  void TakeReport(Report report, int64_t now_ms);
  void OnNotStarted(Open& open, int64_t now_ms);
  void OnDropped(Open& open, int64_t now_ms);
  void OnSnapshot(Open& open, const Report& report);
  void OnProbe(Open& open, const Probe& probe);
  void OnLooked(absl::string_view why_not);
  void ReplySelfTest(Open& open, const absl::optional<Probe>& probe,
                     absl::string_view trouble);

  SharedFacts FailedFacts(const Open& open, absl::string_view why);
  SharedFacts Capped(SharedFacts facts) const;
  void Keep(const Open& open, const SharedFacts& facts);
  void LookAtMode(int64_t now_ms);

  void ScheduleRenewal(VerdictCache::Entry* entry, int64_t now_ms);
  void OnRenewalTime(int64_t now_ms);
  void Renew(const std::string& key, int64_t now_ms);

  LookupLimits limits() const;
  Waiter WaiterFor(const Ticket& ticket, uint32_t timeout_ms,
                   int64_t now_ms) const;
  std::vector<Counter> Counters() const;

  Settings settings_;
  Standing standing_;
  Clock* clock_;
  Ports ports_;
  Gauges gauges_;
  VerdictCache cache_;
  TokenBucket prefetch_bucket_;
  std::vector<Worker*> workers_;
  OpenMap open_;
  absl::flat_hash_map<std::string, uint64_t> open_by_key_;
  std::set<uint64_t> unplaced_;                           // of open_, by id
  std::multimap<int64_t, uint64_t> times_;                // of open_, by id
  std::set<std::pair<int64_t, std::string>> renewals_;    // of cache_, by key
  absl::flat_hash_map<std::string, int64_t> renewal_of_;  // the same, by key
  uint64_t last_id_ = 0;
  std::string why_not_trusted_;  // empty: the resolver validates
  int64_t mode_looked_at_ = 0;
  int64_t next_wake_ = 0;
  int64_t crowded_until_ = 0;
  std::map<std::string, uint64_t> counts_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_DESK_H_
