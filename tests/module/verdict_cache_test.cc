#include "module/verdict_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr VerdictCache::HashKey kHashKey = {1, 2};

NextHop Domain(absl::string_view name) {
  NextHop next_hop;
  next_hop.name = Name::ParseText(name).value();
  return next_hop;
}

SharedFacts FactsOf(absl::string_view name) {
  auto facts = std::make_shared<Facts>();
  facts->next_hop = Domain(name);
  facts->kind = Kind::kMx;
  facts->expires = 100;
  return facts;
}

TEST(VerdictCache, FindsWhatWasStored) {
  VerdictCache cache(1 << 20, kHashKey);
  const SharedFacts facts = FactsOf("a.example");
  cache.Store("a", facts);
  ASSERT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("a")->facts, facts);
  EXPECT_EQ(cache.Find("b"), nullptr);
}

TEST(VerdictCache, ReplacesFactsAndForgetsThatTheyWereAskedFor) {
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store("a", FactsOf("a.example"));
  const size_t bytes = cache.bytes();
  cache.Find("a")->was_asked = true;
  cache.Store("a", FactsOf("a.example"));
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.bytes(), bytes);
  EXPECT_FALSE(cache.Find("a")->was_asked);
}

TEST(VerdictCache, StaysWithinItsBytes) {
  VerdictCache cache(65536, kHashKey);
  for (int i = 0; i < 10000; ++i) {
    cache.Store(absl::StrCat(i), FactsOf(absl::StrCat("d", i, ".example")));
    ASSERT_LE(cache.bytes(), 65536U);
  }
  EXPECT_EQ(cache.size() + cache.evictions(), 10000U);
}

TEST(VerdictCache, DropsTheLeastRecentlyUsed) {
  VerdictCache probe(1 << 20, kHashKey);
  probe.Store("a", FactsOf("a.example"));
  VerdictCache cache(2 * probe.bytes(), kHashKey);
  cache.Store("a", FactsOf("a.example"));
  cache.Store("b", FactsOf("b.example"));
  cache.Find("a");
  cache.Store("c", FactsOf("c.example"));
  EXPECT_NE(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.Find("b"), nullptr);
  EXPECT_NE(cache.Find("c"), nullptr);
}

TEST(VerdictCache, KeepsNothingThatIsLargerThanItself) {
  VerdictCache cache(1, kHashKey);
  cache.Store("a", FactsOf("a.example"));
  EXPECT_EQ(cache.Find("a"), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(VerdictCache, CountsWhatIsFlushed) {
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store("a", FactsOf("a.example"));
  cache.Store("b", FactsOf("b.example"));
  EXPECT_TRUE(cache.Erase("a"));
  EXPECT_FALSE(cache.Erase("a"));
  EXPECT_EQ(cache.Clear(), 1U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(VerdictCacheKey, TellsNextHopsApart) {
  NextHop host = Domain("a.example");
  host.form = NextHopForm::kHost;
  NextHop port = Domain("a.example");
  port.port = 587;
  EXPECT_EQ(KeyOf(Domain("a.example")), KeyOf(Domain("A.EXAMPLE.")));
  EXPECT_NE(KeyOf(Domain("a.example")), KeyOf(host));
  EXPECT_NE(KeyOf(Domain("a.example")), KeyOf(port));
  EXPECT_NE(KeyOf(Domain("a.example")), KeyOf(Domain("b.example")));
}

TEST(FactsSize, GrowsWithEveryPart) {
  Facts facts = *FactsOf("a.example");
  const size_t bare = SizeOf(facts);
  facts.hosts.resize(1);
  const size_t with_host = SizeOf(facts);
  EXPECT_GT(with_host, bare);
  facts.hosts[0].tlsa.emplace_back(60000, 'x');
  EXPECT_GE(SizeOf(facts), with_host + 60000);
  facts.hosts[0].reasons.push_back({ReasonId::kNoTlsa, "why", {}});
  EXPECT_GE(SizeOf(facts), with_host + 60000 + sizeof(Reason));
}

HostFacts Host(HostState state, int64_t expires) {
  HostFacts host;
  host.state = state;
  host.expires = expires;
  return host;
}

TEST(FactsLiveness, IsWholeUntilTheFirstEnd) {
  Facts facts = *FactsOf("a.example");
  facts.hosts = {Host(HostState::kTlsa, 50), Host(HostState::kNoTlsa, 80)};
  EXPECT_EQ(LivenessOf(facts, 49), Liveness::kAlive);
  EXPECT_EQ(LivenessOf(facts, 50), Liveness::kPartly);
}

TEST(FactsLiveness, IsPartialWhenAFailedHostMayBeAskedAgain) {
  Facts facts = *FactsOf("a.example");
  facts.hosts = {Host(HostState::kTlsa, 90), Host(HostState::kTlsaFailed, 15)};
  EXPECT_EQ(LivenessOf(facts, 14), Liveness::kAlive);
  EXPECT_EQ(LivenessOf(facts, 15), Liveness::kPartly);
}

TEST(FactsLiveness, IsPartialWhenHostsOutliveTheMx) {
  Facts facts = *FactsOf("a.example");
  facts.hosts = {Host(HostState::kTlsa, 200)};
  EXPECT_EQ(LivenessOf(facts, 150), Liveness::kPartly);
  EXPECT_EQ(LivenessOf(facts, 250), Liveness::kNothing);
}

TEST(FactsLiveness, OfAFailureLastsUntilItMayBeAskedAgain) {
  Facts facts = *FactsOf("a.example");
  facts.kind = Kind::kFailed;
  EXPECT_EQ(LivenessOf(facts, 99), Liveness::kAlive);
  EXPECT_EQ(LivenessOf(facts, 100), Liveness::kNothing);
}

}  // namespace
}  // namespace danebound
