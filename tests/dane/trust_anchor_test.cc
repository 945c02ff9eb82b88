#include "stub/dane/trust_anchor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// RFC 1035 5.1
TEST(ZonesOfAnchorRecords, FindsTheOwnersOfDsAndDnskeyRecords) {
  EXPECT_THAT(ZonesOfAnchorRecords("; a comment . IN DS 1 8 2 AB\n"
                                   ". 172800 IN DNSKEY 257 3 8 AwEA ;{id = 1}\n"
                                   "example. DS 1 8 2 AB\r\n"
                                   "EXAMPLE. IN 60 TYPE43 \\# 4 00010802\n"
                                   "  indented. IN DS 1 8 2 AB\n"
                                   "relative IN DS 1 8 2 AB"),
              ElementsAre(Name(), N("example"), N("indented"), N("relative")));
  EXPECT_THAT(ZonesOfAnchorRecords("  IN DS 1 8 2 AB"), ElementsAre(Name()));
}

TEST(ZonesOfAnchorRecords, KnowsOriginsOwnersLeftOutAndParentheses) {
  EXPECT_THAT(ZonesOfAnchorRecords("$TTL 3600\n"
                                   "$ORIGIN example.\n"
                                   "@ IN DNSKEY ( 257 3 8\n"
                                   "  AwEA ; DS of nobody. IN DS\n"
                                   "  AQAB )\n"
                                   "   IN DS 1 8 2 AB\n"
                                   "sub IN DS 1 8 2 AB\n"
                                   "$ORIGIN sub\n"
                                   "below IN DS 1 8 2 AB\n"
                                   "other.test. IN DS 1 8 2 AB\n"),
              ElementsAre(N("example"), N("sub.example"),
                          N("below.sub.example"), N("other.test")));
}

TEST(ZonesOfAnchorRecords, PassesOverWhatIsNoTrustAnchor) {
  for (const char* text :
       {"", "\n\n", "; only comments\n;;id: . 1\n", "this is no key\n",
        "# . DS 1 8 2 AB\n", "a..b. IN DS 1 8 2 AB\n", "(", "\"",
        "example. IN TXT \"an\" DS\n", "$ORIGIN\n"}) {
    EXPECT_THAT(ZonesOfAnchorRecords(text), IsEmpty()) << text;
  }
}

TEST(ZonesOfTrustedKeys, FindsTheZonesOfKeys) {
  EXPECT_THAT(ZonesOfTrustedKeys(
                  "options { directory \"/x\"; };\n"
                  "trusted-keys {\n"
                  "  // no.example. 257 3 8 \"AwEA\";\n"
                  "  # no.example. 257 3 8 \"AwEA\";\n"
                  "  /* no.example. 257 3 8 \"AwEA\"; */\n"
                  "  \"a.example.\" 257 3 8 \"Aw//EA\n"
                  "       no.example\";\n"
                  "  b.example. 257 3 8 \"AwEA\"; . 256 3 8 \"AwEA\"; };\n"
                  "managed-keys { c.example. initial-key 257 3 8 "
                  "\"AwEA\"; };\n"
                  "trust-anchors{d.example static-ds 1 8 2 \"AB\";};\n"),
              ElementsAre(N("a.example"), N("b.example"), Name(),
                          N("c.example"), N("d.example")));
}

TEST(ZonesOfTrustedKeys, PassesOverWhatIsNoKey) {
  for (const char* text :
       {"", "# trusted-keys { a. 257 3 8 \"A\"; };\n", "trusted-keys { };",
        "trusted-keys", "trusted-keys {", "/* trusted-keys {", "\"",
        ". IN DS 1 8 2 AB\n"}) {
    EXPECT_THAT(ZonesOfTrustedKeys(text), IsEmpty()) << text;
  }
}

}  // namespace
}  // namespace danebound
