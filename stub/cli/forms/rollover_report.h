// What `danebound rollover` found, as text and as JSON.
#ifndef DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_
#define DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "nlohmann/json.hpp"
#include "stub/dane/name.h"
#include "stub/rollover/rollover.h"

namespace danebound {

// One owner of TLSA records.
struct OwnerReport {
  Name owner;
  RolloverQuestion question;
  RolloverAnswer answer;
  std::string why;  // why no name server could be asked; else empty
  // Whether the others wait for it. No port waits for one where nothing is
  // promised, nor was within what caches may have.
  bool counts = true;
};

struct RolloverReport {
  std::string host;
  RolloverState state = RolloverState::kUnknown;  // the least of the owners'
  absl::optional<int64_t> earliest;               // the latest of the owners'
  std::vector<OwnerReport> owners;
  // When the first of the current certificates ends; none: bare keys.
  absl::optional<int64_t> ends = absl::nullopt;
  // Records that the host needs of its own, as lines of a zone file, because a
  // wildcard's do not reach it beside TLSA records; and what happens else.
  std::vector<std::string> addresses = {};
  std::string addresses_why = {};
};

// The report of a host, from those of its owners; at least one.
RolloverReport ReportOf(const std::string& host,
                        std::vector<OwnerReport> owners);

// The name that the records of an owner belong to: itself, or where its CNAMEs
// end. Servers may disagree; then the first counts.
Name TargetOf(const OwnerReport& report);

// Lines for people.
//
//   now  seconds since the epoch.
std::string ToText(const RolloverReport& report, int64_t now);

// docs/json.md has the schema.
nlohmann::ordered_json ToJson(const RolloverReport& report);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_ROLLOVER_REPORT_H_
