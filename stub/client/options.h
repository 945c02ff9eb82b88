// What the caller of a client chooses.
#ifndef DANEBOUND_STUB_CLIENT_OPTIONS_H_
#define DANEBOUND_STUB_CLIENT_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/wire/message.h"

namespace danebound {

// Where the module listens unless its settings say otherwise.
inline constexpr absl::string_view kDefaultSocketPath =
    "/run/danebound/module.sock";

struct ClientOptions {
  std::string socket_path = std::string(kDefaultSocketPath);

  // How long a socket that is gone, or a connection that breaks, is borne
  // before requests fail for it: the module closes its socket at a reload. Each
  // request's own deadline holds besides. After that time requests fail at the
  // first attempt, until one has had a reply.
  absl::Duration patience = absl::Seconds(5);

  // Connections at once. One more is made when all have as many requests open
  // as they may (64), or many that are not answered for long: these then keep
  // nothing else waiting. The module bounds them too (max_connections_per_user,
  // max_lookups_per_user).
  size_t most_connections = 16;
};

struct LookupOptions {
  Choices choices;
  Freshness freshness = Freshness::kAny;
  // The whole call ends within this. Positive; more than a day is a day.
  absl::Duration timeout = absl::Seconds(30);
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_OPTIONS_H_
