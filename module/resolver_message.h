// What the resolver found for one question, as values, and the rules' Answer
// made of it. This is where Unbound's words become those of the rules:
//
//   sec_status     secure -> secure, insecure -> insecure,
//                  indeterminate -> insecure, below no trust anchor,
//                  bogus, sentinel_fail -> bogus, unchecked -> failed
#ifndef DANEBOUND_MODULE_RESOLVER_MESSAGE_H_
#define DANEBOUND_MODULE_RESOLVER_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/dane/reading.h"

namespace danebound {

// Unbound's sec_status.
enum class ResolverSecurity : uint8_t {
  kUnchecked = 0,
  kBogus = 1,
  kIndeterminate = 2,
  kInsecure = 3,
  kSentinelFail = 4,
  kSecure = 5,
};

// Of one RRset; nullopt where nobody looked.
absl::optional<Security> SecurityOf(ResolverSecurity security);

// `rcode` is the reply's own where there is one.
struct ResolverMessage : DnsMessage {
  bool has_reply = false;
  bool is_readable = true;  // false: an RRset is missing from what is here
  // The resolver's cache gave what had ended (serve-expired): no answer.
  bool is_expired = false;
  ResolverSecurity security = ResolverSecurity::kUnchecked;
  std::string reasons;  // what the resolver noted of a failure, may be empty
  absl::optional<uint16_t> ede;  // means something only when bogus
};

// Makes the rules' Answer of a resolver's message.
//
//   now           seconds since the epoch.
//   below_anchor  says whether a trust anchor, or a point declared insecure,
//                 lies at or above a name. A message that is indeterminate
//                 although one lies above its whole chain was never validated:
//                 val-permissive-mode leaves such messages in the cache. It is
//                 bogus.
//   returns       failed for every RCODE but NOERROR and NXDOMAIN, whatever the
//                 security says: Unbound's error cache shows a SERVFAIL as an
//                 insecure answer without records. RFC 7672 2.1.1, 2.1.2.
Answer ToAnswer(const Question& question, const ResolverMessage& message,
                int64_t now,
                const std::function<bool(const Name&)>& below_anchor);

}  // namespace danebound

#endif  // DANEBOUND_MODULE_RESOLVER_MESSAGE_H_
