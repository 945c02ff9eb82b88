// The module's half of a resolver thread: a letter box that the service thread
// posts to, and the jobs that run in the thread's mesh, within its budget.
//
//   service thread --Post--> letter box --eventfd--> OnMail --> mesh --> jobs
//   service thread <------------------ Report ------------------------+
//
//   a job of somebody who waits:
//
//     parked, fast --> running, fast --> running, slow <--> parked, slow
//      (no room yet)         |                 |         (taken in turn)
//                            +------ done -----+
//
// All that runs side by side shares the budget (budget.h). A job that stands in
// the way of others while its answers do not come becomes slow; slow jobs have
// half of the room at most, and leave the mesh where even that is short, with
// what they have learned. A job of nobody who waits is never parked: it ends.
//
// Jobs ask in OnMail alone, and for so long only as a turn lasts: what lies in
// the resolver's cache is answered at once, and one lookup after the other
// would keep DNS clients waiting. Elsewhere an answer is taken down.
//
// Freed room goes first to jobs that have no question open, then to lookups
// that wait outside, then to those that get answers, to slow ones, and to the
// rest.
//
// What fails for lack of memory costs the job it was done for: it is reported
// as dropped. Jobs change their places without any memory.
#ifndef DANEBOUND_MODULE_WORKER_H_
#define DANEBOUND_MODULE_WORKER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "module/budget.h"
#include "module/clock.h"
#include "module/job.h"
#include "module/lane.h"
#include "module/mesh.h"

namespace danebound {

// Run this job.
struct StartMail {
  Lane lane = Lane::kAsked;
  std::unique_ptr<Job> job;
};
// Report what the job knows so far.
struct SnapshotMail {
  uint64_t job = 0;
  std::string why;  // said of what is not known
};
// End the job with what it knows.
struct EndMail {
  uint64_t job = 0;
  std::string why;
};
// Nobody waits for the job: let it go on as a prefetch, or end it.
struct LeaveMail {
  uint64_t job = 0;
};
// Look whether the resolver validates.
struct LookMail {};
// Asked lookups wait for room: make some, and report when there is.
struct RoomMail {};
// Time has passed: give other slow jobs their turn.
struct TickMail {};

using Mail = std::variant<StartMail, SnapshotMail, EndMail, LeaveMail, LookMail,
                          RoomMail, TickMail>;

// How a job gets to a worker; what the desk knows of one.
class LetterBox {
 public:
  virtual ~LetterBox() = default;

  // Any thread.
  virtual void Post(Mail mail) = 0;

  // How many more mesh states asked lookups may have, and unasked ones; less
  // what the jobs in the letter box will take at least. Any thread.
  virtual size_t room() const = 0;
  virtual size_t unasked_room() const = 0;

  // Counters for statistics, added up over the workers. Any thread.
  struct Figures {
    uint64_t asked = 0;     // states now
    uint64_t renewal = 0;   // states now
    uint64_t prefetch = 0;  // states now
    uint64_t share = 0;     // the bound of all three together
    uint64_t most = 0;      // the most states at once since the start
    uint64_t slow = 0;      // jobs now
    uint64_t wanting = 0;   // jobs that could ask more if there were room
    uint64_t parked = 0;    // jobs now
    uint64_t ended_states = 0;
    uint64_t greedy = 0;  // jobs that were given up for the states they took
  };
  virtual Figures figures() const = 0;
};

class Worker : public LetterBox {
 public:
  using SendReport = std::function<void(Report)>;

  // How long a callback may go on with new work before DNS clients get their
  // turn, microseconds.
  static constexpr int64_t kTurnMicroseconds = 400;
  // Questions of all jobs in it: what they take is seen only when the resolver
  // has come to them.
  static constexpr size_t kMostATurn = 4;
  // A job is slow when it has run so long,
  static constexpr int64_t kSlowMs = 500;
  // and, where others wait for room, when no answer came for so long.
  static constexpr int64_t kPatienceMs = 25;
  // A question has shown after so long how many states it takes.
  static constexpr int64_t kShownMs = 100;
  // A slow job without answers leaves its place to a parked one after so long,
  // and its next turn is twice as long, up to eight times: the resolver doubles
  // the time it gives a silent server, too, and must see it end.
  static constexpr int64_t kSlowTurnMs = 2000;
  static constexpr int kMostDoublings = 3;
  // A job that alone exceeds the bound so often is given up.
  static constexpr int kMostTrims = 3;
  // Questions of one slow job open at once: both addresses of a host.
  static constexpr size_t kSlowAtOnce = 2;
  // Questions of one renewal open at once.
  static constexpr size_t kRenewalAtOnce = 8;

  struct Options {
    Clock* clock = nullptr;  // shared by all threads of the generation
    int64_t mesh_share = 25;
    std::function<int64_t()> microseconds;  // since boot
    SendReport send;                        // any thread, does not block
  };

  //   mesh  of this worker; used in its thread alone.
  Worker(std::unique_ptr<Mesh> mesh, Options options);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Readable when there is mail; -1 where no descriptor could be had.
  int fd() const { return fd_; }

  void Post(Mail mail) override;
  size_t room() const override;
  size_t unasked_room() const override;
  Figures figures() const override;

  // The rest: worker thread, see unbound.h.
  void OnMail();
  void OnStates() noexcept;
  void OnLeniency();
  void OnConfiguration();

 private:
  class Running;
  using Runs = std::map<uint64_t, std::unique_ptr<Running>>;
  using Line = std::list<Running*>;

  absl::optional<Mail> TakeMail();
  template <typename Step>
  void OrDrop(uint64_t job, const Step& step) noexcept;
  void Open(StartMail& mail);
  void Open(SnapshotMail& mail);
  void Open(EndMail& mail);
  void Open(LeaveMail& mail);
  void Open(LookMail& mail);
  void Open(RoomMail& mail);
  void Open(TickMail& mail);

  void Begin(Running& run);
  bool Start(Running& run);
  void Park(Running& run);
  void End(Running& run, absl::string_view why);
  void Refuse(Running& run, JobOutcome outcome, std::string text);
  void SendDropped(uint64_t job) const;
  void Lose(Running& run);
  void Forget(Running& run) noexcept;
  Running* Find(uint64_t job) const;
  static void Move(Running& run, Line* line) noexcept;

  size_t RoomFor(const Running& run) const;
  size_t WeightOf(const Line& line) const;
  size_t RoomOfAsked() const;
  size_t RoomOfSlow() const;
  static Running* LeastRecent(const Line& line);
  Running* Largest(std::initializer_list<const Line*> lines) const;
  size_t CountWanting() const;
  size_t CountShort() const;
  bool IsAnyIdle() const;
  void MakeWay();
  void ShedSlow();
  void TrimAsked();
  void TrimUnasked();
  void TakeTurns();
  void Feed();
  template <typename Predicate>
  void FeedEach(Line* line, const Predicate& is_meant);
  void FeedSlow();
  void FeedParked();
  void FeedUnasked();
  void Settle();
  void Publish();
  bool IsTurnOver() const;
  bool MayAsk() const;
  int64_t NowMs() const { return options_.microseconds() / 1000; }
  void Ring() const noexcept;

  std::unique_ptr<Mesh> mesh_;
  Options options_;
  Budget budget_;
  int fd_;
  std::mutex mutex_;
  std::deque<Mail> box_;

  // Worker thread.
  Runs runs_;
  // Each of runs_ stands in one, in the order of their turns.
  Line fast_;     // asked
  Line slow_;     // asked, in the mesh
  Line parked_;   // asked and slow, out of the mesh
  Line unasked_;  // or not begun
  int64_t turn_began_ = 0;
  bool is_turn_ = false;  // inside OnMail
  size_t asked_in_turn_ = 0;
  bool is_room_wanted_ = false;
  bool is_room_kept_ = false;  // for a lookup from outside
  bool is_rung_ = false;
  uint64_t greedy_ = 0;
  // Of those posted, what was opened since room was last published.
  size_t opened_ = 0;
  size_t opened_unasked_ = 0;

  // Read by other threads.
  std::atomic<size_t> room_{0};
  std::atomic<size_t> unasked_room_{0};
  std::atomic<size_t> posted_{0};
  std::atomic<size_t> posted_unasked_{0};
  mutable std::mutex figures_mutex_;
  Figures figures_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_WORKER_H_
