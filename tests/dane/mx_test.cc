#include "stub/dane/mx.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// RFC 5321 5.1; RFC 7672 2.2.1
TEST(Mx, IsSortedByPreferenceThenByName) {
  EXPECT_THAT(
      ParseMx({Mx(20, "c.example"), Mx(10, "b.example"), Mx(20, "a.example")})
          .value(),
      ElementsAre(MxRecord{10, N("b.example")}, MxRecord{20, N("a.example")},
                  MxRecord{20, N("c.example")}));
}

TEST(Mx, KeepsTheBestOfOneExchange) {
  EXPECT_THAT(ParseMx({Mx(20, "a.example"), Mx(10, "A.example")}).value(),
              ElementsAre(MxRecord{10, N("a.example")}));
}

TEST(Mx, RefusesTheWholeAnswerForOneBadRecord) {
  EXPECT_FALSE(ParseMx({Mx(10, "a.example"), ""}).ok());
  EXPECT_FALSE(ParseMx({Mx(10, "a.example"), Hex("00")}).ok());
  EXPECT_THAT(std::string(ParseMx({Hex("000a0161")}).status().message()),
              HasSubstr("preference 10"));
}

// RFC 5321 5.1, RFC 7672 2.2
TEST(Mx, KnowsAnAddressThatStandsForAName) {
  EXPECT_TRUE(IsAddress(N("192.0.2.1")));
  EXPECT_TRUE(IsAddress(N("2001:db8::1")));
  EXPECT_TRUE(IsAddress(N("192\\.0\\.2\\.1")));
  EXPECT_FALSE(IsAddress(N("192.0.2.1.example")));
  EXPECT_FALSE(IsAddress(N("mx1.example")));
}

}  // namespace
}  // namespace danebound
