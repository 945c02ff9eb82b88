#include "stub/serve/socketmap/socketmap.h"

#include <string>

#include "gtest/gtest.h"

namespace danebound {
namespace {

TEST(SocketmapRequest, IsAMapAndAKey) {
  const auto request = ParseSocketmapRequest("QUERY example.org");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->map, "QUERY");
  EXPECT_EQ(request->key, "example.org");
  EXPECT_EQ(ParseSocketmapRequest("QUERY a b")->key, "a b");
}

TEST(SocketmapRequest, IsRefusedWithoutMapOrKey) {
  for (const absl::string_view text : {"", " ", "QUERY", "QUERY ", " key"}) {
    EXPECT_FALSE(ParseSocketmapRequest(text).ok()) << text;
  }
}

TEST(SocketmapReply, IsANetstring) {
  EXPECT_EQ(EncodeSocketmapReply({SocketmapStatus::kOk, "dane-only"}),
            "12:OK dane-only,");
  EXPECT_EQ(EncodeSocketmapReply({SocketmapStatus::kNotFound, ""}),
            "9:NOTFOUND ,");
}

TEST(SocketmapReply, IsParsedByItsStatus) {
  for (const SocketmapStatus status :
       {SocketmapStatus::kTemp, SocketmapStatus::kTimeout,
        SocketmapStatus::kPerm, SocketmapStatus::kNotFound,
        SocketmapStatus::kOk}) {
    const auto reply =
        ParseSocketmapReply(std::string(ToText(status)) + " a b");
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->status, status);
    EXPECT_EQ(reply->text, "a b");
  }
  EXPECT_EQ(ParseSocketmapReply("NOTFOUND")->text, "");
  EXPECT_FALSE(ParseSocketmapReply("").ok());
  EXPECT_FALSE(ParseSocketmapReply("ok a").ok());
}

TEST(SocketmapReply, DefersByDefault) {
  EXPECT_EQ(SocketmapReply().status, SocketmapStatus::kTemp);
}

TEST(SocketmapReply, NamesTheReasonFirstInPrintableAscii) {
  const SocketmapReply reply =
      Refusal(SocketmapStatus::kTemp, "mx-failed", "m\xc3\xbcll\n\x7f.example");
  EXPECT_EQ(reply.text, "mx-failed: m??ll??.example");
}

TEST(SocketmapReply, IsCutAt200Octets) {
  const SocketmapReply reply =
      Refusal(SocketmapStatus::kTemp, "mx-failed", std::string(5000, 'x'));
  EXPECT_EQ(reply.text.size(), 200u);
  EXPECT_EQ(reply.text.substr(0, 12), "mx-failed: x");
}

}  // namespace
}  // namespace danebound
