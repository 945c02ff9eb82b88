// One word for all hosts of a next hop: the TLS policies that Postfix knows.
// Postfix then looks MX, addresses and TLSA up itself, and treats each host as
// the word permits; docs/serve.md says what that keeps of a verdict.
#ifndef DANEBOUND_STUB_SERVE_TLS_POLICY_H_
#define DANEBOUND_STUB_SERVE_TLS_POLICY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "stub/dane/conclude.h"
#include "stub/dane/verdict.h"
#include "stub/serve/socketmap.h"

namespace danebound {

enum class TlsPolicy : uint8_t {
  kUnknown = 0,  // TEMP: nothing is known of the next hop
  kDaneOnly,     // each host authenticates by TLSA, or is not used
  kDane,         // by TLSA where a host has it, else opportunistic
  kEncrypt,      // TLS without authentication
  kMay,          // opportunistic
  kNone,         // NOTFOUND: DANE says nothing, the MTA's own settings decide
};

// "unknown", "dane-only", "dane", "encrypt", "may", "none".
absl::string_view ToText(TlsPolicy policy);

// Says whether DANE touches a host: it has secure TLSA records, or that could
// not be found out, because an address or TLSA lookup failed or because it was
// not evaluated. RFC 7672 2.1.2.
bool IsTouched(const HostVerdict& host);

// Finds the policy that serves all hosts of a verdict.
//
//   verdict required          dane-only, RFC 7672 6
//   MX lookup failed          unknown
//   no host that DANE touches none
//   insecure MX               by `choice`: may, encrypt, dane
//   secure MX, all hosts listed and `authenticate`
//                             dane-only
//   else                      dane
//
// RFC 7672 2.1.2, 2.2.1.
//
//   choice  with which the verdict was concluded.
TlsPolicy PolicyFor(const Verdict& verdict, InsecureMx choice);

// The reply for a policy. The text of TEMP is the verdict's first reason.
SocketmapReply ReplyFor(TlsPolicy policy, const Verdict& verdict);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_TLS_POLICY_H_
