#include "stub/system/packaged_unbound.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace danebound {
namespace {

TEST(PackagedUnbound, IsReadAsThePackageWritesIt) {
  const auto older =
      ParsePackagedUnbound("1.17.1-2+deb12u4 1.17.1-2+deb12u5 older\n");
  ASSERT_TRUE(older.has_value());
  EXPECT_EQ(older->ours, "1.17.1-2+deb12u4");
  EXPECT_EQ(older->debians, "1.17.1-2+deb12u5");
  EXPECT_TRUE(older->is_older);
  const auto current = ParsePackagedUnbound("1.26.0 1.22.0-2 current\n");
  ASSERT_TRUE(current.has_value());
  EXPECT_FALSE(current->is_older);
}

TEST(PackagedUnbound, IsNotKnownWhereTheTextIsAnother) {
  for (const char* text : {"", "\n", "1.17.1", "1.17.1 1.17.2",
                           "1.17.1 1.17.2 newer", "1.17.1 1.17.2 older x"}) {
    EXPECT_FALSE(ParsePackagedUnbound(text).has_value()) << text;
  }
}

TEST(PackagedUnbound, IsNotKnownWithoutTheFile) {
  const std::string path = testing::TempDir() + "danebound-versions";
  std::remove(path.c_str());
  EXPECT_FALSE(ReadPackagedUnbound(path).has_value());
  std::ofstream(path) << "1.0 2.0 older\n";
  ASSERT_TRUE(ReadPackagedUnbound(path).has_value());
  EXPECT_TRUE(ReadPackagedUnbound(path)->is_older);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace danebound
