#include "stub/check/prober.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/openssl/tls_setup.h"

namespace danebound {

// A verdict, and how many of its addresses are not known yet.
struct Prober::Job {
  Verdict verdict;
  OnEvidence on_evidence;
  size_t open = 0;
};

// An address to probe, and what came of it.
struct Prober::Task {
  std::shared_ptr<Job> first;  // whose host it is
  size_t host = 0;
  Target target;
  bool done = false;
  AddressEvidence evidence = {};
  std::vector<std::shared_ptr<Job>> waiting = {};
};

namespace {

std::string KeyOf(const HostVerdict& host, const Address& address,
                  uint16_t port) {
  return absl::StrCat(host.tls_key, " ", address.ToText(), " ", port);
}

// The addresses of a host in the order in which they are tried: the families by
// turns, lest the one crowds the other out.
std::vector<Address> OrderOf(const HostVerdict& host) {
  std::vector<std::pair<size_t, const HostAddress*>> ranked;
  std::map<bool, size_t> counts;  // by whether it is IPv6
  for (const HostAddress& each : host.addresses) {
    ranked.emplace_back(counts[each.address.IsIpv6()]++, &each);
  }
  std::stable_sort(
      ranked.begin(), ranked.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<Address> order;
  order.reserve(ranked.size());
  for (const auto& [rank, each] : ranked) order.push_back(each->address);
  return order;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Prober>> Prober::New(
    const ProbeOptions& options) {
  absl::StatusOr<SslCtxPtr> context = NewTlsContext();
  if (!context.ok()) return context.status();
  return std::unique_ptr<Prober>(new Prober(*std::move(context), options));
}

Prober::Prober(SslCtxPtr context, const ProbeOptions& options)
    : context_(std::move(context)), options_(options) {}

Prober::~Prober() {
  Wait();
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
  }
  queued_.notify_all();
  for (std::thread& each : threads_) each.join();
}

void Prober::Start(const Verdict& verdict, OnEvidence on_evidence) {
  const auto job = std::make_shared<Job>(Job{verdict, std::move(on_evidence)});
  const std::lock_guard<std::mutex> lock(mutex_);
  AddTasks(job);
  if (job->open == 0) queue_.emplace_back([this, job] { End(*job); });
  AddThreads();
  queued_.notify_all();
}

void Prober::Wait() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    while (!queue_.empty()) RunFirst(lock);
    if (running_ == 0) return;
    ended_.wait(lock, [this] { return running_ == 0 || !queue_.empty(); });
  }
}

// Returns whether the address is a new one.
bool Prober::AddTask(const std::shared_ptr<Job>& job, size_t host,
                     const Address& address) {
  const uint16_t port = job->verdict.next_hop.port;
  const auto [entry, is_new] =
      tasks_.try_emplace(KeyOf(job->verdict.hosts[host], address, port),
                         Task{job, host, TargetOn(address, port)});
  Task& task = entry->second;
  if (is_new) queue_.emplace_back([this, &task] { Run(task); });
  const bool waits =
      !task.done && (task.waiting.empty() || task.waiting.back() != job);
  if (waits) {
    task.waiting.push_back(job);
    ++job->open;
  }
  return is_new;
}

// The first address of each host, then the second, until the bounds are met.
// What another host has queued costs nothing.
void Prober::AddTasks(const std::shared_ptr<Job>& job) {
  const std::vector<HostVerdict>& hosts = job->verdict.hosts;
  std::vector<std::vector<Address>> orders;
  for (const HostVerdict& host : hosts) {
    orders.push_back(host.duty == Duty::kSkip ? std::vector<Address>()
                                              : OrderOf(host));
  }
  size_t left = options_.addresses_of_domain;
  for (size_t turn = 0; turn < options_.addresses_of_host; ++turn) {
    for (size_t i = 0; i < hosts.size(); ++i) {
      if (turn >= orders[i].size()) continue;
      if (left == 0) return;
      if (AddTask(job, i, orders[i][turn])) --left;
    }
  }
}

// Where the system gives fewer, whoever waits does the work.
void Prober::AddThreads() {
  try {
    for (size_t more = queue_.size();
         more > idle_ && threads_.size() + 1 < options_.parallel; --more) {
      threads_.emplace_back([this] { Loop(); });
    }
  } catch (const std::system_error&) {
    threads_.shrink_to_fit();
  }
}

void Prober::Loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    ++idle_;
    queued_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    --idle_;
    if (queue_.empty()) return;
    RunFirst(lock);
  }
}

void Prober::RunFirst(std::unique_lock<std::mutex>& lock) {
  const std::function<void()> work = std::move(queue_.front());
  queue_.pop_front();
  ++running_;
  lock.unlock();
  work();
  lock.lock();
  --running_;
  ended_.notify_all();
}

void Prober::Run(Task& task) {
  AddressEvidence evidence =
      ProbeAddress(context_.get(), task.first->verdict.hosts[task.host],
                   task.target, options_);
  std::vector<std::shared_ptr<Job>> complete;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    task.evidence = std::move(evidence);
    task.done = true;
    for (const std::shared_ptr<Job>& job : task.waiting) {
      if (--job->open == 0) complete.push_back(job);
    }
    task.waiting.clear();
  }
  for (const std::shared_ptr<Job>& job : complete) End(*job);
}

void Prober::End(const Job& job) {
  DomainEvidence evidence;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    evidence = EvidenceOf(job.verdict);
  }
  job.on_evidence(std::move(evidence));
}

DomainEvidence Prober::EvidenceOf(const Verdict& verdict) const {
  DomainEvidence all;
  for (const HostVerdict& host : verdict.hosts) {
    HostEvidence& evidence = all.hosts.emplace_back();
    for (const HostAddress& each : host.addresses) {
      AddressEvidence& address = evidence.addresses.emplace_back();
      address.address = each.address;
      if (host.duty == Duty::kSkip) continue;
      const auto task =
          tasks_.find(KeyOf(host, each.address, verdict.next_hop.port));
      if (task != tasks_.end() && task->second.done) {
        address = task->second.evidence;
      }
    }
  }
  return all;
}

}  // namespace danebound
