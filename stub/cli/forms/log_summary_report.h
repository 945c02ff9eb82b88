// A summary of the log of `danebound serve`, with what the servers show now, as
// text for people and as JSON:
//
//   2 decisions on 2 next hops, 0 other lines
//   2 deliveries in the mail log
//
//   bogus.example: deferred
//     policy     audit
//     log        1 of 1 decision: mx-bogus 1
//                Nov 22 09:00:00
//     mail       1 sent (not-logged 1), 0 deferred, 0 bounced
//
// With what the servers show now, `now` says what comes of it and `broken` why.
#ifndef DANEBOUND_STUB_CLI_FORMS_LOG_SUMMARY_REPORT_H_
#define DANEBOUND_STUB_CLI_FORMS_LOG_SUMMARY_REPORT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "nlohmann/json.hpp"
#include "stub/check/checked_domain.h"
#include "stub/check/outcome.h"
#include "stub/cli/forms/table.h"
#include "stub/serve/log/log_summary.h"

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

#endif  // DANEBOUND_STUB_CLI_FORMS_LOG_SUMMARY_REPORT_H_
