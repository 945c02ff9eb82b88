// A summary of the log of `danebound serve`, with what the servers show now, as
// text for people and as JSON:
//
//   7 decisions on 4 next hops, 2 other lines
//   checked 3 next hops
//
//   example.org: deferred
//     policy     audit
//     log        2 of 3 decisions: mx-bogus 2
//                2026-11-20T08:00:00Z to 2026-11-22T07:00:00Z
//     now        deferred
//     broken     mx.example.org 192.0.2.1: … (not-authenticated)
#ifndef DANEBOUND_STUB_CLI_LOG_SUMMARY_REPORT_H_
#define DANEBOUND_STUB_CLI_LOG_SUMMARY_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "nlohmann/json.hpp"
#include "stub/check/checked_domain.h"
#include "stub/check/outcome.h"
#include "stub/cli/table.h"
#include "stub/serve/log_summary.h"

namespace danebound {

// One thing that keeps a next hop from its mail now.
struct DeferralCause {
  std::string where;  // host, and address where it is about one; empty: all
  Finding finding;
};

// What enforcing would come to now.
struct NextHopNow {
  absl::optional<Outcome> outcome;    // nullopt: not known
  std::string error;                  // why not
  std::vector<DeferralCause> causes;  // of kDeferred
};

// By next hop; those that were not checked are missing.
using NextHopsNow = std::map<std::string, NextHopNow>;

// Reduces what was checked to what the report needs.
NextHopNow NowOf(const CheckedDomain& checked);

// Says whether enforcing would defer mail to the next hop: it would have at
// least once, or would now.
bool WouldDefer(const std::string& next_hop, const NextHopSummary& summary,
                const NextHopsNow& now);

// The next hops that would be deferred, those with the most decisions first,
// and those of which it could not be found out.
std::string ToTable(const LogSummary& summary, const NextHopsNow& now,
                    const TableStyle& style);

// All next hops; docs/json.md is the schema.
nlohmann::ordered_json ToJson(const LogSummary& summary,
                              const NextHopsNow& now);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_LOG_SUMMARY_REPORT_H_
