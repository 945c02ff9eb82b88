// One word for all hosts of a next hop: the TLS policies that Postfix knows.
// Postfix then looks MX, addresses and TLSA up itself, and treats each host as
// the word permits; docs/serve.md says what that keeps of a verdict.
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_TLS_POLICY_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_TLS_POLICY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "stub/dane/conclude.h"
#include "stub/dane/verdict.h"
#include "stub/serve/socketmap/socketmap.h"

namespace danebound {

enum class TlsPolicy : uint8_t {
  kUnknown = 0,  // TEMP: no host may be used now
  kDaneOnly,     // each host authenticates by TLSA, or is not used
  kDane,         // by TLSA where a host has it, else opportunistic
  kEncrypt,      // TLS without authentication
  kNone,         // NOTFOUND: DANE says nothing, the MTA's own settings decide
};

// "unknown", "dane-only", "dane", "encrypt", "none".
absl::string_view ToText(TlsPolicy policy);

// Says whether DANE touches a host: it has secure TLSA records, or that could
// not be found out, because an address or TLSA lookup failed or because it was
// not evaluated. RFC 7672 2.1.2.
bool IsTouched(const HostVerdict& host);

// Finds the policy that serves all hosts of a verdict. The first that fits:
//
//   disposition defer         unknown
//   disposition undeliverable none; under mandatory DANE dane-only
//   no host that DANE touches none
//   insecure MX               by `choice`: none, encrypt, dane; dane also where
//                             encrypt is chosen and a host is skipped
//   every host `authenticate` or `skip`, one of them `authenticate`
//                             dane-only; but dane where one of them has whole
//                             certificates and keys alone, and DANE is not
//                             mandatory
//   every host `encrypt`, and all are listed
//                             encrypt
//   else                      dane
//
// Never dane-only for an insecure MX: Postfix uses no host of one then.
// RFC 7672 2.1.2, 2.2.1, 6.
//
//   choice  with which the verdict was concluded.
TlsPolicy PolicyFor(const Verdict& verdict, InsecureMx choice);

// Why a verdict has the disposition defer: the last reason of the first host
// that may be used later, or the verdict's first reason.
struct Deferral {
  std::string id;    // letters and hyphens
  std::string text;  // names the host, where one is the cause
};
Deferral WhyDeferred(const Verdict& verdict);

// The reply for a policy. The text of TEMP is that of WhyDeferred.
SocketmapReply ReplyFor(TlsPolicy policy, const Verdict& verdict);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_TLS_POLICY_H_
