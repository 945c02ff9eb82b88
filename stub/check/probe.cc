#include "stub/check/probe.h"

#include <mutex>
#include <utility>

#include "stub/check/conversation.h"
#include "stub/check/prober.h"

namespace danebound {
namespace {

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
  if (other.tls.shows_a_key()) {
    evidence.other_key = std::move(other.tls);
  } else if (!came_to_tls) {
    evidence.other_key_why = std::move(other.why);
  }
  return evidence;
}

absl::StatusOr<std::vector<DomainEvidence>> Probe(
    const std::vector<Verdict>& verdicts, const ProbeOptions& options,
    const std::function<void(size_t, size_t)>& on_done) {
  auto prober = Prober::New(options);
  if (!prober.ok()) return prober.status();
  std::vector<DomainEvidence> evidence(verdicts.size());
  std::mutex mutex;
  size_t done = 0;
  for (size_t i = 0; i < verdicts.size(); ++i) {
    (*prober)->Start(verdicts[i], [&, i](DomainEvidence seen) {
      evidence[i] = std::move(seen);
      const std::lock_guard<std::mutex> lock(mutex);
      ++done;
      if (on_done) on_done(done, verdicts.size());
    });
  }
  (*prober)->Wait();
  return evidence;
}

}  // namespace danebound
