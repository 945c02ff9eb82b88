#include "stub/dane/tls_key.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::MatchesRegex;

HostVerdict Host() {
  HostVerdict host;
  host.name = N("mx.example");
  host.duty = Duty::kAuthenticate;
  host.base_domain = N("mx.example");
  host.names = {"mx.example", "example"};
  host.tlsa = JudgeTlsa({Tlsa311(1), Tlsa311(2)});
  return host;
}

TEST(TlsKey, Is64HexDigits) {
  EXPECT_THAT(TlsKeyOf(Host(), 25), MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(TlsKeyOf(Host(), 25).size(), 64U);
}

TEST(TlsKey, IsEqualForTheSamePeerUnderAnotherMxName) {
  HostVerdict other = Host();
  other.name = N("alias.example");
  other.preference = 7;
  other.tlsa = JudgeTlsa({Tlsa311(2), Tlsa311(1)});
  EXPECT_EQ(TlsKeyOf(other, 25), TlsKeyOf(Host(), 25));
}

TEST(TlsKey, DiffersInAllThatThePeerIsMatchedAgainst) {
  const std::string key = TlsKeyOf(Host(), 25);
  EXPECT_NE(TlsKeyOf(Host(), 26), key);
  HostVerdict duty = Host();
  duty.duty = Duty::kEncrypt;
  EXPECT_NE(TlsKeyOf(duty, 25), key);
  HostVerdict base = Host();
  base.base_domain = N("other.example");
  EXPECT_NE(TlsKeyOf(base, 25), key);
  HostVerdict names = Host();
  names.names = {"mx.example"};
  EXPECT_NE(TlsKeyOf(names, 25), key);
  HostVerdict joined = Host();
  joined.names = {"mx.example,7:example"};
  EXPECT_NE(TlsKeyOf(joined, 25), key);
  HostVerdict records = Host();
  records.tlsa = JudgeTlsa({Tlsa311(1)});
  EXPECT_NE(TlsKeyOf(records, 25), key);
}

TEST(TlsKey, LeavesOutRecordsThatDoNotCount) {
  HostVerdict more = Host();
  more.tlsa = JudgeTlsa({Tlsa311(1), Tlsa311(2), Hex("000101")});
  EXPECT_EQ(TlsKeyOf(more, 25), TlsKeyOf(Host(), 25));
}

TEST(TlsKey, IsOfTheHostAloneWhereTlsaDoesNotBind) {
  HostVerdict a = Host();
  a.duty = Duty::kOpportunistic;
  HostVerdict b = a;
  b.tlsa.clear();
  EXPECT_EQ(TlsKeyOf(a, 25), TlsKeyOf(b, 25));
  b.name = N("other.example");
  EXPECT_NE(TlsKeyOf(a, 25), TlsKeyOf(b, 25));
}

}  // namespace
}  // namespace danebound
