#include "module/safe_version.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Result = SelfTestCheck::Result;

TEST(SafeVersion, PassesTheReleaseOfTheNewestFixAndLater) {
  for (const char* release : {"1.26.2", "1.26.10", "1.27.0", "2.0.0"}) {
    const SelfTestCheck check = CheckRelease({release, ""});
    EXPECT_EQ(check.name, "resolver");
    EXPECT_EQ(check.result, Result::kPassed) << release;
    EXPECT_EQ(check.text, std::string("unbound ") + release);
  }
}

TEST(SafeVersion, WarnsBelowTheReleaseOfTheNewestFix) {
  for (const char* release : {"1.17.1", "1.25.2", "1.26.1", "1.9.9"}) {
    const SelfTestCheck check = CheckRelease({release, ""});
    EXPECT_EQ(check.result, Result::kWarning) << release;
    EXPECT_THAT(check.text, HasSubstr("1.26.2")) << release;
  }
}

TEST(SafeVersion, NamesThoseFixesThatTheReleaseLacks) {
  const std::string text = CheckRelease({"1.25.1", ""}).text;
  EXPECT_THAT(text, HasSubstr("CVE-2026-35501"));
  EXPECT_THAT(text, HasSubstr("CVE-2026-50252"));
  EXPECT_THAT(text, Not(HasSubstr("CVE-2026-33278")));
  EXPECT_THAT(text, Not(HasSubstr("CVE-2023-50387")));
}

// Debian's 1.17.1-2+deb12u2 has fixes of 1.19.1.
TEST(SafeVersion, PassesAPackageThatMayCarryTheFixesAndNamesIt) {
  const SelfTestCheck check = CheckRelease({"1.17.1", "1.17.1-2+deb12u4"});
  EXPECT_EQ(check.result, Result::kPassed);
  EXPECT_THAT(check.text, HasSubstr("1.17.1-2+deb12u4"));
  EXPECT_THAT(check.text, HasSubstr("changelog"));
}

TEST(SafeVersion, SaysNothingOfFixesThatTheReleaseOfAPackageHas) {
  EXPECT_EQ(CheckRelease({"1.26.2", "1.26.2-0+deb13u1"}).text,
            "unbound 1.26.2 (package 1.26.2-0+deb13u1)");
}

TEST(SafeVersion, WarnsWhereTheReleaseCannotBeRead) {
  for (const char* release :
       {"", "1", "1.26", "1.26.2rc1", "1.26.2.1", "x.y.z"}) {
    EXPECT_EQ(CheckRelease({release, ""}).result, Result::kWarning) << release;
  }
}

}  // namespace
}  // namespace danebound
