// docs/json.md against the lines that a peer gets which watches.
#include "stub/serve/json/watch_event.h"

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using Json = nlohmann::ordered_json;

// The keys under each "## Heading", in order.
std::map<std::string, std::vector<std::string>> DocumentedKeys() {
  std::ifstream document(DANEBOUND_JSON_DOCUMENT);
  std::map<std::string, std::vector<std::string>> keys;
  std::string heading;
  for (std::string line; std::getline(document, line);) {
    if (absl::StartsWith(line, "## ")) heading = line.substr(3);
    if (!absl::StartsWith(line, "| `")) continue;
    keys[heading].push_back(
        std::vector<std::string>(absl::StrSplit(line, '`'))[1]);
  }
  return keys;
}

void ExpectAsDocumented(const Json& object, const std::string& heading) {
  SCOPED_TRACE(heading);
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  EXPECT_EQ(keys, DocumentedKeys()[heading]);
}

WatchedVerdict Secure() {
  WatchedVerdict verdict;
  verdict.knowledge = Knowledge::kNew;
  verdict.kind = Kind::kMx;
  verdict.security = Security::kSecure;
  verdict.disposition = Disposition::kDeliver;
  WatchedHost& host = verdict.hosts[N("mx.example")];
  host.knowledge = Knowledge::kNew;
  host.duty = Duty::kAuthenticate;
  host.cause = Cause::kNone;
  host.tlsa = {"3 1 1 11"};
  return verdict;
}

TEST(WatchEvent, HasTheDocumentedKeys) {
  WatchEvent event;
  event.next_hop = Hop("example.");
  event.changes = {{ChangeId::kTlsaGone, N("mx.example")}};
  event.before = event.now = Secure();
  const Json json = Json::parse(LineOf(event));
  ExpectAsDocumented(json, "Watch event");
  ExpectAsDocumented(json["changes"][0], "Change");
  ExpectAsDocumented(json["old"], "Watched verdict");
  ExpectAsDocumented(json["new"]["hosts"][0], "Watched host");
  const Json watching = Json::parse(WatchingLine(1, 2, {{"a..b", "why"}}));
  ExpectAsDocumented(watching, "Watching");
  ExpectAsDocumented(watching["refused"][0], "Refused watch");
  ExpectAsDocumented(Json::parse(HeartbeatLine(1, 2)), "Heartbeat");
}

TEST(WatchEvent, IsOneLine) {
  WatchEvent event;
  event.time = 5;
  event.next_hop = Hop("example.");
  event.now = Secure();
  EXPECT_EQ(LineOf(event),
            "{\"event\":\"first\",\"time\":5,\"next_hop\":\"example\","
            "\"port\":25,\"changes\":[],\"error\":null,\"old\":null,\"new\":{"
            "\"kind\":\"mx\",\"security\":\"secure\",\"disposition\":"
            "\"deliver\",\"hosts\":[{\"name\":\"mx.example\",\"known\":true,"
            "\"duty\":\"authenticate\",\"cause\":null,\"tlsa\":[\"3 1 1 "
            "11\"]}]}}\n");
}

TEST(WatchEvent, HasNoVerdictWhereNothingIsKnown) {
  WatchEvent event;
  event.changes = {{ChangeId::kLookupFailed, Name()}};
  event.before = Secure();
  event.error = "no answer";
  const Json json = Json::parse(LineOf(event));
  EXPECT_EQ(json["event"], "changed");
  EXPECT_EQ(json["error"], "no answer");
  EXPECT_TRUE(json["changes"][0]["host"].is_null());
  EXPECT_EQ(json["old"]["security"], "secure");
  EXPECT_TRUE(json["new"].is_null());
}

}  // namespace
}  // namespace danebound
