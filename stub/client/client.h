// A blocking client of the module: facts over the socket, the verdict from the
// facts.
//
//   Client client({.socket_path = "/run/danebound/module.sock"});
//   absl::StatusOr<Verdict> verdict = client.Lookup(next_hop, options);
//   if (!verdict.ok()) defer the message and log verdict.status()
//
// One connection is kept between calls and made again when it ends; LookupAll
// has more where it needs them. For use from several threads give each a
// Client; see EventClient for event loops, and for fork() and signals.
#ifndef DANEBOUND_STUB_CLIENT_CLIENT_H_
#define DANEBOUND_STUB_CLIENT_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <random>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/client/event_client.h"
#include "stub/client/options.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/wire/message.h"

namespace danebound {

class Client {
 public:
  // Called once for each next hop of LookupAll.
  //
  //   index  of the next hop in the list.
  using OnVerdict =
      std::function<void(size_t index, absl::StatusOr<Verdict> verdict)>;

  // Connects at the first call, not before.
  explicit Client(ClientOptions options = {});

  // Every call ends within its timeout. Its errors are those of
  // EventClient::Finished, and all of them mean: no verdict, defer.

  // Looks up one next hop. Equal preferences are shuffled. A literal needs no
  // module.
  absl::StatusOr<Verdict> Lookup(const NextHop& next_hop,
                                 const LookupOptions& options = {});

  // Looks up many next hops, up to 256 side by side; returns when each has its
  // verdict or its error.
  //
  //   options     the timeout is for each, from when its lookup starts.
  //   on_verdict  called as they come, in any order; must not call back into
  //               this object.
  void LookupAll(const std::vector<NextHop>& next_hops,
                 const LookupOptions& options, const OnVerdict& on_verdict);

  // Names and versions of module and resolver.
  //
  //   name  who asks, for the module's log; up to 255 octets.
  absl::StatusOr<HelloReply> Hello(absl::string_view name,
                                   absl::Duration timeout);

  absl::StatusOr<StatsReply> Stats(absl::Duration timeout);

  // Drops one entry of the module's cache, or all of them (nullopt).
  absl::StatusOr<FlushReply> Flush(const absl::optional<NextHop>& next_hop,
                                   absl::Duration timeout);

  // Asks the module whether its resolver can vouch for anything.
  absl::StatusOr<SelfTestReply> SelfTest(absl::Duration timeout);

 private:
  // Kind: of the reply to that request.
  template <typename Kind>
  absl::StatusOr<Kind> Call(const Request& request, absl::Duration timeout);
  // Waits until something finished, and takes it.
  std::vector<EventClient::Finished> WaitFinished();
  absl::StatusOr<Verdict> VerdictOf(const absl::StatusOr<ClientReply>& reply,
                                    const Choices& choices);

  EventClient client_;
  std::mt19937 random_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_CLIENT_H_
