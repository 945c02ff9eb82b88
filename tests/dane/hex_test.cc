#include "stub/dane/hex.h"

#include "gtest/gtest.h"

namespace danebound {
namespace {

TEST(Hex, IsParsedInEitherCase) {
  EXPECT_EQ(ParseHex("0b9FaA00"), std::string("\x0b\x9f\xaa\x00", 4));
  EXPECT_EQ(ParseHex(""), "");
}

TEST(Hex, IsNothingWhereADigitIsNone) {
  EXPECT_EQ(ParseHex("0b9"), "");
  EXPECT_EQ(ParseHex("0g"), "");
  EXPECT_EQ(ParseHex(" 0"), "");
  EXPECT_EQ(ParseHex("0x0b"), "");
}

}  // namespace
}  // namespace danebound
