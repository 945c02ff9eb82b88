// The embedded driver: the same verdicts as the module gives, from libunbound
// inside the calling process, for hosts whose Unbound has no module.
//
//   next hops --> Lookup (stub/dane/lookup.h) --> questions --> libunbound
//                    ^                                             |
//                    +-- Answer <-- packet.h <-- answer packet ----+
//
// The caller chooses it; nothing falls back to it silently. libunbound keeps
// its log, and a few settings, per process: a process should have one Embedded,
// and use libunbound for nothing else. An Embedded belongs to one thread at a
// time, and is not used after fork().
//
// What it can't know: libunbound does not tell an insecure answer proven so
// from one below no trust anchor, so Answer::below_trust_anchor is always true.
// Local data of the configuration (local-zone, local-data, auth-zone) counts
// and is insecure; the module does not see it.
#ifndef DANEBOUND_STUB_EMBEDDED_EMBEDDED_H_
#define DANEBOUND_STUB_EMBEDDED_EMBEDDED_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "stub/dane/conclude.h"
#include "stub/dane/dns.h"
#include "stub/dane/lookup.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/wire/message.h"

namespace danebound {

// Debian's copy of the root's keys (package dns-root-data).
inline constexpr absl::string_view kRootTrustAnchorFile =
    "/usr/share/dns/root.key";

struct EmbeddedOptions {
  // An ordinary unbound.conf, also the very file of a running Unbound: its
  // hints, stubs, forwarders, trust anchors and limits count; what concerns a
  // server (interfaces, user, chroot, remote control, log, module-config) does
  // not, and nothing is written. Empty: the Internet's root.
  std::string unbound_conf;

  // A file of DS or DNSKEY records, besides those of unbound_conf. Empty: the
  // file's own where there is one, else kRootTrustAnchorFile.
  std::string trust_anchor_file;

  LookupLimits limits;

  // Next hops looked up at the same time, at least 1. Each has few questions
  // open, see question_queue.h.
  size_t parallel_lookups = 64;

  // IP addresses of resolvers to ask instead of the Internet's servers, beside
  // those that unbound_conf forwards all to. What they say is validated too.
  std::vector<std::string> forwarders;
};

class Embedded {
 public:
  // Called once for each next hop.
  //
  //   index    of the next hop in the list given to LookupAll.
  //   verdict  its verdict; equal preferences are shuffled.
  using OnVerdict = std::function<void(size_t index, const Verdict& verdict)>;

  // Sets up a validating resolver; asks nothing yet. While it runs, the working
  // directory and the C stream stderr of the process are changed and put back:
  // call it before other threads use them.
  //
  //   errors   NotFound            a file does not exist or can't be read.
  //            InvalidArgument     libunbound refuses the configuration.
  //            FailedPrecondition  no verdict could be trusted: no trust
  //                                anchor, or val-permissive-mode is on.
  //            ResourceExhausted   memory.
  //            The text names file and setting, and says what to do.
  static absl::StatusOr<std::unique_ptr<Embedded>> New(
      const EmbeddedOptions& options);

  Embedded(const Embedded&) = delete;
  Embedded& operator=(const Embedded&) = delete;
  ~Embedded();

  // Looks up many next hops side by side; returns when each has its verdict.
  //
  //   choices     what the caller decides (stub/dane/conclude.h).
  //   timeout     for each next hop, from when its lookup starts, which is when
  //               one of options.parallel_lookups is free. At its end what is
  //               open counts as failed: hosts already known stand.
  //   on_verdict  called as verdicts come, in any order; must not call back
  //               into this object.
  //   errors      InvalidArgument  the timeout is not positive.
  //               Internal         the event loop failed; next hops without a
  //                                call of on_verdict have no verdict: defer.
  absl::Status LookupAll(const std::vector<NextHop>& next_hops,
                         const Choices& choices, absl::Duration timeout,
                         const OnVerdict& on_verdict);

  // Looks up one next hop, as LookupAll does.
  absl::StatusOr<Verdict> Lookup(const NextHop& next_hop,
                                 const Choices& choices,
                                 absl::Duration timeout);

  // Asks one question of any type.
  //
  //   timeout  for the answer; the first one may need the keys of all zones
  //            above.
  //   returns  the answer, a failure if need be. In CNAME, MX, NS and DNAME
  //            alone are names in RDATA uncompressed.
  Answer Ask(const Question& question, absl::Duration timeout);

  // Says whether this resolver can vouch for anything: "libunbound" (its
  // version), "validator", "trust-anchor" (which) and "known-name-secure" (the
  // root's denial of an address, which needs the network).
  //
  //   timeout  for the known name.
  std::vector<SelfTestCheck> SelfTest(absl::Duration timeout);

 private:
  class Resolver;

  explicit Embedded(std::unique_ptr<Resolver> resolver);

  std::unique_ptr<Resolver> resolver_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_EMBEDDED_H_
