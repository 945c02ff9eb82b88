// Next hops that peers watch: each is looked up again when its verdict has
// ended, and who watches it is told what has changed.
//
//   Watch --> Watched, one a next hop --> due --> line of a user
//                 |                                     |  in turn, a few at
//   Caller <--- ChangesBetween <-- VerdictSource <------+  a time
//
// Times are of the monotonic clock, but for how long a verdict still lives:
// that is read once, when it comes. A clock that jumps makes one lookup too
// early or too late, and never later than watch_max_seconds.
#ifndef DANEBOUND_STUB_SERVE_JSON_WATCHES_H_
#define DANEBOUND_STUB_SERVE_JSON_WATCHES_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/json/watch_event.h"
#include "stub/serve/protocol.h"
#include "stub/serve/verdict_source.h"

namespace danebound {

class Watches {
 public:
  // Both outlive it; it outlives all callers.
  Watches(event_base* base, VerdictSource* source);
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;
  ~Watches();

  // Watches next hops for a caller, besides those that it watches already, for
  // as long as its connection lasts. It gets an event for each as soon as it is
  // known, one for each change, and heartbeats.
  //
  //   next_hops  as people type them, see ParseNextHop.
  //   on_reply   called with WatchingLine, and the events of what is known
  //              already, before any other; max_watched, and what there is of
  //              it for one peer and one connection, bound what is taken. Where
  //              too many connections watch already nothing is, and the
  //              connection stays an ordinary one.
  void Watch(const std::shared_ptr<Caller>& caller,
             const std::vector<std::string>& next_hops,
             const Protocol::OnReply& on_reply);

  // Next hops that are watched.
  size_t size() const { return watched_.size(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Key = std::pair<std::string, uint16_t>;  // next hop, port

  // What one connection watches; its Caller owns it.
  struct Subscription {
    Watches* watches = nullptr;
    Caller* caller = nullptr;
    std::set<Key> keys;

    Subscription(Watches* of, Caller* by) : watches(of), caller(by) {}
    Subscription(const Subscription&) = delete;
    Subscription& operator=(const Subscription&) = delete;
    ~Subscription() { watches->Drop(this); }
  };

  // The next hops of one user that are to be looked up now.
  struct Line {
    std::list<Key> keys;
    int64_t asking = 0;
  };
  using Lines = std::map<std::string, Line>;

  struct Watched {
    NextHop next_hop;
    std::set<Subscription*> subscriptions;
    absl::optional<WatchedVerdict> remembered;  // none before the first lookup
    std::string error;
    bool asking = false;
    Clock::time_point due;
    absl::optional<Lines::iterator> line;  // that it stands in
    std::list<Key>::iterator place;        // there
  };

  Subscription* Find(const Caller* caller) const;
  Subscription* SubscriptionOf(const std::shared_ptr<Caller>& caller);
  absl::Status RoomFor(const Caller& caller) const;
  absl::Status Add(const std::string& text, Subscription* subscription,
                   std::string* known);
  int64_t WatchedBy(const std::string& user) const;
  void Drop(Subscription* subscription);

  void Plan(const Key& key, Clock::duration delay);
  void AskDue();
  void LineUpDue();
  Lines::iterator NextLine(int64_t most_of_user);
  void Ask(const Key& key, const std::string& user);
  void OnAsked(const std::string& user);
  void Leave(Watched* watched);
  void RemoveIfDone(Lines::iterator line);
  void OnVerdict(const Key& key, const absl::StatusOr<Verdict>& verdict);
  void Tell(Watched* watched, const WatchedVerdict& now);
  void Send(const std::set<Subscription*>& to, const std::string& line);
  void Report(const Watched& watched, const WatchEvent& event);
  WatchEvent EventOf(const Watched& watched) const;
  Clock::duration LifeOf(const absl::StatusOr<Verdict>& verdict);
  void Beat();

  VerdictSource* source_;
  std::map<Key, Watched> watched_;
  std::multimap<Clock::time_point, Key> due_;  // those whose time has not come
  Lines lines_;                                // by user
  std::string last_user_;                      // whose turn was last
  std::set<Subscription*> subscriptions_;
  int64_t asking_ = 0;
  std::minstd_rand random_;
  Alarm next_due_;
  Alarm next_beat_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_WATCHES_H_
