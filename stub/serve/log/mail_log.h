// What Postfix's own log says became of messages: the deliveries of its SMTP
// clients, by domain of the recipient and by host that was spoken to.
//
//   Nov 22 09:00:00 mx postfix/smtp[712]: Verified TLS connection established
//     to mx.example.org[192.0.2.1]:25: TLSv1.3 with cipher …
//   Nov 22 09:00:01 mx postfix/smtp[712]: 4XyZ: to=<a@example.org>,
//     relay=mx.example.org[192.0.2.1]:25, …, status=sent (250 2.0.0 Ok)
#ifndef DANEBOUND_STUB_SERVE_LOG_MAIL_LOG_H_
#define DANEBOUND_STUB_SERVE_LOG_MAIL_LOG_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "stub/serve/log/log_time.h"

namespace danebound {

// The deliveries for one next hop, one for each recipient and attempt.
struct MailSummary {
  int64_t sent = 0;
  int64_t deferred = 0;
  int64_t bounced = 0;
  // Of those sent: how Postfix calls the TLS connection ("Verified", "Trusted",
  // "Untrusted", "Anonymous"); "not-logged" where no line before says.
  std::map<std::string, int64_t> tls;
  std::string last_deferred;  // time as in the log
  std::string last_reason;    // what Postfix says of it
};

class MailLog {
 public:
  // Adds a line, without its newline. Lines of others are passed over.
  void AddLine(absl::string_view line, const LogWindow& window);

  // What became of mail for a next hop as the log of serve has it: a domain by
  // its recipients, "[host]" by the host.
  MailSummary For(absl::string_view next_hop) const;

  int64_t deliveries() const { return deliveries_; }

 private:
  std::map<std::string, MailSummary> by_domain_;
  std::map<std::string, MailSummary> by_host_;
  // Of a process and a server, the last connection's.
  std::map<std::pair<std::string, std::string>, std::string> levels_;
  int64_t deliveries_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_LOG_MAIL_LOG_H_
