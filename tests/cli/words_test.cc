#include "stub/cli/words.h"

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

TEST(Printable, ReplacesControlCharacters) {
  EXPECT_EQ(Printable("a\033[31m\n\x7f"), "a?[31m??");
  EXPECT_EQ(Printable("b\xc3\xbc"
                      "cher"),
            "b\xc3\xbc"
            "cher");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "?2J");
}

TEST(Printable, ReplacesWhatDeceives) {
  struct Case {
    const char* what;
    const char* character;
  };
  for (const Case& each :
       std::vector<Case>{{"right-to-left override", "\u202e"},
                         {"left-to-right isolate", "\u2066"},
                         {"Arabic letter mark", "\u061c"},
                         {"zero-width space", "\u200b"},
                         {"zero-width joiner", "\u200d"},
                         {"byte order mark", "\ufeff"},
                         {"soft hyphen", "\u00ad"},
                         {"Hangul filler", "\u3164"},
                         {"variation selector", "\ufe0f"},
                         {"tag", "\U000e0061"},
                         {"line separator", "\u2028"},
                         {"private use", "\ue000"},
                         {"no character", "\uffff"}}) {
    EXPECT_EQ(Printable(absl::StrCat("a", each.character, "b")), "a?b")
        << each.what;
  }
}

TEST(Printable, ReplacesOctetsThatAreNoUtf8) {
  EXPECT_EQ(Printable("a\xc2"), "a?");
  EXPECT_EQ(Printable("\xff\xc0\x80z"), "???z");
  EXPECT_EQ(Printable("\xed\xa0\x80"), "???");
}

TEST(Printable, KeepsTextOfAllScripts) {
  for (const char* text :
       {"b\u00fccher", "\u4f8b\u3048", "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u05e9\u05dc\u05d5\u05dd", "e\u0301"}) {
    EXPECT_EQ(Printable(text), text);
  }
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
