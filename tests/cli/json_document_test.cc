// docs/json.md against what the code prints: same keys, same order, and a type
// that the document names.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "stub/cli/forms/log_summary_report.h"
#include "stub/cli/forms/rollover_report.h"
#include "stub/cli/rollover_update.h"
#include "stub/dane/conclude.h"
#include "stub/json/verdict_json.h"
#include "tests/cli/run_command.h"
#include "tests/client/module_server.h"
#include "tests/openssl/tls_words.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kNow = 1'700'000'000;

struct Key {
  std::string name;
  std::string type;
};

// The rows of the table under each "## Heading".
std::map<std::string, std::vector<Key>> DocumentedKeys() {
  std::ifstream document(JSON_DOCUMENT);
  std::map<std::string, std::vector<Key>> tables;
  std::string heading;
  for (std::string line; std::getline(document, line);) {
    if (absl::StartsWith(line, "## ")) heading = line.substr(3);
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    const std::string name = cells[0].substr(3, cells[0].size() - 4);
    tables[heading].push_back({name, cells[1]});
  }
  return tables;
}

// The first word of the type that the document would give the value.
std::string TypeOf(const Json& value) {
  if (value.is_null()) return "null";
  return value.type_name();
}

void ExpectAsDocumented(const Json& object, const std::string& heading) {
  SCOPED_TRACE(heading);
  const std::vector<Key> keys = DocumentedKeys()[heading];
  ASSERT_EQ(object.size(), keys.size());
  size_t i = 0;
  for (const auto& [name, value] : object.items()) {
    EXPECT_EQ(name, keys[i].name);
    EXPECT_TRUE(absl::StrContains(keys[i].type, TypeOf(value)))
        << name << " is " << TypeOf(value) << ", not " << keys[i].type;
    ++i;
  }
}

Verdict ExampleVerdict() {
  Facts facts = FactsFor(Domain("example.org"));
  facts.reasons = {{ReasonId::kImplicitMx, "text", absl::nullopt}};
  facts.hosts[1].reasons = {{ReasonId::kTlsaBogus, "text", uint16_t{6}}};
  return Conclude(facts);
}

TEST(JsonDocument, ListsTheKeysOfEachObjectInOrder) {
  const Json verdict = ToJson(ExampleVerdict(), kNow);
  ExpectAsDocumented(verdict, "Verdict");
  for (const Json& host : verdict["hosts"]) ExpectAsDocumented(host, "Host");
  const Json& host = verdict["hosts"][1];
  ExpectAsDocumented(host["addresses"][0], "Address");
  ExpectAsDocumented(host["tlsa"][0], "Record");
  ExpectAsDocumented(host["reasons"][0], "Reason");
  ExpectAsDocumented(verdict["reasons"][0], "Reason");
  ExpectAsDocumented(ToJson("a..b", "why"), "No verdict");
}

TEST(JsonDocument, HoldsForAVerdictOfSafeValues) {
  Verdict verdict;
  verdict.hosts.resize(1);
  verdict.hosts[0].policy_type = "no-policy-found";
  verdict.hosts[0].tls_key = "00";
  const Json json = ToJson(verdict, kNow);
  ExpectAsDocumented(json, "Verdict");
  ExpectAsDocumented(json["hosts"][0], "Host");
  EXPECT_EQ(json["disposition"], "defer");
  EXPECT_EQ(json["hosts"][0]["duty"], "skip");
}

TEST(Json, HoldsTheVerdictsValues) {
  Verdict verdict = ExampleVerdict();
  verdict.expires = kNow + 300;
  const Json json = ToJson(verdict, kNow);
  EXPECT_EQ(json["next_hop"], "example.org");
  EXPECT_EQ(json["kind"], "mx");
  EXPECT_EQ(json["security"], "secure");
  EXPECT_EQ(json["disposition"], "deliver");
  EXPECT_EQ(json["expanded"], "example.org");
  EXPECT_EQ(json["ttl"], 300);
  EXPECT_EQ(json["expires"], kNow + 300);
  EXPECT_EQ(json["dsn"], nullptr);
  const Json& host = json["hosts"][0];
  EXPECT_EQ(host["name"], "mx1.example.org");
  EXPECT_EQ(host["duty"], "authenticate");
  EXPECT_EQ(host["cause"], nullptr);
  EXPECT_EQ(host["sni"], "mx1.example.org");
  EXPECT_EQ(host["names"], (Json{"mx1.example.org", "example.org"}));
  EXPECT_EQ(host["addresses"][0]["address"], "192.0.2.1");
  EXPECT_EQ(host["tlsa_name"], "_25._tcp.mx1.example.org");
  EXPECT_EQ(host["tlsa"][0]["usage"], 3);
  EXPECT_EQ(host["tlsa"][0]["data"].get<std::string>().substr(0, 4), "7878");
  EXPECT_EQ(host["tlsa"][0]["why_not"], nullptr);
  EXPECT_EQ(host["policy_type"], "tlsa");
  const Json& reason = json["hosts"][1]["reasons"][0];
  EXPECT_EQ(reason["id"], "tlsa-bogus");
  EXPECT_EQ(reason["ede"], 6);
  EXPECT_EQ(reason["tlsrpt"], "dnssec-invalid");
}

TEST(Json, HasNoNegativeTtl) {
  Verdict verdict = ExampleVerdict();
  verdict.expires = kNow - 1;
  EXPECT_EQ(ToJson(verdict, kNow)["ttl"], 0);
}

TEST(JsonDocument, ListsTheKeysOfALogSummaryInOrder) {
  LogSummary summary;
  AddLogLine("decision next_hop=a.example policy=audit disposition=defer",
             summary);
  AddMail(MailLog(), summary);
  NextHopsNow now;
  now["a.example"].outcome = Outcome::kDeferred;
  now["a.example"].causes.resize(1);
  const Json json = ToJson(summary, now);
  ExpectAsDocumented(json, "Log summary");
  const Json& next_hop = json["next_hops"][0];
  ExpectAsDocumented(next_hop, "Summed next hop");
  ExpectAsDocumented(next_hop["mail"], "Mail");
  ExpectAsDocumented(next_hop["now"], "Next hop now");
  ExpectAsDocumented(next_hop["now"]["causes"][0], "Deferral cause");
}

TEST(JsonDocument, ListsTheKeysOfARolloverInOrder) {
  OwnerReport owner;
  owner.question.servers = {{"ns", false, "no reply", {}, 0}};
  const Json report = ToJson(ReportOf("mx.example", {owner}));
  ExpectAsDocumented(report, "Rollover");
  ExpectAsDocumented(report["owners"][0], "Rollover owner");
  ExpectAsDocumented(report["owners"][0]["servers"][0], "Rollover server");
}

TEST(JsonDocument, ListsTheKeysOfRolloverChangesInOrder) {
  OwnerReport owner;
  owner.question.servers = {ServerView()};
  owner.answer.publish = {std::string("\3\1\1") + std::string(32, 'x')};
  const Json changes =
      Json::parse(ToChanges(ReportOf("mx.example", {owner}), 60));
  ExpectAsDocumented(changes, "Rollover changes");
  ExpectAsDocumented(changes["add"][0], "Rollover change");
}

TEST(JsonDocument, ListsTheKeysOfACreatedRecordInOrder) {
  const CommandResult result =
      RunCommand({"tlsa", "create", "--json", "-u", "2", "-"},
                 {PemOf(*NewIdentity().certificate), {}});
  const Json created = JsonLines(result.output).at(0);
  ExpectAsDocumented(created, "Created record");
  ExpectAsDocumented(created["certificate"], "Certificate of a created record");
  ExpectAsDocumented(created["warnings"][0], "Warning");
}

TEST(JsonDocument, ListsTheKeysOfAVerificationInOrder) {
  const SmallCa ca;
  const CommandResult result = RunCommand(
      {"verify", "--json", "--chain", "-", "--name", "mx.example.org", "--tlsa",
       ToText(RecordFor(3, 1, 1, *ca.root))},
      {PemOf(*ca.leaf), {}});
  Json verification = JsonLines(result.output).at(0);
  ExpectAsDocumented(verification, "Verification");
  ExpectAsDocumented(verification["chain"][0], "Verified certificate");
  verification["tlsa"][0].erase("certificates");
  verification["tlsa"][0].erase("text");
  ExpectAsDocumented(verification["tlsa"][0], "Record");
}

}  // namespace
}  // namespace danebound
