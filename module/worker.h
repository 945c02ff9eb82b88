// The module's half of a resolver thread: a letter box that the service thread
// posts to, and the jobs that run in the thread's mesh.
//
//   service thread --Post--> letter box --eventfd--> OnMail --> mesh --> jobs
//   service thread <------------------ Report ------------------------+
#ifndef DANEBOUND_MODULE_WORKER_H_
#define DANEBOUND_MODULE_WORKER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "module/clock.h"
#include "module/job.h"
#include "module/unbound.h"

namespace danebound {

// Run this job.
struct StartMail {
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
// Look whether the resolver validates.
struct LookMail {};

using Mail = std::variant<StartMail, SnapshotMail, EndMail, LookMail>;

class Worker {
 public:
  using SendReport = std::function<void(Report)>;

  //   handle  lives as long as this worker.
  //   clock   shared by all threads of the generation.
  //   send    callable in any thread, does not block.
  Worker(unbound_worker* handle, Clock* clock, SendReport send);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Readable when there is mail; -1 where no descriptor could be had.
  int fd() const { return fd_; }

  // Any thread.
  void Post(Mail mail);

  // Open lookups, sub-queries left behind by ended ones, and jobs still in the
  // letter box. Any thread.
  size_t load() const { return load_ + posted_; }

  // The rest: worker thread, see unbound.h.
  void OnMail();
  void OnLoad(size_t lookups, size_t orphans) { load_ = lookups + orphans; }
  void OnLeniency();

 private:
  friend class RunningJob;

  void Open(StartMail& mail);
  void Open(SnapshotMail& mail);
  void Open(EndMail& mail);
  void Open(LookMail& mail);
  void Start(std::unique_ptr<Job> job);
  Validation Look() const;

  unbound_worker* handle_;
  Clock* clock_;
  SendReport send_;
  int fd_;
  std::atomic<size_t> load_{0};
  std::atomic<size_t> posted_{0};
  std::mutex mutex_;
  std::vector<Mail> box_;
  absl::flat_hash_map<uint64_t, class RunningJob*> running_;
};

// One job in the mesh: what unbound.h calls `job`. Worker thread.
class RunningJob {
 public:
  RunningJob(Worker* worker, std::unique_ptr<Job> job);
  ~RunningJob();
  RunningJob(const RunningJob&) = delete;
  RunningJob& operator=(const RunningJob&) = delete;

  // Asks the first questions. Returns false when nothing is open.
  bool OnStart(unbound_lookup* lookup);
  void OnAnswer(const unbound_result* result);
  // Returns false when the job is over; its report is then sent.
  bool IsWaiting();
  // The mesh state is gone.
  void OnEnd();
  // A step failed for lack of memory: the job is over.
  void OnBroken() { is_broken_ = true; }

  void SendSnapshot(absl::string_view why);
  void GiveUp(absl::string_view why);

 private:
  void Ask();
  void SendFinish();
  bool IsBelowAnchor(const Name& name) const;

  Worker* worker_;
  std::unique_ptr<Job> job_;
  unbound_lookup* lookup_ = nullptr;
  bool is_reported_ = false;
  bool is_broken_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_WORKER_H_
