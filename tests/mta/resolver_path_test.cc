// The way to DNS as `danebound self-test --mta` looks at it.
#include "stub/mta/resolver_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Result = SelfTestCheck::Result;

constexpr const char* kForeign = "198.51.100.53";
constexpr const char* kRelay = "127.0.0.11";

TEST(CheckResolverPath, FailsWhenTheFileIsNotThere) {
  const auto checks = CheckResolverPath("/nonexistent", {}, absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, Result::kFailed);
}

TEST(JudgeNameServer, PassesOneOfThisMachineThatValidates) {
  EXPECT_EQ(JudgeNameServer("resolv.conf", "127.0.0.1", true, {}).result,
            Result::kPassed);
}

// `danebound serve` counts them as bad for good, and answers TEMP.
TEST(JudgeNameServer, FailsOneThatServeDoesNotRestOnWhateverAdItSets) {
  for (const char* address : {kForeign, kRelay, "127.0.0.54", "2001:db8::53"}) {
    const SelfTestCheck check =
        JudgeNameServer("resolv.conf", address, true, {"192.0.2.1"});
    EXPECT_EQ(check.result, Result::kFailed) << address;
    EXPECT_THAT(check.text, AllOf(HasSubstr("trusted by the settings"),
                                  HasSubstr("mta_trusted_resolvers = [\"")));
  }
}

TEST(JudgeNameServer, PassesOneThatTheSettingsTrust) {
  for (const char* address : {kForeign, kRelay, "::ffff:198.51.100.53"}) {
    EXPECT_EQ(JudgeNameServer("resolv.conf", address, true, {kForeign, kRelay})
                  .result,
              Result::kPassed)
        << address;
  }
}

TEST(JudgeNameServer, FailsWithoutAdAlsoOneThatIsTrusted) {
  for (const char* address : {"127.0.0.1", kForeign}) {
    const SelfTestCheck check =
        JudgeNameServer("resolv.conf", address, false, {kForeign});
    EXPECT_EQ(check.result, Result::kFailed) << address;
    EXPECT_THAT(check.text, HasSubstr("without AD"));
  }
}

}  // namespace
}  // namespace danebound
