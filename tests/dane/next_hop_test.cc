#include "stub/dane/next_hop.h"

#include <string>

#include "absl/strings/ascii.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

std::string ErrorOf(absl::string_view text) {
  return std::string(ParseNextHop(text).status().message());
}

// RFC 7672 2.2.1
TEST(NextHop, IsADomainWithoutBrackets) {
  const NextHop hop = Hop("Example.COM.");
  EXPECT_EQ(hop.form, NextHopForm::kDomain);
  EXPECT_EQ(hop.name, N("example.com"));
  EXPECT_EQ(hop.port, 25);
}

// RFC 7672 2.2.2
TEST(NextHop, IsAHostInBrackets) {
  const NextHop hop = Hop("[mail.example.com]:587");
  EXPECT_EQ(hop.form, NextHopForm::kHost);
  EXPECT_EQ(hop.name, N("mail.example.com"));
  EXPECT_EQ(hop.port, 587);
}

// It would be an address when it is written again.
TEST(NextHop, IsNoNameThatReadsLikeAnAddress) {
  for (const absl::string_view text : {"[192.0.2.1.]", "192.0.2.1."}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("write an address as [192.0.2.1]"));
  }
}

// RFC 7672 2.2; RFC 5321 4.1.3
TEST(NextHop, IsAnAddressInBrackets) {
  EXPECT_EQ(Hop("[192.0.2.1]").form, NextHopForm::kAddress);
  EXPECT_EQ(Hop("[IPv6:2001:db8::1]").address.ToText(), "2001:db8::1");
  EXPECT_EQ(Hop("[2001:db8::1]:26").address.ToText(), "2001:db8::1");
  EXPECT_EQ(Hop("[2001:db8::1]:26").port, 26);
}

TEST(NextHop, TakesThePortOfTheCallWhereTheTextHasNone) {
  EXPECT_EQ(ParseNextHop("example.com", 465)->port, 465);
  EXPECT_EQ(ParseNextHop("example.com:26", 465)->port, 26);
}

// RFC 5891 4.4
TEST(NextHop, TurnsULabelsIntoALabels) {
  const NextHop hop =
      Hop("b\xc3\xbc"
          "cher.example");
  EXPECT_EQ(hop.name, N("xn--bcher-kva.example"));
  EXPECT_EQ(ToUnicode(hop.name),
            "b\xc3\xbc"
            "cher.example");
  EXPECT_EQ(ToUnicode(N("plain.example")), "plain.example");
}

// RFC 5891 5.3
TEST(NextHop, ShowsNoULabelThatWouldNotComeBack) {
  for (const char* text : {
           "xn--a-jv3s.example",      // emoji
           "xn--ab-g4t.example",      // override
           "xn--ab-g1t.example",      // zero width
           "xn--example-.example",    // ascii alone
           "xn--bucher-xyd.example",  // decomposed
       }) {
    EXPECT_EQ(ToUnicode(N(text)), N(text).ToText());
  }
}

TEST(NextHop, IsRefusedInAsciiAlone) {
  for (const char* text :
       {"a\u202e..example", "\u200b@b", "\xff\xfe", "\u0085"}) {
    const absl::Status status = ParseNextHop(text).status();
    ASSERT_FALSE(status.ok()) << text;
    for (const char octet : status.message()) {
      EXPECT_TRUE(absl::ascii_isprint(static_cast<unsigned char>(octet)))
          << status.message();
    }
  }
}

TEST(NextHop, AllowsUnderscores) {
  EXPECT_EQ(Hop("_mail.example").name, N("_mail.example"));
}

TEST(NextHop, ComesBackFromItsText) {
  for (const char* text :
       {"example.com", "[mx.example]", "[192.0.2.1]", "[IPv6:2001:db8::1]"}) {
    EXPECT_EQ(ToText(Hop(text)), text);
  }
}

TEST(NextHop, SaysWhatIsWrong) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("it is empty"));
  EXPECT_THAT(ErrorOf("."), HasSubstr("the root"));
  EXPECT_THAT(ErrorOf("192.0.2.1"), HasSubstr("[192.0.2.1]"));
  EXPECT_THAT(ErrorOf("2001:db8::1"), HasSubstr("[2001:db8::1]"));
  EXPECT_THAT(ErrorOf("user@example.com"), HasSubstr("after the \"@\""));
  EXPECT_THAT(ErrorOf("exa mple.com"), HasSubstr("only letters"));
  EXPECT_THAT(ErrorOf("[mx.example"), HasSubstr("without \"]\""));
  EXPECT_THAT(ErrorOf("[mx.example]x"), HasSubstr("may follow"));
  EXPECT_THAT(ErrorOf("[mx.example]:"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(ErrorOf("example.com:0"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(ErrorOf("example.com:65536"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(ErrorOf("example.com:+25"), HasSubstr("from 1 to 65535"));
  EXPECT_THAT(ErrorOf("[IPv6:192.0.2.1]"), HasSubstr("no IPv6 address"));
  EXPECT_THAT(ErrorOf("[]"), HasSubstr("it is empty"));
  EXPECT_THAT(ErrorOf("a..b"), HasSubstr("an empty label"));
  EXPECT_THAT(ErrorOf("\xff.example"), HasSubstr("A-labels"));
  EXPECT_FALSE(ParseNextHop(absl::string_view("a\0b", 3)).ok());
}

}  // namespace
}  // namespace danebound
