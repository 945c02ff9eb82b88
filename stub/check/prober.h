// Probes verdicts as they come, many addresses side by side.
//
//   Start --> addresses --> queue --> threads --> evidence of each verdict
//                  `--- known from another verdict ---^
#ifndef DANEBOUND_STUB_CHECK_PROBER_H_
#define DANEBOUND_STUB_CHECK_PROBER_H_

#include <openssl/ssl.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/check/evidence.h"
#include "stub/check/probe.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"

namespace danebound {

class Prober {
 public:
  using OnEvidence = std::function<void(DomainEvidence evidence)>;

  //   errors  Internal  OpenSSL gives no context.
  static absl::StatusOr<std::unique_ptr<Prober>> New(
      const ProbeOptions& options);
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  // Waits, as Wait does.
  ~Prober();

  // Probes the addresses of every host that is not skipped, as many as the
  // options allow, on the port of the verdict. An address that hosts share
  // under an equal tls key is probed once, whichever verdict came first.
  //
  //   on_evidence  called once, from any thread; those of different verdicts
  //                side by side. It may take its time: other verdicts have
  //                other threads, options.parallel in all.
  void Start(const Verdict& verdict, OnEvidence on_evidence);

  // Returns when each verdict has had its call.
  void Wait();

 private:
  struct Job;
  struct Task;

  Prober(SslCtxPtr context, const ProbeOptions& options);

  bool AddTask(const std::shared_ptr<Job>& job, size_t host,
               const Address& address);
  void AddTasks(const std::shared_ptr<Job>& job);
  void AddThreads();
  void Loop();
  void RunFirst(std::unique_lock<std::mutex>& lock);
  void Run(Task& task);
  void End(const Job& job);
  DomainEvidence EvidenceOf(const Verdict& verdict) const;

  const SslCtxPtr context_;
  const ProbeOptions options_;
  std::mutex mutex_;  // of all below
  // By a key that hosts share where they owe the same address the same.
  std::map<std::string, Task> tasks_;
  std::deque<std::function<void()>> queue_;
  size_t running_ = 0;
  size_t idle_ = 0;
  bool stopped_ = false;
  std::condition_variable queued_;
  std::condition_variable ended_;
  std::vector<std::thread> threads_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_PROBER_H_
