// The probe: connects to hosts of verdicts as an MTA would, and says what was
// seen. It sends EHLO, STARTTLS and QUIT, never a message.
//
//   verdicts --> one conversation an address, many side by side --> evidence
//
//   TCP --> banner --> EHLO --> STARTTLS --> TLS --> EHLO --> QUIT
#ifndef DANEBOUND_STUB_CHECK_PROBE_H_
#define DANEBOUND_STUB_CHECK_PROBE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/check/evidence.h"
#include "stub/dane/address.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/openssl/pointers.h"
#include "stub/smtp/session.h"

namespace danebound {

// Submission with TLS from the first octet. RFC 8314 3.
inline constexpr uint16_t kImplicitTlsPort = 465;

// Where to connect, and how TLS begins there.
struct Target {
  Address address;
  uint16_t port = kSmtpPort;
  TlsStart start = TlsStart::kStartTls;
};

// The target on a port: implicit TLS on kImplicitTlsPort, else STARTTLS.
Target TargetOn(const Address& address, uint16_t port);

struct ProbeOptions {
  // Of each connection, from its start to its end; positive. The second
  // handshake of an address is a connection of its own.
  absl::Duration timeout = absl::Seconds(30);
  // Addresses that are connected to, at most, lest one domain makes this client
  // knock at thousands of doors: each host has its first before any has its
  // second, IPv4 and IPv6 by turns.
  size_t addresses_of_host = 16;
  size_t addresses_of_domain = 64;
  // Connections at the same time, at least 1; each has a thread.
  size_t parallel = 32;
  // This client's name for EHLO; empty: its address literal of the connection.
  std::string helo_name;
  // Seconds since the epoch at which certificates must be valid; nullopt: now.
  absl::optional<int64_t> time;
};

// Probes one address of a host that is not skipped.
//
//   context  of NewTlsContext.
AddressEvidence ProbeAddress(SSL_CTX* context, const HostVerdict& host,
                             const Target& target, const ProbeOptions& options);

// Probes the hosts of all verdicts, as Prober does.
//
//   on_done  called as verdicts are done with, from any thread but one at a
//            time: how many of how many.
//   returns  one each, in the order of the verdicts.
//   errors   Internal  OpenSSL gives no context.
absl::StatusOr<std::vector<DomainEvidence>> Probe(
    const std::vector<Verdict>& verdicts, const ProbeOptions& options,
    const std::function<void(size_t done, size_t all)>& on_done);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CHECK_PROBE_H_
