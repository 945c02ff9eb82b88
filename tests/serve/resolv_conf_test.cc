#include "stub/serve/resolver/resolv_conf.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <array>
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

// resolv.conf(5): "The keyword and value must appear on a single line, and the
// keyword must start the line."
TEST(ParseResolvConf, TakesAKeywordInTheFirstColumnAlone) {
  const ResolvConf conf = ParseResolvConf(
      " nameserver 192.0.2.1\n\tnameserver 192.0.2.2\n options trust-ad\n"
      "nameserverx 192.0.2.3\nnameserver\n");
  EXPECT_THAT(conf.nameservers, ElementsAre("127.0.0.1"));
  EXPECT_FALSE(conf.trust_ad);
}

// Nor do they count among the three.
TEST(ParseResolvConf, PassesOverWhatIsNoAddressAsTheLibcDoes) {
  EXPECT_THAT(
      ParseResolvConf("nameserver ns.example\nnameserver 192.0.2.256\n"
                      "nameserver fe80::1%nowhere\nnameserver 192.0.2.1\r\n"
                      "nameserver ::1 trailing\nnameserver fe80::1%lo\n"
                      "nameserver 127.1\n")
          .nameservers,
      ElementsAre("::1", "fe80::1%lo", "127.1"));
}

TEST(CanonicalAddress, IsOneForAllWaysToWriteAnAddress) {
  EXPECT_EQ(CanonicalAddress("2001:DB8:0::53"), "2001:db8::53");
  EXPECT_EQ(CanonicalAddress("::ffff:192.0.2.53"), "192.0.2.53");
  EXPECT_EQ(CanonicalAddress("127.1"), "127.0.0.1");
  EXPECT_EQ(CanonicalAddress("FE80::1%lo"), "fe80::1%lo");
  EXPECT_EQ(CanonicalAddress("localhost"), "");
  EXPECT_EQ(CanonicalAddress(""), "");
}

// What the interfaces of this machine have, and what means it.
TEST(IsOfThisMachine, IsTrueOfItsOwnAddressesAlone) {
  for (const char* address : {"127.0.0.1", "127.255.0.53", "::1", "0.0.0.0",
                              "::", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsOfThisMachine(address)) << address;
  }
  // All of them reserved: for documentation, nobody's, or for many.
  for (const char* address :
       {"198.51.100.53", "2001:db8::53", "240.0.0.1", "100::1", "224.0.0.251",
        "ff02::fb", "::ffff:198.51.100.53", "fe80::53%lo", "ns.example", ""}) {
    EXPECT_FALSE(IsOfThisMachine(address)) << address;
  }
  ifaddrs* all = nullptr;
  ASSERT_EQ(getifaddrs(&all), 0);
  for (const ifaddrs* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr) continue;
    const int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    std::array<char, NI_MAXHOST> host{};
    ASSERT_EQ(getnameinfo(each->ifa_addr,
                          family == AF_INET ? sizeof(sockaddr_in)
                                            : sizeof(sockaddr_in6),
                          host.data(), host.size(), nullptr, 0, NI_NUMERICHOST),
              0);
    EXPECT_TRUE(IsOfThisMachine(host.data())) << host.data();
  }
  freeifaddrs(all);
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
