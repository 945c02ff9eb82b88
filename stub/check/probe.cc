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

// An address to probe, and who wants to know.
struct Target {
  const HostVerdict* host = nullptr;
  const Address* address = nullptr;
  AddressEvidence evidence;
};

std::string KeyOf(const HostVerdict& host, const Address& address) {
  return absl::StrCat(host.tls_key, " ", address.ToText());
}

// Gives each target a key, under which hosts that owe the same share it.
std::map<std::string, Target> TargetsOf(const std::vector<Verdict>& verdicts) {
  std::map<std::string, Target> targets;
  for (const Verdict& verdict : verdicts) {
    for (const HostVerdict& host : verdict.hosts) {
      if (host.duty == Duty::kSkip) continue;
      for (const HostAddress& each : host.addresses) {
        targets.try_emplace(KeyOf(host, each.address),
                            Target{&host, &each.address, {}});
      }
    }
  }
  return targets;
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

void ProbeTargets(std::vector<Target*>& targets, SSL_CTX* context,
                  const ProbeOptions& options,
                  const std::function<void(size_t, size_t)>& on_done) {
  std::mutex mutex;
  size_t done = 0;
  ForEach(targets.size(), options.parallel, [&](size_t index) {
    Target& target = *targets[index];
    target.evidence =
        ProbeAddress(context, *target.host, *target.address, options);
    const std::lock_guard<std::mutex> lock(mutex);
    if (on_done) on_done(++done, targets.size());
  });
}

HostEvidence EvidenceOf(const HostVerdict& host,
                        const std::map<std::string, Target>& targets) {
  HostEvidence evidence;
  for (const HostAddress& each : host.addresses) {
    AddressEvidence& address = evidence.addresses.emplace_back();
    address.address = each.address;
    if (host.duty == Duty::kSkip) continue;
    address = targets.at(KeyOf(host, each.address)).evidence;
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

AddressEvidence ProbeAddress(SSL_CTX* context, const HostVerdict& host,
                             const Address& address,
                             const ProbeOptions& options) {
  AddressEvidence evidence =
      Converse(context, host, address, options, KeyLimit::kNone);
  const KeyLimit limit = OtherThan(evidence.tls.key_type);
  if (evidence.trouble != Trouble::kNone || limit == KeyLimit::kNone ||
      evidence.tls.result.outcome != TlsOutcome::kAuthenticated) {
    return evidence;
  }
  AddressEvidence other = Converse(context, host, address, options, limit);
  if (!other.tls.chain.empty()) evidence.other_key = std::move(other.tls);
  return evidence;
}

absl::StatusOr<std::vector<DomainEvidence>> Probe(
    const std::vector<Verdict>& verdicts, const ProbeOptions& options,
    const std::function<void(size_t, size_t)>& on_done) {
  const absl::StatusOr<SslCtxPtr> context = NewTlsContext();
  if (!context.ok()) return context.status();
  std::map<std::string, Target> targets = TargetsOf(verdicts);
  std::vector<Target*> pending;
  for (auto& [key, target] : targets) pending.push_back(&target);
  ProbeTargets(pending, context->get(), options, on_done);
  std::vector<DomainEvidence> evidence(verdicts.size());
  for (size_t i = 0; i < verdicts.size(); ++i) {
    for (const HostVerdict& host : verdicts[i].hosts) {
      evidence[i].hosts.push_back(EvidenceOf(host, targets));
    }
  }
  return evidence;
}

}  // namespace danebound
