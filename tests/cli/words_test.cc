#include "stub/cli/words.h"

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

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(Printable("a\033[31m\n\x7f"), "a?[31m??");
  EXPECT_EQ(Printable("b\xc3\xbc"
                      "cher"),
            "b\xc3\xbc"
            "cher");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "?2J");
  EXPECT_EQ(Printable("\xc2"), "\xc2");
}

TEST(Wrap, BreaksAtSpaces) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("one  two", 7), ElementsAre("one two"));
  EXPECT_THAT(Wrap("overlong a", 3), ElementsAre("overlong", "a"));
  EXPECT_THAT(Wrap("", 3), ElementsAre(""));
}

}  // namespace
}  // namespace danebound
