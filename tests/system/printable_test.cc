// Octets of others, as people may see them.
#include "stub/system/printable.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

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

// RFC 3629 3, 4: overlong forms, surrogates, beyond U+10FFFF, cut off.
TEST(Printable, ReplacesOctetsThatAreNoUtf8) {
  for (const absl::string_view octets :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xC3", "\xE2\x82", "\xF0\x9F\x93"}) {
    EXPECT_EQ(Printable(absl::StrCat("a", octets, "z")),
              absl::StrCat("a", std::string(octets.size(), '?'), "z"));
  }
}

TEST(Printable, KeepsTextOfAllScripts) {
  for (const char* text :
       {"b\u00fccher", "\u4f8b\u3048", "\u0928\u092e\u0938\u094d\u0924\u0947",
        "\u05e9\u05dc\u05d5\u05dd", "e\u0301"}) {
    EXPECT_EQ(Printable(text), text);
  }
}

TEST(PrintableLines, KeepsTheEndsOfLines) {
  EXPECT_EQ(PrintableLines("a\x1b\nb\n"), "a?\nb\n");
  EXPECT_EQ(PrintableLines(""), "");
}

}  // namespace
}  // namespace danebound
