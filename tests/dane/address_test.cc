#include "stub/dane/address.h"

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

TEST(Address, ReadsBothFamiliesAsTextAndOctets) {
  EXPECT_EQ(Address::ParseText("192.0.2.1")->ToText(), "192.0.2.1");
  EXPECT_EQ(Address::ParseText("2001:DB8::1")->ToText(), "2001:db8::1");
  EXPECT_EQ(Address::ParseOctets(Hex("c0000201"))->ToText(), "192.0.2.1");
  EXPECT_TRUE(Address::ParseOctets(std::string(16, '\0'))->IsIpv6());
  EXPECT_EQ(Address().ToText(), "");
}

TEST(Address, RefusesWhatIsNoAddress) {
  for (const char* text : {"", "192.0.2", "192.0.2.256", "192.0.2.1 ", "::g",
                           "fe80::1%eth0", "[::1]", "example"}) {
    EXPECT_FALSE(Address::ParseText(text).ok()) << text;
  }
  EXPECT_FALSE(Address::ParseText(absl::string_view("192.0.2.1\0", 10)).ok());
  EXPECT_FALSE(Address::ParseOctets("abc").ok());
}

}  // namespace
}  // namespace danebound
