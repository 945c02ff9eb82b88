#include "stub/cli/resolver.h"

#include <memory>

#include "absl/status/status.h"
#include "stub/cli/service_name.h"
#include "stub/cli/socket_access.h"
#include "stub/dane/next_hop.h"

namespace danebound {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(2);

using OnEnd = std::function<void(size_t, const absl::StatusOr<Verdict>&)>;

// The next hops among the domains, and where each stands in the list.
struct NextHops {
  std::vector<NextHop> next_hops;
  std::vector<size_t> indexes;
};

NextHops ParseAll(const std::vector<std::string>& domains, uint16_t port,
                  const OnEnd& on_end) {
  NextHops parsed;
  for (size_t i = 0; i < domains.size(); ++i) {
    const absl::StatusOr<NextHop> next_hop = ReadNextHop(domains[i], port);
    if (next_hop.ok()) {
      parsed.next_hops.push_back(*next_hop);
      parsed.indexes.push_back(i);
    } else {
      on_end(i, next_hop.status());
    }
  }
  return parsed;
}

void LookUpEmbedded(const Resolver& resolver, const NextHops& parsed,
                    const LookupOptions& options, const OnEnd& on_end) {
  std::vector<bool> ended(parsed.indexes.size());
  auto embedded = Embedded::New(EmbeddedOptionsFor(resolver));
  absl::Status status = embedded.status();
  if (status.ok()) {
    status = (*embedded)->LookupAll(parsed.next_hops, options.choices,
                                    options.timeout,
                                    [&](size_t index, const Verdict& verdict) {
                                      ended[index] = true;
                                      on_end(parsed.indexes[index], verdict);
                                    });
  }
  for (size_t i = 0; i < ended.size(); ++i) {
    if (!ended[i]) on_end(parsed.indexes[i], status);
  }
}

}  // namespace

Client ClientFor(const Resolver& resolver) {
  return Client({resolver.socket_path, kPatience});
}

EmbeddedOptions EmbeddedOptionsFor(const Resolver& resolver) {
  EmbeddedOptions options;
  options.unbound_conf = resolver.unbound_conf;
  return options;
}

void LookUpAll(const Resolver& resolver,
               const std::vector<std::string>& domains, uint16_t port,
               const LookupOptions& options, const OnEnd& on_end) {
  const NextHops parsed = ParseAll(domains, port, on_end);
  if (resolver.embedded) {
    LookUpEmbedded(resolver, parsed, options, on_end);
    return;
  }
  ClientFor(resolver).LookupAll(
      parsed.next_hops, options,
      [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
        on_end(parsed.indexes[index],
               verdict.ok()
                   ? verdict
                   : SayWhoMayOpen(verdict.status(), resolver.socket_path));
      });
}

}  // namespace danebound
