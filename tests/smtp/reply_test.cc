#include "stub/smtp/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// RFC 5321 4.2
TEST(TakeReply, TakesOneReplyAndLeavesTheRest) {
  absl::string_view octets = "220 mx.example ESMTP\r\n250 next";
  const auto reply = TakeReply(&octets);
  ASSERT_TRUE(reply.ok() && reply->has_value());
  EXPECT_EQ((*reply)->code, 220);
  EXPECT_THAT((*reply)->lines, ElementsAre("mx.example ESMTP"));
  EXPECT_EQ(octets, "250 next");
}

// RFC 5321 4.2.1
TEST(TakeReply, CollectsTheLinesOfOneReply) {
  absl::string_view octets = "250-mx.example\r\n250-SIZE 1\r\n250 STARTTLS\r\n";
  const auto reply = TakeReply(&octets);
  ASSERT_TRUE(reply.ok() && reply->has_value());
  EXPECT_THAT((*reply)->lines, ElementsAre("mx.example", "SIZE 1", "STARTTLS"));
  EXPECT_EQ(octets, "");
}

TEST(TakeReply, TakesABareCodeAndABareLineFeed) {
  absl::string_view octets = "250\n";
  const auto reply = TakeReply(&octets);
  ASSERT_TRUE(reply.ok() && reply->has_value());
  EXPECT_THAT((*reply)->lines, ElementsAre(""));
}

TEST(TakeReply, WaitsForTheEndOfEveryPrefix) {
  const std::string whole = "250-a\r\n250 b\r\n";
  for (size_t size = 0; size < whole.size(); ++size) {
    absl::string_view octets = absl::string_view(whole).substr(0, size);
    const auto reply = TakeReply(&octets);
    ASSERT_TRUE(reply.ok()) << size;
    EXPECT_FALSE(reply->has_value()) << size;
    EXPECT_EQ(octets.size(), size);
  }
}

TEST(TakeReply, RefusesWhatIsNoReply) {
  for (const char* line :
       {"", "SSH-2.0-OpenSSH_9.2", "99 low", "650 high", "260 odd", "22x odd",
        "2200 four", "220_", "\x16\x03\x01"}) {
    const std::string text = absl::StrCat(line, "\r\n");
    absl::string_view octets = text;
    EXPECT_FALSE(TakeReply(&octets).ok()) << line;
  }
}

// RFC 5321 4.2.1: the code is the same on all lines.
TEST(TakeReply, RefusesAReplyOfTwoCodes) {
  absl::string_view octets = "250-a\r\n220 b\r\n";
  EXPECT_FALSE(TakeReply(&octets).ok());
}

TEST(TakeReply, EndsAReplyThatHasNoEnd) {
  const std::string line(kMostReplyOctets + 1, 'x');
  absl::string_view octets = line;
  EXPECT_EQ(TakeReply(&octets).status().code(), absl::StatusCode::kOutOfRange);
  std::string lines;
  while (lines.size() <= kMostReplyOctets) lines += "220-welcome\r\n";
  octets = lines;
  EXPECT_EQ(TakeReply(&octets).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(SmtpReply, ShowsNothingThatSteersATerminal) {
  EXPECT_EQ(ToText(SmtpReply{550, {"\033[2J no"}}), "550 \\x1b[2J no");
  absl::string_view octets = "\033[2J\r\n";
  EXPECT_THAT(std::string(TakeReply(&octets).status().message()),
              HasSubstr("\\x1b[2J"));
}

}  // namespace
}  // namespace danebound
