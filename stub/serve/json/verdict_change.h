// What has changed between two verdicts for one next hop. A lookup that failed
// tells nothing of what it was for: what was known before is kept beside the
// failure, and compared with what is known next. RFC 7672 2.1.2.
//
//   secure, TLSA --> failed --> secure, no TLSA
//              lookup-failed   lookup-recovered, tlsa-gone
#ifndef DANEBOUND_STUB_SERVE_JSON_VERDICT_CHANGE_H_
#define DANEBOUND_STUB_SERVE_JSON_VERDICT_CHANGE_H_

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/name.h"
#include "stub/dane/verdict.h"

namespace danebound {

// How the last lookup ended, and whether an earlier one did better.
enum class Knowledge : uint8_t {
  kNone = 0,  // it failed, and so did all before: the rest says nothing
  kOld,       // it failed: the rest is from before
  kNew,       // it did not fail
};

struct WatchedHost {
  Knowledge knowledge = Knowledge::kNone;
  Duty duty = Duty::kSkip;
  Cause cause = Cause::kNotEvaluated;
  std::vector<std::string> tlsa;  // "3 1 1 0b9f…", sorted
};

struct WatchedVerdict {
  Knowledge knowledge = Knowledge::kNone;
  Kind kind = Kind::kFailed;
  Security security = Security::kFailed;
  Disposition disposition = Disposition::kDefer;
  std::map<Name, WatchedHost> hosts;
};

// Takes from a verdict what is watched.
WatchedVerdict WatchedOf(const Verdict& verdict);

enum class ChangeId : uint8_t {
  kLookupFailed,     // of the next hop, or there is no verdict
  kLookupRecovered,  // it failed before
  kBecameInsecure,   // the MX answer was secure
  kBecameSecure,     // the MX answer was insecure
  kKindChanged,      // say from MX records to none
  kHostAdded,
  kHostRemoved,
  kHostFailed,     // a lookup for it failed, or it was not evaluated
  kHostRecovered,  // it failed before
  kTlsaAdded,
  kTlsaGone,
  kTlsaChanged,
  kDutyChanged,
};

inline constexpr auto kAllChanges = std::to_array<ChangeId>(
    {ChangeId::kLookupFailed, ChangeId::kLookupRecovered,
     ChangeId::kBecameInsecure, ChangeId::kBecameSecure, ChangeId::kKindChanged,
     ChangeId::kHostAdded, ChangeId::kHostRemoved, ChangeId::kHostFailed,
     ChangeId::kHostRecovered, ChangeId::kTlsaAdded, ChangeId::kTlsaGone,
     ChangeId::kTlsaChanged, ChangeId::kDutyChanged});

// "lookup-failed", "lookup-recovered", "became-insecure", "became-secure",
// "kind-changed", "host-added", "host-removed", "host-failed",
// "host-recovered", "tlsa-added", "tlsa-gone", "tlsa-changed", "duty-changed".
absl::string_view ToText(ChangeId id);

struct VerdictChange {
  ChangeId id = ChangeId::kLookupFailed;
  Name host;  // the root: it is of the next hop

  friend bool operator==(const VerdictChange&, const VerdictChange&) = default;
};

// Compares, in this order: the next hop, then host by host.
std::vector<VerdictChange> ChangesBetween(const WatchedVerdict& before,
                                          const WatchedVerdict& now);

// What to compare the next verdict with: `now`, and where it failed, what was
// known before.
WatchedVerdict Remember(const WatchedVerdict& before,
                        const WatchedVerdict& now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_VERDICT_CHANGE_H_
