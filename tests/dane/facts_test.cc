#include "stub/dane/facts.h"

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

HostFacts Host(HostState state, int64_t expires) {
  HostFacts host;
  host.state = state;
  host.expires = expires;
  return host;
}

TEST(Facts, AreSafeByDefault) {
  EXPECT_EQ(Facts().kind, Kind::kFailed);
  EXPECT_EQ(Facts().security, Security::kFailed);
  EXPECT_EQ(HostFacts().state, HostState::kNotEvaluated);
  EXPECT_EQ(Answer().security, Security::kFailed);
}

TEST(Facts, LiveAsLongAsTheShortestPart) {
  Facts facts;
  facts.expires = 100;
  facts.hosts = {Host(HostState::kTlsa, 90), Host(HostState::kNoTlsa, 80)};
  EXPECT_EQ(ExpiryOf(facts), 80);
  facts.expires = 70;
  EXPECT_EQ(ExpiryOf(facts), 70);
}

TEST(Facts, AreNotShortenedByAFailedHostUnlessAllFailed) {
  Facts facts;
  facts.expires = 100;
  facts.hosts = {Host(HostState::kTlsa, 90), Host(HostState::kTlsaFailed, 5)};
  EXPECT_EQ(ExpiryOf(facts), 90);
  facts.hosts = {Host(HostState::kAddressFailed, 7),
                 Host(HostState::kTlsaFailed, 5)};
  EXPECT_EQ(ExpiryOf(facts), 5);
}

}  // namespace
}  // namespace danebound
