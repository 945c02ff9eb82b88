// One word for all hosts of a next hop: what the rules of Sendmail's map
// `sendmail` understand (unbound-conf/sendmail-danebound.m4).
//
//   TEMP+ENCR:128   TLS with 128 bits at least, without authentication; else
//                   the message waits. In the words of Sendmail's access map.
//   authenticate    a host authenticates by TLSA, or must not be used. Sendmail
//                   can do neither: a relay that can takes the message, or it
//                   waits. Never served by encryption.
//   defer:REASON    nothing is known: the message waits. Not TEMP, of which
//                   Sendmail logs no reason.
//   NOTFOUND        nothing is demanded
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_SENDMAIL_POLICY_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_SENDMAIL_POLICY_H_

#include "absl/strings/string_view.h"
#include "stub/dane/verdict.h"
#include "stub/serve/socketmap/socketmap.h"
#include "stub/serve/socketmap/tls_policy.h"

namespace danebound {

// The reply for a policy of PolicyFor. RFC 7672 2.2, 2.1.2.
//
//   dane-only      authenticate
//   dane           TEMP+ENCR:128 where that is all that any host is owed: each
//                  that DANE touches has the duty `encrypt`; else authenticate
//   encrypt        TEMP+ENCR:128
//   none           NOTFOUND
//   unknown        defer, with the id of WhyDeferred
SocketmapReply SendmailReplyFor(TlsPolicy policy, const Verdict& verdict);

// The reply where there is no verdict.
//
//   id  why: letters and hyphens, e.g. "deadline".
SocketmapReply SendmailDefer(absl::string_view id);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_SENDMAIL_POLICY_H_
