// Next hops as people type them: names of services, labels of services.
#include "stub/cli/service_name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

// "[mx.example]:25", or the error.
std::string Read(absl::string_view text) {
  const auto next_hop = ReadNextHop(text, 26);
  return next_hop.ok() ? absl::StrCat(ToText(*next_hop), ":", next_hop->port)
                       : std::string(next_hop.status().message());
}

TEST(ReadNextHop, TakesTheNameOfAServiceForAPort) {
  EXPECT_EQ(Read("mx.example:smtp"), "mx.example:25");
  EXPECT_EQ(Read("mx.example:submission"), "mx.example:587");
  EXPECT_EQ(Read("[mx.example]:submissions"), "[mx.example]:465");
  EXPECT_EQ(Read("[192.0.2.1]:smtp"), "[192.0.2.1]:25");
  EXPECT_EQ(Read("[IPv6:2001:db8::1]:smtp"), "[IPv6:2001:db8::1]:25");
}

TEST(ReadNextHop, NamesAServiceThatIsNone) {
  EXPECT_EQ(Read("mx.example:smptp"),
            "\"mx.example:smptp\" is not a next hop: \"smptp\" is no TCP "
            "service of /etc/services; give the port's number");
  EXPECT_THAT(Read("mx.example:bootpc"), HasSubstr("no TCP service"));
}

// RFC 6698 3
TEST(ReadNextHop, TakesAServiceForItsHost) {
  EXPECT_EQ(Read("_25._tcp.mx.example"), "[mx.example]:25");
  EXPECT_EQ(Read("_465._tcp.MX.example."), "[mx.example]:465");
  EXPECT_EQ(Read("[_587._tcp.mx.example]"), "[mx.example]:587");
  EXPECT_EQ(Read("_25._tcp.mx.example:smtp"), "[mx.example]:25");
}

TEST(ReadNextHop, RefusesServicesThatNoMailIsSentTo) {
  EXPECT_THAT(Read("_25._udp.mx.example"), HasSubstr("mail goes over TCP"));
  EXPECT_THAT(Read("_0._tcp.mx.example"), HasSubstr("mail goes over TCP"));
  EXPECT_THAT(Read("_smtp._tcp.example"), HasSubstr("label of a service"));
  EXPECT_THAT(Read("_25._tcp.mx.example:465"), HasSubstr("two ports"));
}

TEST(ReadNextHop, LeavesAllElseAsItIs) {
  EXPECT_EQ(Read("example.org"), "example.org:26");
  EXPECT_EQ(Read("example.org:465"), "example.org:465");
  EXPECT_EQ(Read("_dmarc.example.org"), "_dmarc.example.org:26");
  EXPECT_THAT(Read("2001:db8::1"), HasSubstr("[2001:db8::1]"));
  EXPECT_THAT(Read("a..b"), HasSubstr("is not a next hop"));
  EXPECT_THAT(Read("a.example:-1"), HasSubstr("number from 1"));
  EXPECT_THAT(Read("a.example:"), HasSubstr("number from 1"));
}

TEST(ParseServiceName, TakesTheNameOfAServiceForAPort) {
  const auto service = ParseServiceName("mx.example:smtp");
  ASSERT_TRUE(service.ok()) << service.status();
  EXPECT_EQ(service->port, 25);
  EXPECT_FALSE(ParseServiceName("mx.example:smptp").ok());
}

}  // namespace
}  // namespace danebound
