// What a mistyped word may have meant.
#include "stub/cli/nearest.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace danebound {
namespace {

const std::vector<std::string> kWords = {"lookup", "flush", "stats", "check",
                                         "serve"};

TEST(Nearest, IsOneChangeAway) {
  EXPECT_EQ(Nearest("lokup", kWords), "lookup");
  EXPECT_EQ(Nearest("lookups", kWords), "lookup");
  EXPECT_EQ(Nearest("chack", kWords), "check");
  EXPECT_EQ(Nearest("stast", kWords), "stats");
}

TEST(Nearest, IsNothingWhereNoneIsNear) {
  EXPECT_EQ(Nearest("frobnicate", kWords), "");
  EXPECT_EQ(Nearest(std::string(1000, 'x'), kWords), "");
  EXPECT_EQ(Nearest("", kWords), "");
}

}  // namespace
}  // namespace danebound
