#include "stub/check/probe.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/check/conversation.h"
#include "stub/openssl/tls_setup.h"

namespace danebound {
namespace {

// A probe to make, and what came of it.
struct Task {
  const HostVerdict* host = nullptr;
  Target target;
  AddressEvidence evidence;
};

// By a key that hosts share where they owe the same address the same.
using Tasks = std::map<std::string, Task>;

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

// Adds the probes of one verdict: the first address of each host, then the
// second, until the bounds are met. What another host has queued costs nothing.
void AddTasks(const Verdict& verdict, const ProbeOptions& options,
              Tasks& tasks) {
  std::vector<std::pair<const HostVerdict*, std::vector<Address>>> hosts;
  for (const HostVerdict& host : verdict.hosts) {
    if (host.duty != Duty::kSkip) hosts.emplace_back(&host, OrderOf(host));
  }
  const uint16_t port = verdict.next_hop.port;
  size_t left = options.addresses_of_domain;
  for (size_t turn = 0; turn < options.addresses_of_host; ++turn) {
    for (const auto& [host, order] : hosts) {
      if (turn >= order.size()) continue;
      if (left == 0) return;
      const bool added =
          tasks
              .try_emplace(KeyOf(*host, order[turn], port),
                           Task{host, TargetOn(order[turn], port), {}})
              .second;
      if (added) --left;
    }
  }
}

Tasks TasksOf(const std::vector<Verdict>& verdicts,
              const ProbeOptions& options) {
  Tasks tasks;
  for (const Verdict& verdict : verdicts) AddTasks(verdict, options, tasks);
  return tasks;
}

// Calls `work` for 0 to count - 1 from up to `threads` threads, this one among
// them; where the system gives fewer, from fewer.
void ForEach(size_t count, size_t threads,
             const std::function<void(size_t)>& work) {
  std::atomic<size_t> next = 0;
  const auto run = [&] {
    for (size_t i = next++; i < count; i = next++) work(i);
  };
  std::vector<std::thread> others;
  try {
    while (others.size() + 1 < std::min(count, threads)) {
      others.emplace_back(run);
    }
  } catch (const std::system_error&) {
    others.shrink_to_fit();
  }
  run();
  for (std::thread& each : others) each.join();
}

void RunTasks(Tasks& tasks, SSL_CTX* context, const ProbeOptions& options,
              const std::function<void(size_t, size_t)>& on_done) {
  std::vector<Task*> pending;
  for (auto& [key, task] : tasks) pending.push_back(&task);
  std::mutex mutex;
  size_t done = 0;
  ForEach(pending.size(), options.parallel, [&](size_t index) {
    Task& task = *pending[index];
    task.evidence = ProbeAddress(context, *task.host, task.target, options);
    const std::lock_guard<std::mutex> lock(mutex);
    if (on_done) on_done(++done, pending.size());
  });
}

HostEvidence EvidenceOf(const HostVerdict& host, uint16_t port,
                        const Tasks& tasks) {
  HostEvidence evidence;
  for (const HostAddress& each : host.addresses) {
    AddressEvidence& address = evidence.addresses.emplace_back();
    address.address = each.address;
    if (host.duty == Duty::kSkip) continue;
    const auto task = tasks.find(KeyOf(host, each.address, port));
    if (task != tasks.end()) address = task->second.evidence;
  }
  return evidence;
}

// Which keys to ask for in a second handshake.
KeyLimit OtherThan(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return KeyLimit::kEcdsa;
    case KeyType::kEcdsa:
      return KeyLimit::kRsa;
    case KeyType::kOther:
      return KeyLimit::kNone;
  }
  return KeyLimit::kNone;
}

}  // namespace

Target TargetOn(const Address& address, uint16_t port) {
  return {address, port,
          port == kImplicitTlsPort ? TlsStart::kImplicit : TlsStart::kStartTls};
}

AddressEvidence ProbeAddress(SSL_CTX* context, const HostVerdict& host,
                             const Target& target,
                             const ProbeOptions& options) {
  AddressEvidence evidence =
      Converse(context, host, target, options, KeyLimit::kNone);
  const KeyLimit limit = OtherThan(evidence.tls.key_type);
  if (evidence.trouble != Trouble::kNone || limit == KeyLimit::kNone) {
    return evidence;
  }
  AddressEvidence other = Converse(context, host, target, options, limit);
  const bool came_to_tls = !other.tls.result.why.empty();
  if (!other.tls.chain.empty()) {
    evidence.other_key = std::move(other.tls);
  } else if (!came_to_tls) {
    evidence.other_key_why = std::move(other.why);
  }
  return evidence;
}

absl::StatusOr<std::vector<DomainEvidence>> Probe(
    const std::vector<Verdict>& verdicts, const ProbeOptions& options,
    const std::function<void(size_t, size_t)>& on_done) {
  const absl::StatusOr<SslCtxPtr> context = NewTlsContext();
  if (!context.ok()) return context.status();
  Tasks tasks = TasksOf(verdicts, options);
  RunTasks(tasks, context->get(), options, on_done);
  std::vector<DomainEvidence> evidence(verdicts.size());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    for (const HostVerdict& host : verdicts[i].hosts) {
      evidence[i].hosts.push_back(
          EvidenceOf(host, verdicts[i].next_hop.port, tasks));
    }
  }
  return evidence;
}

}  // namespace danebound
