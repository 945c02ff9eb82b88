#include "stub/cli/forms/words.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

TEST(LengthOfTime, HasItsTwoGreatestUnits) {
  EXPECT_EQ(LengthOfTime(-5), "0 s");
  EXPECT_EQ(LengthOfTime(0), "0 s");
  EXPECT_EQ(LengthOfTime(59), "59 s");
  EXPECT_EQ(LengthOfTime(60), "1 min");
  EXPECT_EQ(LengthOfTime(3599), "59 min 59 s");
  EXPECT_EQ(LengthOfTime(3600), "1 h");
  EXPECT_EQ(LengthOfTime(3601), "1 h");
  EXPECT_EQ(LengthOfTime(90000), "1 d 1 h");
}

TEST(Width, CountsColumns) {
  EXPECT_EQ(Width(""), 0U);
  EXPECT_EQ(Width("abc"), 3U);
  EXPECT_EQ(Width("b\u00fccher"), 6U);
  EXPECT_EQ(Width("\u4f8b\u3048"), 4U);
  EXPECT_EQ(Width("e\u0301"), 1U);
}

TEST(Padded, ReachesAColumn) {
  EXPECT_EQ(Padded("\u4f8b", 4), "\u4f8b  ");
  EXPECT_EQ(Padded("b\u00fc", 4), "b\u00fc  ");
  EXPECT_EQ(Padded("long", 2), "long");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one  two", 7), ElementsAre("one two"));
  EXPECT_THAT(Wrap("overlong a", 3), ElementsAre("overlong", "a"));
  EXPECT_THAT(Wrap("", 3), ElementsAre(""));
  EXPECT_THAT(Wrap("\u00fc\u00fc \u00fc\u00fc \u00fc", 5),
              ElementsAre("\u00fc\u00fc \u00fc\u00fc", "\u00fc"));
}

}  // namespace
}  // namespace danebound
