// resolv.conf(5): the name servers that a mail server of this machine asks.
#ifndef DANEBOUND_STUB_SERVE_RESOLV_CONF_H_
#define DANEBOUND_STUB_SERVE_RESOLV_CONF_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

struct ResolvConf {
  std::vector<std::string> nameservers;  // the first three, as the libc takes
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

// Says whether a text is an IP address of the loopback: nobody else's machine
// is on the way to it. 127.0.0.0/8, ::1.
bool IsLoopback(const std::string& address);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_RESOLV_CONF_H_
