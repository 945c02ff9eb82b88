// The way to DNS as `danebound self-test --mta` looks at it.
#include "stub/mta/resolver_path.h"

#include <gtest/gtest.h>

namespace danebound {
namespace {

TEST(CheckResolverPath, FailsWhenTheFileIsNotThere) {
  const auto checks = CheckResolverPath("/nonexistent", absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, SelfTestCheck::Result::kFailed);
}

}  // namespace
}  // namespace danebound
