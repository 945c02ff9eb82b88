// What `danebound rollover` found, as text and as JSON.
#ifndef DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_
#define DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "nlohmann/json.hpp"
#include "stub/cli/forms/block.h"
#include "stub/dane/name.h"
#include "stub/nameservers/question.h"
#include "stub/rollover/rollover.h"

namespace danebound {

// One owner of TLSA records.
struct OwnerReport {
  Name owner;
  RolloverQuestion question;
  RolloverAnswer answer;
  std::string why;  // why no name server could be asked; else empty
  // Why clients refuse the certificates that are shown and those that are to
  // be, though the records match them (WhyRefused); else empty.
  std::string current_refused = {};
  std::string next_refused = {};
  // Whether the others wait for it. No port waits for one where nothing is
  // promised, nor was within what caches may have.
  bool counts = true;
};

// What TLSA records below a host make of its addresses, where a wildcard gives
// it those: the first record ends that. RFC 4592 2.2.2.
enum class WildcardState : uint8_t {
  kNone = 0,     // no wildcard's addresses are at stake
  kBefore = 1,   // records are to be published, its own addresses first
  kCutOff = 2,   // it has lost them
  kUnknown = 3,  // it could not be found out, and the first record is to come
};

// The records that a host needs of its own, because a wildcard's do not reach
// it beside TLSA records.
struct HostAddresses {
  WildcardState state = WildcardState::kNone;
  Name host = {};
  Name zone = {};                       // of the host
  std::vector<DnsRecord> records = {};  // A, AAAA or CNAME
  std::string why = {};                 // for people; empty: kNone
};

struct RolloverReport {
  std::string host;
  // The least of the owners', but for what `addresses` makes of it.
  RolloverState state = RolloverState::kUnknown;
  absl::optional<int64_t> earliest;  // the latest of the owners'
  std::vector<OwnerReport> owners;
  // When the first of the current certificates ends; none: bare keys.
  absl::optional<int64_t> ends = absl::nullopt;
  HostAddresses addresses = {};
};

// The report of a host, from those of its owners; at least one.
RolloverReport ReportOf(const std::string& host,
                        std::vector<OwnerReport> owners);

// Has the report say what is the matter with the host's addresses: a host that
// has lost them is broken, and nothing is known where they might be lost.
void AddAddresses(HostAddresses addresses, RolloverReport& report);

// The name that the records of an owner belong to: itself, or where its CNAMEs
// end. Servers may disagree; then the first counts.
Name TargetOf(const OwnerReport& report);

// The first reason of `broken` or `unknown`, for people; empty for other
// states.
std::string FirstWhy(const RolloverReport& report);

// Lines for people. Records are in one line each, however long.
//
//   now  seconds since the epoch.
std::string ToText(const RolloverReport& report, int64_t now,
                   const TableStyle& style);

// docs/json.md has the schema.
nlohmann::ordered_json ToJson(const RolloverReport& report);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_
