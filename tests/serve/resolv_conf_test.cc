#include "stub/serve/resolv_conf.h"

#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

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

TEST(ReadResolvConf, ReadsARegularFileAndNothingElse) {
  const std::string folder = testing::TempDir();
  const std::string file = folder + "/resolv.conf";
  std::ofstream(file) << "nameserver ::1\n";
  EXPECT_EQ(ReadResolvConf(file).value_or(""), "nameserver ::1\n");
  const std::string pipe = folder + "/resolv.pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  for (const std::string& path : {pipe, folder, folder + "/none"}) {
    EXPECT_THAT(std::string(ReadResolvConf(path).status().message()),
                StartsWith(path + ": "));
  }
  std::ofstream(file) << std::string(70000, '#');
  EXPECT_FALSE(ReadResolvConf(file).ok());
  unlink(pipe.c_str());
}

TEST(IsLoopback, IsTrueOfAddressesThatNoOtherMachineHas) {
  for (const char* address : {"127.0.0.1", "127.255.0.53", "::1", "0:0::1"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address :
       {"127.0.0.1.example", "128.0.0.1", "192.0.2.1", "::2", "fe80::1", ""}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace danebound
