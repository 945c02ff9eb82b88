#include "stub/dane/name.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  return std::string(Name::ParseText(text).status().message());
}

TEST(Name, IsTheRootByDefault) {
  EXPECT_TRUE(Name().IsRoot());
  EXPECT_EQ(Name().ToText(), ".");
  EXPECT_EQ(N("."), Name());
}

// RFC 4343 2: names compare without regard to case.
TEST(Name, IsEqualWhateverTheCaseAndTheTrailingDot) {
  EXPECT_EQ(N("Mail.EXAMPLE."), N("mail.example"));
  EXPECT_EQ(N("Mail.EXAMPLE.").ToText(), "mail.example");
}

// RFC 1035 5.1
TEST(Name, KeepsEscapedOctets) {
  EXPECT_EQ(N("a\\.b.example").LabelCount(), 2U);
  EXPECT_EQ(N("a\\.b.example").ToText(), "a\\.b.example");
  EXPECT_EQ(N("a\\000b.example").ToText(), "a\\000b.example");
  EXPECT_EQ(N("\\097.example"), N("a.example"));
}

TEST(Name, SaysWhatIsWrongWithText) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("it is empty"));
  EXPECT_THAT(ErrorOf("a..b"), HasSubstr("an empty label"));
  EXPECT_THAT(ErrorOf(".a"), HasSubstr("an empty label"));
  EXPECT_THAT(ErrorOf(std::string(64, 'a')), HasSubstr("63 octets"));
  EXPECT_THAT(ErrorOf("a\\"), HasSubstr("at the end"));
  EXPECT_THAT(ErrorOf("a\\25"), HasSubstr("three digits"));
  EXPECT_THAT(ErrorOf("a\\256"), HasSubstr("above 255"));
}

// RFC 1035 2.3.4
TEST(Name, HoldsUpTo255Octets) {
  const std::string label(61, 'a');
  const std::string longest = label + "." + label + "." + label + "." + label;
  ASSERT_TRUE(Name::ParseText(longest + "." + "aaaa").ok());
  EXPECT_EQ(N(longest + "." + "aaaa").wire().size(), 254U);
  EXPECT_THAT(ErrorOf(longest + ".aaaaaa"), HasSubstr("255 octets"));
  EXPECT_FALSE(N(longest).WithLabel("aaaaaaa").ok());
}

TEST(Name, ReadsAndKeepsWireForm) {
  const Name name = N("_25._tcp.mx.example");
  EXPECT_EQ(Name::ParseWire(name.wire()).value(), name);
  std::string octets = std::string(name.wire()) + "rest";
  absl::string_view rest = octets;
  EXPECT_EQ(Name::TakeWire(&rest).value(), name);
  EXPECT_EQ(rest, "rest");
}

TEST(Name, RefusesEveryTruncationOfWireForm) {
  const Name name = N("mx.example");
  for (size_t size = 0; size < name.wire().size(); ++size) {
    absl::string_view octets = name.wire().substr(0, size);
    EXPECT_FALSE(Name::TakeWire(&octets).ok()) << size;
    EXPECT_EQ(octets.size(), size);
  }
}

TEST(Name, RefusesCompressionAndTrailingOctetsInWireForm) {
  EXPECT_FALSE(Name::ParseWire(Hex("c00c")).ok());
  EXPECT_FALSE(Name::ParseWire(Hex("01610000")).ok());
  EXPECT_FALSE(Name::ParseWire(std::string(300, 1)).ok());
}

TEST(Name, KnowsItsAncestors) {
  EXPECT_TRUE(N("a.b.example").IsAtOrBelow(N("b.example")));
  EXPECT_TRUE(N("b.example").IsAtOrBelow(N("b.example")));
  EXPECT_TRUE(N("b.example").IsAtOrBelow(Name()));
  EXPECT_FALSE(N("ab.example").IsAtOrBelow(N("b.example")));
  EXPECT_FALSE(N("example").IsAtOrBelow(N("b.example")));
  EXPECT_EQ(N("a.b.example").Parent(), N("b.example"));
  EXPECT_EQ(Name().Parent(), Name());
}

}  // namespace
}  // namespace danebound
