// What many decisions of the log add up to: who would be deferred if all were
// enforced, for reasons of DNS. What servers show is not in the log.
#ifndef DANEBOUND_STUB_SERVE_LOG_LOG_SUMMARY_H_
#define DANEBOUND_STUB_SERVE_LOG_LOG_SUMMARY_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/serve/log/log_reader.h"
#include "stub/serve/log/log_time.h"
#include "stub/serve/log/mail_log.h"

namespace danebound {

// The decisions on one next hop.
struct NextHopSummary {
  LoggedDecision last;
  int64_t decisions = 0;
  int64_t deferred = 0;        // of these, by enforcement
  std::string first_deferred;  // times as in the log, of the first and the last
  std::string last_deferred;   // that was read; empty: the log has none
  std::map<std::string, int64_t> reasons;  // of those deferred: how often
  bool demands_tls = false;                // at least once
  // What became of messages, by Postfix's own log; nullopt: it was not given.
  absl::optional<MailSummary> mail;
};

struct LogSummary {
  int64_t decisions = 0;
  int64_t other_lines = 0;
  int64_t unreadable_lines = 0;  // decisions that are cut or changed
  int64_t earlier = 0;           // decisions before the window
  int64_t undated = 0;  // of `decisions`: without a time, where one counts
  absl::optional<int64_t> deliveries;  // in Postfix's log
  std::map<std::string, NextHopSummary> next_hops;
};

// Adds a line of the log, without its newline. A decision without a time that
// can be read counts.
void AddLogLine(absl::string_view line, LogSummary& summary,
                const LogWindow& window = {});

// Adds what became of messages to each next hop of the summary.
void AddMail(const MailLog& log, LogSummary& summary);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_LOG_SUMMARY_H_
