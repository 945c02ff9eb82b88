// What Postfix is told of a next hop: the word of tls_policy.h, or the pins
// themselves. docs/serve.md has the table.
//
//   pins = "fingerprint match=" pin *( "|" pin ) " servername=" name
//   pin  = a SHA2-256 digest, "01:23:…", of a certificate or a public key
//
// Under `dane` and `dane-only` Postfix looks MX and TLSA up once more, by its
// own resolver. With pins it holds to the verdict whatever that resolver says.
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_POSTFIX_POLICY_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_POSTFIX_POLICY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"
#include "stub/serve/socketmap/socketmap.h"
#include "stub/serve/socketmap/tls_policy.h"

namespace danebound {

// The reason of a reply that waits for Postfix's own resolver.
inline constexpr absl::string_view kMtaResolver = "mta-resolver";

// The pins that serve all hosts of a verdict; nullopt where there are none:
//
//   - each host is `authenticate` or `skip`, one at least `authenticate`;
//   - of the latter every record that counts is DANE-EE(3) with SHA2-256(1);
//   - they share one base domain, which is the `servername`; or each one's is
//     its own name, and the `servername` is "hostname" (RFC 7672 8.1);
//   - there are at most 256 of them.
absl::optional<std::string> PinsOf(const Verdict& verdict);

// How Postfix is to be told.
struct PostfixWay {
  bool pins = false;  // wherever there are some
  // Why it may not rest on its own resolver, see ResolverWatch::fault.
  absl::string_view resolver_fault;
};

// The reply for a policy of PolicyFor. While Postfix's resolver has
// not shown itself to be good it is TEMP in place of `dane`, which would demand
// nothing, and of what is said of a next hop that takes no mail: Postfix would
// look for itself, and might find somebody who does. RFC 7672 2.1.1, 2.2.
SocketmapReply PostfixReplyFor(TlsPolicy policy, const Verdict& verdict,
                               const PostfixWay& way);

// Says whether a reply of PostfixReplyFor is TEMP for the resolver's fault.
bool WaitsForResolver(const SocketmapReply& reply);

// Adds to a reply what Postfix 3.10 and later need for reports (RFC 8460),
// where the word is none of DANE: `policy_type=no-policy-found` and
// `policy_domain`. Under `dane` and `dane-only` Postfix reports by itself, and
// takes none. Those before 3.10 defer on these attributes.
void AddTlsrpt(const NextHop& next_hop, SocketmapReply* reply);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_POSTFIX_POLICY_H_
