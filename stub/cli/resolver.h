// Who answers: the module behind a socket, or libunbound in this process.
#ifndef DANEBOUND_STUB_CLI_RESOLVER_H_
#define DANEBOUND_STUB_CLI_RESOLVER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/client/client.h"
#include "stub/client/options.h"
#include "stub/dane/verdict.h"
#include "stub/embedded/embedded.h"

namespace danebound {

struct Resolver {
  bool embedded = false;
  std::string unbound_conf;  // embedded only; empty: the Internet's root
  std::string socket_path = std::string(kDefaultSocketPath);  // not embedded
};

// A client of the module, for a resolver that is not embedded. It bears a
// socket that is gone for as long as a reload takes.
Client ClientFor(const Resolver& resolver);

// Options for libunbound, for a resolver that is embedded.
EmbeddedOptions EmbeddedOptionsFor(const Resolver& resolver);

// Looks many domains up side by side; returns when each has had its call.
//
//   domains  as people type them, see ReadNextHop.
//   port     where a domain names none.
//   on_end   called once for each domain, by its index and in any order, with
//            its verdict or with why there is none.
void LookUpAll(
    const Resolver& resolver, const std::vector<std::string>& domains,
    uint16_t port, const LookupOptions& options,
    const std::function<void(size_t, const absl::StatusOr<Verdict>&)>& on_end);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_RESOLVER_H_
