// Who writes resolv.conf(5) on this machine, and what makes him name this
// machine's own resolver.
#ifndef DANEBOUND_STUB_MTA_RESOLV_CONF_WRITER_H_
#define DANEBOUND_STUB_MTA_RESOLV_CONF_WRITER_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// What is seen of a writer.
struct ResolvConfTraces {
  std::string target;  // of the symbolic link that it is; empty: it is none
  std::string text;
  bool has_dhclient = false;  // dhclient(8) runs
};

struct ResolvConfWriter {
  std::string name;    // "NetworkManager"
  std::string remedy;  // what to do about it
};

// Looks at a file, and at who runs beside it. What cannot be read has no text.
ResolvConfTraces LookForWriters(const std::string& path);

// Returns nullopt where nobody is seen to write it: it is the operator's own.
absl::optional<ResolvConfWriter> FindResolvConfWriter(
    const ResolvConfTraces& traces);

// The text of a resolv.conf with this machine in the place of its name servers,
// and "options trust-ad"; what else stands there stays.
std::string WithOwnResolver(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_MTA_RESOLV_CONF_WRITER_H_
