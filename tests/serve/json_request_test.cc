#include "stub/serve/json/json_request.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> Lines(absl::string_view octets, bool at_end) {
  std::vector<std::string> lines;
  for (;;) {
    const auto line = TakeLine(&octets, at_end);
    if (!line.ok() || !line->has_value()) return lines;
    lines.push_back(**line);
  }
}

TEST(JsonLine, EndsWithANewline) {
  EXPECT_THAT(Lines("a.example\r\n\n  b.example \nc.exam", false),
              ElementsAre("a.example", "b.example"));
}

TEST(JsonLine, CountsWithoutANewlineWhenItIsTheLast) {
  EXPECT_THAT(Lines("a.example\nb.example", true),
              ElementsAre("a.example", "b.example"));
}

TEST(JsonLine, IsRefusedWhenItIsTooLong) {
  const std::string line(kLongestJsonLine + 1, 'a');
  for (const std::string& octets : {line, line + "\n"}) {
    absl::string_view rest = octets;
    EXPECT_EQ(TakeLine(&rest, false).status().code(),
              absl::StatusCode::kOutOfRange);
  }
}

TEST(JsonRequest, IsADomainOrAnObject) {
  EXPECT_EQ(ToText(ParseJsonRequest("Example.org")->next_hop), "example.org");
  EXPECT_EQ(ParseJsonRequest("example.org:587")->next_hop.port, 587);
  const auto request = ParseJsonRequest(
      R"({"domain": "[mx.example]", "port": 26, "require": true,
          "insecure_mx": "encrypt"})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(ToText(request->next_hop), "[mx.example]");
  EXPECT_EQ(request->next_hop.port, 26);
  EXPECT_TRUE(request->require);
  EXPECT_EQ(request->insecure_mx, InsecureMx::kEncrypt);
}

TEST(JsonRequest, IsRefusedWhenItIsWrong) {
  const std::string deep(4000, '[');
  for (const absl::string_view line :
       {"{", "{}", "{\"domain\": 1}", "{\"domain\": \"a..b\"}", "a b", "[]",
        "{\"domain\": \"a.example\", \"port\": 0}",
        "{\"domain\": \"a.example\", \"port\": 65536}",
        "{\"domain\": \"a.example\", \"port\": -1}",
        "{\"domain\": \"a.example\", \"port\": \"25\"}",
        "{\"domain\": \"a.example\", \"require\": 1}",
        "{\"domain\": \"a.example\", \"insecure_mx\": \"may\"}",
        "{\"domain\": \"a.example\", \"insecure_mx\": null}",
        "{\"domain\": \"a.example\", \"x\": 1}",
        "{\"domain\": \"a.example\"} x", "\"a.example\""}) {
    EXPECT_FALSE(ParseJsonRequest(line).ok()) << line;
  }
  EXPECT_FALSE(ParseJsonRequest("{\"domain\":" + deep).ok());
}

}  // namespace
}  // namespace danebound
