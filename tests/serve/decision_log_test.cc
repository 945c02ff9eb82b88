#include "stub/serve/log/decision_log.h"

#include <string>

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

TEST(DecisionLog, IsALineOfKeysAndValues) {
  const LogFields fields = {{"next_hop", "example.org"}, {"answer", "dane"}};
  EXPECT_EQ(LogLine(LogFormat::kText, kNow, "decision", fields),
            "decision next_hop=example.org answer=dane");
  EXPECT_EQ(
      LogLine(LogFormat::kJson, kNow, "decision", fields),
      R"({"time":"1970-01-12T13:46:40Z","event":"decision","next_hop":"example.org","answer":"dane"})");
}

// A key is what a peer sent.
TEST(DecisionLog, IsOneLineWhateverAValueHolds) {
  const LogFields fields = {{"key", "a\nb \x1b[2J\xff\"c\" \xc2\x9b"},
                            {"none", ""}};
  const std::string text = LogLine(LogFormat::kText, kNow, "decision", fields);
  EXPECT_EQ(text,
            "decision key=\"a\\nb \\u001b[2J\\ufffd\\\"c\\\" \\u009b\" "
            "none=\"\"");
  for (const LogFormat format : {LogFormat::kText, LogFormat::kJson}) {
    for (const char octet : LogLine(format, kNow, "decision", fields)) {
      EXPECT_TRUE(octet >= 0x20 && octet < 0x7f);
    }
  }
}

TEST(DecisionLog, NamesHostsAndReasonsOfAVerdict) {
  Verdict verdict;
  verdict.kind = Kind::kMx;
  verdict.security = Security::kSecure;
  verdict.disposition = Disposition::kDeliver;
  verdict.hosts.resize(2);
  verdict.hosts[0].name = N("a.example");
  verdict.hosts[0].duty = Duty::kAuthenticate;
  verdict.hosts[0].cause = Cause::kNone;
  verdict.hosts[1].name = N("b.example");
  verdict.hosts[1].cause = Cause::kTlsaFailed;
  verdict.hosts[1].reasons = {{ReasonId::kTlsaFailed, "SERVFAIL", {}},
                              {ReasonId::kTlsaFailed, "again", {}}};
  Decision decision;
  decision.protocol = "json";
  decision.asked = "example.org";
  decision.answer = "verdict";
  decision.Add(verdict);
  EXPECT_EQ(LogLine(LogFormat::kText, kNow, "decision", FieldsOf(decision)),
            "decision protocol=json next_hop=example.org answer=verdict "
            "kind=mx security=secure disposition=deliver "
            "hosts=a.example:authenticate,b.example:skip/tlsa-failed "
            "reasons=tlsa-failed");
}

}  // namespace
}  // namespace danebound
