// Scenario files: DNS zones with faults, questions, and the verdicts that must
// come of them. README.md in this folder describes the format for authors;
// tests/tree serves the same files as real signed zones.
#ifndef DANEBOUND_TESTS_SCENARIOS_SCENARIO_H_
#define DANEBOUND_TESTS_SCENARIOS_SCENARIO_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/conclude.h"
#include "stub/dane/dns.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"
#include "stub/dane/verdict.h"

namespace danebound::scenario {

// Record types that scenario zones hold beside those of RrType.
inline constexpr uint16_t kTxtType = 16;
inline constexpr uint16_t kDnameType = 39;
// In faults only: the tree makes the records.
inline constexpr uint16_t kDsType = 43;

// How far the signatures of a zone reach.
enum class Signing {
  kSigned,                // DS in the parent, valid signatures
  kUnsigned,              // no DS in the parent, no signatures
  kIsland,                // signatures, but no DS in the parent
  kNoAnchor,              // unsigned, and no trust anchor above it
  kExpired,               // RRSIGs that ended days ago
  kFuture,                // RRSIGs that begin in days
  kWrongKey,              // RRSIGs made with a key that is not published
  kMissingRrsig,          // a DS in the parent, but no RRSIGs
  kWrongDs,               // the DS in the parent is of another key
  kUnsupportedAlgorithm,  // DS and keys of an algorithm nobody implements
  kUnsupportedDigest,     // the DS has a digest type nobody implements
};

struct Record {
  Name owner;
  uint32_t ttl = 0;
  uint16_t type = 0;
  std::string rdata;  // uncompressed wire form
};

struct Zone {
  Name name;
  Signing signing = Signing::kSigned;
  bool opt_out = false;  // NSEC3 that does not deny unsigned delegations
  int iterations = 0;    // of the NSEC3 hash, beyond the first
  // Seconds until the signatures end; nullopt: long after all TTLs.
  absl::optional<int64_t> signatures_end;
  std::vector<Record> records;
};

// What goes wrong with one RRset; for type DS with the delegation of a zone.
// README.md says what each does on the wire.
enum class Fault {
  // Of the transport: they hit the question NAME TYPE.
  kServfail,
  kRefused,
  kNotimp,
  kFormerr,
  kDrop,
  kGarbage,
  kTruncateThenRefuse,
  kTruncate,
  kDelay,
  // The true answer, but for the RCODE. At a name that has others below it this
  // fails the first question for one of those, where names are minimised.
  kNxdomain,
  // Of the data: they hit the RRset NAME TYPE, or the proof that it is absent.
  kExpired,
  kFuture,
  kWrongKey,
  kWrongLabels,
  kStripped,
  kForgedNodata,
  kForgedNxdomain,
};

// Owner and type of an RRset; the type may be one that RrType has not.
using RrsetKey = std::pair<Name, uint16_t>;

struct ExpectedTlsa {
  std::string rdata;
  std::string state;  // "usable", "superseded" or why not
};

struct ExpectedHost {
  uint16_t preference = 0;
  Name name;
  Duty duty = Duty::kSkip;
  Cause cause = Cause::kNone;
  bool permanent = false;
  Name expanded;  // `name` where the file says nothing
  std::vector<HostAddress> addresses;
  absl::optional<Name> base_domain;
  std::vector<ExpectedTlsa> tlsa;
  std::vector<std::string> names;
  std::vector<std::string> reasons;
  absl::optional<int64_t> life;  // seconds
};

struct Expectation {
  Kind kind = Kind::kFailed;
  Security security = Security::kFailed;
  Disposition disposition = Disposition::kDefer;
  std::string dsn;
  bool insecure_mx = false;
  bool truncated = false;
  Name expanded;  // the next hop's name where the file says nothing
  std::vector<std::string> reasons;
  std::vector<ExpectedHost> hosts;
  absl::optional<int64_t> life;  // seconds
};

// One question to danebound and what must come of it.
struct Ask {
  int line = 0;
  std::string text;  // the line, for messages
  NextHop next_hop;
  Choices choices;
  Expectation expectation;
  std::vector<Question> unasked;  // must not be looked up
};

struct Scenario {
  std::string name;  // of the file, without its ending
  std::string title;
  std::vector<std::string> sources;
  bool demo = false;
  std::vector<Zone> zones;
  std::map<RrsetKey, Fault> faults;
  std::vector<Ask> asks;
  // Driver ("scripted", "embedded", "module") to why it cannot play this;
  // "told" is the scripted one where the security of aliases is told.
  std::map<std::string, std::string> skips;
};

// Parses one scenario file, or shared.zones, which has zones only.
//
//   name     of the file, for messages.
//   blobs    data that RDATA names with "@", by name: octets.
//   errors   InvalidArgument  "NAME:LINE: what is wrong, and what may stand
//                             there".
absl::StatusOr<Scenario> ParseScenario(
    absl::string_view name, absl::string_view text,
    const std::map<std::string, std::string>& blobs);

// Reads every *.scenario file in `folder`, in the order of their names, with
// the zones of shared.zones put before their own.
//
//   errors   NotFound         the folder or a file cannot be read.
//            InvalidArgument  as ParseScenario.
absl::StatusOr<std::vector<Scenario>> ReadScenarios(const std::string& folder);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_SCENARIO_H_
