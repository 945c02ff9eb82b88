// resolv.conf(5): the name servers that a mail server of this machine asks.
#ifndef DANEBOUND_STUB_SERVE_RESOLVER_RESOLV_CONF_H_
#define DANEBOUND_STUB_SERVE_RESOLVER_RESOLV_CONF_H_

#include <sys/socket.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

struct ResolvConf {
  // The first three that are addresses, as the libc takes them; as written.
  std::vector<std::string> nameservers;
  bool trust_ad = false;

  friend bool operator==(const ResolvConf&, const ResolvConf&) = default;
};

// Parses a resolv.conf(5). Without nameservers it is that of this machine.
ResolvConf ParseResolvConf(absl::string_view text);

// Reads a regular file of at most 64 KiB. It does not wait for anybody, as a
// pipe in its place would have it.
//
//   errors   NotFound            there is none.
//            FailedPrecondition  it is no regular file, or larger.
//            and others where it cannot be read; all begin with the path.
absl::StatusOr<std::string> ReadResolvConf(const std::string& path);

// Where a name server is to be asked: its address, and port 53.
struct NameServerAddress {
  sockaddr_storage socket_address{};
  socklen_t size = 0;
};

// Reads an IP address as the libc does in resolv.conf: an IPv6 address may have
// a scope, "fe80::1%eth0". One of IPv4 within IPv6 (::ffff:0:0/96) is that of
// IPv4.
//
//   returns  nullopt: it is none, or this machine knows no such scope.
absl::optional<NameServerAddress> ReadAddress(const std::string& text);

// The one way to write the address of a text; empty where ReadAddress finds
// none.
std::string CanonicalAddress(const std::string& text);

// Says whether a text is an address that this machine itself has: nobody is on
// the way to it. The loopback, the unspecified address, which means it, and
// what a socket can be bound to; these last not where one can be bound to any
// address (net.ipv4.ip_nonlocal_bind).
bool IsOfThisMachine(const std::string& address);

// Says whether a text is an IP address of the loopback: nobody else's machine
// is on the way to it. 127.0.0.0/8, ::1.
bool IsLoopback(const std::string& address);

// Says why a mail server may not rest on what a name server says, whatever AD
// it sets: "it is not on this machine, …"; empty where it may. Somebody else
// may have set the bit: on the way to another machine, or behind one that
// passes it on, as Docker's name server and the proxy of systemd-resolved do.
//
//   address  as in resolv.conf.
//   trusted  addresses that the settings trust (mta_trusted_resolvers).
std::string WhyNotToRestOn(const std::string& address,
                           const std::vector<std::string>& trusted);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_RESOLVER_RESOLV_CONF_H_
