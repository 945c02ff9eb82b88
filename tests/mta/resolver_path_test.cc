// resolv.conf(5) as `danebound self-test --mta` reads it.
#include "stub/mta/resolver_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace danebound {
namespace {

using ::testing::ElementsAre;

TEST(ParseResolvConf, TakesTheNameserversAndTheOptions) {
  const ResolvConf conf = ParseResolvConf(
      "# comment\n; another\nsearch example\n"
      "nameserver 127.0.0.1\nnameserver\t::1\noptions edns0 trust-ad\n");
  EXPECT_THAT(conf.nameservers, ElementsAre("127.0.0.1", "::1"));
  EXPECT_TRUE(conf.trust_ad);
}

TEST(ParseResolvConf, AsksThisMachineWhenNoneIsNamed) {
  const ResolvConf conf = ParseResolvConf("#nameserver 192.0.2.1\n");
  EXPECT_THAT(conf.nameservers, ElementsAre("127.0.0.1"));
  EXPECT_FALSE(conf.trust_ad);
}

TEST(ParseResolvConf, TakesThreeNameserversAsTheLibcDoes) {
  EXPECT_THAT(ParseResolvConf("nameserver 127.0.0.1\nnameserver 127.0.0.2\n"
                              "nameserver 127.0.0.3\nnameserver 127.0.0.4\n")
                  .nameservers,
              ElementsAre("127.0.0.1", "127.0.0.2", "127.0.0.3"));
}

TEST(CheckResolverPath, FailsWhenTheFileIsNotThere) {
  const auto checks = CheckResolverPath("/nonexistent", absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, SelfTestCheck::Result::kFailed);
}

}  // namespace
}  // namespace danebound
