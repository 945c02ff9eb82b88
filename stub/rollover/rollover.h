// The rules of changing a server's certificate under TLSA records, as values
// and pure functions. RFC 7671 8.
//
//   publish --> spreading --> waiting --> deploy --> remove --> done
//      |            |            |                     ^
//      +------------+------------+---------------------+
//                       the next certificate is the current one
//
//   broken, unknown: from everywhere, and back again
//
// Between deploy and remove the operator makes the next certificate the current
// one: then the current one is published, and the old one is not needed.
#ifndef DANEBOUND_STUB_ROLLOVER_ROLLOVER_H_
#define DANEBOUND_STUB_ROLLOVER_ROLLOVER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/tlsa_text.h"

namespace danebound {

// A certificate or key, by what can be published for it.
struct RolloverIdentity {
  // For each combination of parameters the RDATA that match it, first the one
  // to publish. A combination that can't match it is left out.
  std::map<TlsaParameters, std::vector<std::string>> records;
};

// When a signature holds, seconds since the epoch. RFC 4034 3.1.5.
struct SignatureTime {
  int64_t begins = 0;
  int64_t ends = 0;
};

// What one authoritative server answers.
struct ServerView {
  std::string server;  // for people: "ns1.example.org 192.0.2.1"
  bool answered = false;
  std::string why;              // why it did not answer
  std::set<std::string> rdata;  // TLSA; none: it denies them
  // The longest that a cache may keep of what leads here, seconds: the TTL of
  // the records or of their denial, and of the CNAMEs before them.
  uint32_t hold = 0;
  // Of the TLSA records or their denial, the signature that ends first; none:
  // they are not signed.
  absl::optional<SignatureTime> signature = absl::nullopt;
};

// What is asked of the rules, for one owner of TLSA records.
struct RolloverQuestion {
  std::vector<ServerView> servers;
  // What the server shows now; several where it has keys of several types.
  std::vector<RolloverIdentity> current;
  std::vector<RolloverIdentity>
      next;  // what it is to show then; none: no change
  // What to publish where nothing is published yet.
  std::vector<TlsaParameters> wanted = {TlsaParameters()};
};

// What has to be kept from one time of asking to the next.
struct RolloverMemory {
  // The records of the next identities, while they differ from the current's.
  std::set<std::string> next;
  // When all servers were first seen to show them, seconds since the epoch.
  absl::optional<int64_t> since;
  // The longest hold that counts, and when it was last seen.
  uint32_t hold = 0;
  int64_t hold_seen = 0;

  friend bool operator==(const RolloverMemory&,
                         const RolloverMemory&) = default;
};

// Where the change stands; of several owners the least counts.
enum class RolloverState : uint8_t {
  kBroken = 0,     // a server shows records that the current one fails
  kUnknown = 1,    // a server did not answer
  kPublish = 2,    // no server shows what is needed
  kSpreading = 3,  // some servers show what is needed
  kWaiting = 4,    // all do; caches may still hold what was before
  kDeploy = 5,     // the next one may be deployed
  kRemove = 6,     // records that match nothing are still shown
  kDone = 7,       // the current one is published, nothing else is
};

// "broken", "unknown", "publish", "spreading", "waiting", "deploy", "remove",
// "done".
absl::string_view ToText(RolloverState state);

// Says whether the server's records match each of the identities, in every
// combination of parameters that it publishes. RFC 7671 8.
bool PromisesAll(const ServerView& view,
                 const std::vector<RolloverIdentity>& identities);

struct RolloverAnswer {
  RolloverState state = RolloverState::kUnknown;
  // kWaiting and kDeploy: when the next one may be deployed, seconds since the
  // epoch.
  absl::optional<int64_t> earliest;
  std::set<std::string> publish;  // RDATA that some server does not show yet
  std::set<std::string> remove;   // RDATA to take away, now
  // Combinations that are published and that an identity can't match: a bare
  // key has no certificate. Remove them, or give the certificate.
  std::set<TlsaParameters> impossible;
  // Servers at fault: those that show records that fail, do not answer, or lag.
  std::vector<std::string> servers;
  RolloverMemory memory;  // to keep
};

// Says where the change stands and what to do.
//
//   question  at least one server and one current identity.
//   memory    as kept from the last time, or none.
//   now       seconds since the epoch.
//   source    RFC 7671 8, 8.1, 8.4: records of the next one beside those of the
//             current one; then twice the longest TTL, of the old records and
//             the new, of CNAMEs before them, and of a denial; then the change.
RolloverAnswer AnswerRollover(const RolloverQuestion& question,
                              const RolloverMemory& memory, int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_ROLLOVER_H_
