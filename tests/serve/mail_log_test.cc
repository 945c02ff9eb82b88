// Postfix's own log, as Debian's Postfix writes it.
#include "stub/serve/log/mail_log.h"

#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

constexpr const char* kLog =
    R"(Nov 22 08:59:58 mx postfix/qmgr[700]: 4XyZ1: from=<me@here.example>, size=400, nrcpt=2 (queue active)
Nov 22 08:59:59 mx postfix/smtp[712]: Verified TLS connection established to mx.good.example[192.0.2.1]:25: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
Nov 22 09:00:00 mx postfix/smtp[712]: 4XyZ1: to=<a@Good.Example>, relay=mx.good.example[192.0.2.1]:25, delay=1, delays=0/0/1/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4A)
Nov 22 09:00:01 mx postfix-out/smtp[713]: 4XyZ2: to=<b@good.example>, orig_to=<c>, relay=mx.good.example[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 Ok)
Nov 22 09:00:02 mx postfix/smtp[714]: 4XyZ3: to=<a@bad.example>, relay=none, delay=1, dsn=4.7.5, status=deferred (TLSA lookup error for mx.bad.example:25)
Nov 22 09:00:03 mx postfix/error[715]: 4XyZ4: to=<d@bad.example>, relay=none, delay=9, dsn=4.7.5, status=deferred (delivery temporarily suspended: Server certificate not trusted, says (it))
Nov 22 09:00:04 mx postfix/smtp[716]: 4XyZ5: to=<e@other.example>, relay=smart.example[192.0.2.9]:587, dsn=5.1.1, status=bounced (host said: 550)
Nov 22 09:00:05 mx postfix/lmtp[717]: 4XyZ6: to=<f@good.example>, relay=local[/run/lmtp], dsn=2.0.0, status=sent (250)
Nov 22 09:00:06 mx danebound[1]: decision protocol=socketmap next_hop=good.example
garbage ]: to=<
)";

const LogWindow kAll = {};

MailLog Read(const LogWindow& window) {
  MailLog log;
  for (const absl::string_view line : absl::StrSplit(kLog, '\n')) {
    log.AddLine(line, window);
  }
  return log;
}

TEST(MailLog, CountsDeliveriesByDomainOfTheRecipient) {
  const MailLog log = Read(kAll);
  EXPECT_EQ(log.deliveries(), 5);
  const MailSummary good = log.For("good.example");
  EXPECT_EQ(good.sent, 2);
  EXPECT_EQ(good.deferred, 0);
  EXPECT_EQ(log.For("other.example").bounced, 1);
  EXPECT_EQ(log.For("elsewhere.example").sent, 0);
}

TEST(MailLog, SaysHowTheConnectionWasCalled) {
  const MailSummary good = Read(kAll).For("good.example");
  EXPECT_EQ(good.tls, (std::map<std::string, int64_t>{{"Verified", 1},
                                                      {"not-logged", 1}}));
}

TEST(MailLog, KeepsTheLastDeferralWithItsReason) {
  const MailSummary bad = Read(kAll).For("bad.example");
  EXPECT_EQ(bad.deferred, 2);
  EXPECT_EQ(bad.last_deferred, "Nov 22 09:00:03");
  EXPECT_EQ(bad.last_reason,
            "delivery temporarily suspended: Server certificate not trusted, "
            "says (it)");
}

TEST(MailLog, KnowsHostsByWhomWasSpokenTo) {
  const MailLog log = Read(kAll);
  EXPECT_EQ(log.For("[smart.example]:587").bounced, 1);
  EXPECT_EQ(log.For("[mx.good.example]").sent, 2);
  EXPECT_EQ(log.For("smart.example").bounced, 0);
}

TEST(MailLog, LeavesOutWhatIsOlder) {
  LogWindow window = {absl::nullopt, absl::Now(), absl::UTCTimeZone()};
  window.since = ParseLogTime("Nov 22 09:00:03", window);
  const MailLog log = Read(window);
  EXPECT_EQ(log.deliveries(), 2);
  EXPECT_EQ(log.For("bad.example").deferred, 1);
  // What a connection was called before is still known.
  window.since = ParseLogTime("Nov 22 09:00:00", window);
  EXPECT_EQ(Read(window).For("good.example").tls.count("Verified"), 1U);
}

}  // namespace
}  // namespace danebound
