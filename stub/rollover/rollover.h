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
#include "stub/nameservers/server_view.h"

namespace danebound {

// A certificate or key, by what can be published for it.
struct RolloverIdentity {
  // For each combination of parameters the RDATA that match it, first the one
  // to publish; none where no record can, which is so for authorities above a
  // certificate that signs itself. A combination that the source does not tell
  // of is left out: a bare key has no certificate, and a certificate alone no
  // authority.
  std::map<TlsaParameters, std::vector<std::string>> records;
  // When the certificate ends, seconds since the epoch; none: a bare key.
  absl::optional<int64_t> ends = absl::nullopt;
  // DER of the topmost certificate, where another one issued it; else empty.
  std::string issued = {};
  // DER of the certificates as a server sends them, its own first; none: a bare
  // key.
  std::vector<std::string> chain = {};
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
  // Keys for a change to come: their records are to stand beside the others.
  std::vector<RolloverIdentity> standby = {};
  std::set<std::string> keep = {};  // RDATA that stand on purpose
};

// The records that a server showed at some time.
struct ShownRecords {
  std::set<std::string> rdata;  // none: a denial
  // When no server was first seen to show them any more; none: one does.
  absl::optional<int64_t> gone = absl::nullopt;

  friend bool operator==(const ShownRecords&, const ShownRecords&) = default;
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
  // Of PKIX-EE(1) and DANE-EE(3): the current identities' records that are
  // shown, and those that were and are nobody's now.
  std::set<std::string> current = {};
  std::set<std::string> replaced = {};
  // What caches may have, and since when that is known.
  std::vector<ShownRecords> shown = {};
  absl::optional<int64_t> begun = absl::nullopt;

  friend bool operator==(const RolloverMemory&,
                         const RolloverMemory&) = default;
};

// Where the change stands; of several owners the least counts.
enum class RolloverState : uint8_t {
  kBroken = 0,     // a server shows records that the current one fails
  kUnknown = 1,    // a server did not answer, or is not believed
  kPublish = 2,    // no server shows what is needed
  kSpreading = 3,  // some servers show what is needed
  kWaiting = 4,    // all do; caches may still hold what was before
  kDeploy = 5,     // the next one may be deployed
  kRemove = 6,     // records of what was replaced are still shown
  kDone = 7,       // the current one is published
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
  // epoch; none: caches hold nothing that it fails, or the current one fails
  // at all servers.
  absl::optional<int64_t> earliest;
  // Until when caches may hold records from before the first look, which the
  // next one may fail; seconds since the epoch. None: what they hold was seen.
  absl::optional<int64_t> unseen_until = absl::nullopt;
  std::set<std::string> publish;  // RDATA that some server does not show yet
  std::set<std::string> remove;   // RDATA to take away, now
  // RDATA that match nothing, and were never seen to: a key for a change to
  // come, or a spare authority. Left alone.
  std::set<std::string> unmatched;
  // Combinations that are published and that an identity does not tell of: the
  // certificate, or the whole chain, is needed.
  std::set<TlsaParameters> impossible;
  // Combinations that are published and that no record can make right: of an
  // authority above a certificate that signs itself.
  std::set<TlsaParameters> hopeless;
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
//             A next one that all published combinations match, now and in
//             what caches may have, waits for nothing; nor does one that all
//             servers' records match while the current one fails them. 5.2:
//             DANE-TA(2) is of an authority, not of the server's certificate.
RolloverAnswer AnswerRollover(const RolloverQuestion& question,
                              const RolloverMemory& memory, int64_t now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_ROLLOVER_ROLLOVER_H_
