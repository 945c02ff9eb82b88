// Octets of others as UTF-8, RFC 3629.
#include "stub/c/line.h"

#include "gtest/gtest.h"

namespace danebound::c {
namespace {

constexpr const char* kReplacement = "\xEF\xBF\xBD";

TEST(Line, KeepsTextAsItIs) {
  for (const char* text :
       {"", "example.org", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x93\xA7",
        "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(LineOf(text), text);
  }
}

// RFC 3629 3, 4: overlong forms, surrogates, beyond U+10FFFF, cut off.
TEST(Line, ReplacesWhatIsNoUtf8) {
  for (const absl::string_view octets :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "\xC3", "\xE2\x82", "\xF0\x9F\x93"}) {
    std::string replaced;
    for (size_t i = 0; i < octets.size(); ++i) replaced += kReplacement;
    EXPECT_EQ(LineOf(octets), replaced);
  }
}

TEST(Line, GoesOnBehindWhatIsNoUtf8) {
  EXPECT_EQ(LineOf("a\xE2\x82z"),
            std::string("a") + kReplacement + kReplacement + "z");
}

TEST(Line, HasNoControlCharacters) {
  EXPECT_EQ(LineOf(absl::string_view("a\0b\r\nc\x7F\xC2\x9B\xC2\xA0", 11)),
            "a b  c  \xC2\xA0");
}

}  // namespace
}  // namespace danebound::c
