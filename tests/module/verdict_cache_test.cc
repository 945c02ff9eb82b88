#include "module/verdict_cache.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stub/wire/facts_octets.h"

namespace danebound {
namespace {

constexpr VerdictCache::HashKey kHashKey = {1, 2};

NextHop Domain(absl::string_view name) {
  NextHop next_hop;
  next_hop.name = Name::ParseText(name).value();
  return next_hop;
}

constexpr int64_t kNow = 10;

Facts FactsOf(absl::string_view name) {
  Facts facts;
  facts.next_hop = Domain(name);
  facts.expanded = facts.next_hop.name;
  facts.kind = Kind::kNullMx;
  facts.security = Security::kSecure;
  facts.expires = 100;
  return facts;
}

std::string KeyFor(absl::string_view name) { return KeyOf(Domain(name)); }

TEST(VerdictCache, FindsWhatWasStored) {
  VerdictCache cache(1 << 20, kHashKey);
  const Facts facts = FactsOf("a.example");
  cache.Store(facts, kNow);
  const VerdictCache::Entry* entry = cache.Find(KeyFor("a.example"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->key(), KeyFor("a.example"));
  EXPECT_EQ(entry->octets(), EncodeFacts(facts, kNow).value());
  EXPECT_TRUE(entry->ToFacts() == facts);
  EXPECT_EQ(entry->kind(), Kind::kNullMx);
  EXPECT_EQ(entry->counted(), kNow);
  EXPECT_EQ(entry->mx_expires(), 100);
  EXPECT_EQ(entry->expires(), 100);
  EXPECT_EQ(entry->whole_until(), 100);
  EXPECT_EQ(cache.Find(KeyFor("b.example")), nullptr);
}

TEST(VerdictCache, KeepsNoFactsThatContradictThemselves) {
  VerdictCache cache(1 << 20, kHashKey);
  Facts facts = FactsOf("a.example");
  facts.kind = Kind::kMx;
  cache.Store(facts, kNow);
  EXPECT_EQ(cache.size(), 0U);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(VerdictCache, ReplacesFactsAndForgetsThatTheyWereAskedFor) {
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store(FactsOf("a.example"), kNow);
  const size_t bytes = cache.bytes();
  cache.Find(KeyFor("a.example"))->was_asked = true;
  cache.Store(FactsOf("a.example"), kNow);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.bytes(), bytes);
  EXPECT_FALSE(cache.Find(KeyFor("a.example"))->was_asked);
}

TEST(VerdictCache, StaysWithinItsBytes) {
  VerdictCache cache(65536, kHashKey);
  for (int i = 0; i < 10000; ++i) {
    cache.Store(FactsOf(absl::StrCat("d", i, ".example")), kNow);
    ASSERT_LE(cache.bytes(), 65536U);
  }
  EXPECT_EQ(cache.size() + cache.evictions(), 10000U);
}

TEST(VerdictCache, DropsTheLeastRecentlyUsed) {
  VerdictCache probe(1 << 20, kHashKey);
  probe.Store(FactsOf("a.example"), kNow);
  VerdictCache cache(2 * probe.bytes(), kHashKey);
  cache.Store(FactsOf("a.example"), kNow);
  cache.Store(FactsOf("b.example"), kNow);
  cache.Find(KeyFor("a.example"));
  cache.Store(FactsOf("c.example"), kNow);
  EXPECT_NE(cache.Find(KeyFor("a.example")), nullptr);
  EXPECT_EQ(cache.Find(KeyFor("b.example")), nullptr);
  EXPECT_NE(cache.Find(KeyFor("c.example")), nullptr);
}

TEST(VerdictCache, KeepsNothingThatIsLargerThanItself) {
  VerdictCache cache(1, kHashKey);
  cache.Store(FactsOf("a.example"), kNow);
  EXPECT_EQ(cache.Find(KeyFor("a.example")), nullptr);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(VerdictCache, CountsWhatIsFlushed) {
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store(FactsOf("a.example"), kNow);
  cache.Store(FactsOf("b.example"), kNow);
  EXPECT_TRUE(cache.Erase(KeyFor("a.example")));
  EXPECT_FALSE(cache.Erase(KeyFor("a.example")));
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

HostFacts Host(absl::string_view name) {
  HostFacts host;
  host.name = host.expanded = host.base_domain = Name::ParseText(name).value();
  host.state = HostState::kTlsa;
  host.security = Security::kSecure;
  host.addresses = {
      {Address::ParseText("192.0.2.1").value(), Security::kSecure},
      {Address::ParseText("2001:db8::1").value(), Security::kSecure}};
  host.tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x')};
  host.expires = 100;
  return host;
}

Facts FactsWith(std::vector<HostFacts> hosts) {
  Facts facts = FactsOf("example.org");
  facts.kind = Kind::kMx;
  facts.hosts = std::move(hosts);
  return facts;
}

size_t MemoryOf(const Facts& facts) {
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store(facts, kNow);
  return cache.bytes();
}

// What most verdicts are like; the renewal of one in use is in it.
TEST(VerdictCacheMemory, OfTwoHostsWithARecordEachIsLittle) {
  EXPECT_LE(
      MemoryOf(FactsWith({Host("mx1.example.org"), Host("mx2.example.org")})),
      600U);
}

TEST(VerdictCacheMemory, GrowsWithEveryPart) {
  Facts facts = FactsWith({Host("mx1.example.org")});
  const size_t bare = MemoryOf(facts);
  facts.hosts[0].tlsa.emplace_back(60000, 'x');
  const size_t with_record = MemoryOf(facts);
  EXPECT_GE(with_record, bare + 60000);
  facts.hosts[0].reasons.push_back(
      {ReasonId::kNoTlsa, std::string(100, 'y'), {}});
  EXPECT_GE(MemoryOf(facts), with_record + 96);
}

TEST(WholeUntil, IsTheFirstEndOfAll) {
  Facts facts = FactsWith({Host("a.example"), Host("b.example")});
  facts.hosts[0].expires = 50;
  facts.hosts[1].expires = 80;
  EXPECT_EQ(WholeUntil(facts), 50);
  facts.expires = 20;
  EXPECT_EQ(WholeUntil(facts), 20);
}

// It may be asked again then, alone.
TEST(WholeUntil, CountsAFailedHost) {
  Facts facts = FactsWith({Host("a.example"), Host("b.example")});
  facts.hosts[1].state = HostState::kTlsaFailed;
  facts.hosts[1].tlsa.clear();
  facts.hosts[1].expires = 15;
  EXPECT_EQ(WholeUntil(facts), 15);
  VerdictCache cache(1 << 20, kHashKey);
  cache.Store(facts, kNow);
  const VerdictCache::Entry* entry = cache.Find(KeyFor("example.org"));
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->whole_until(), 15);
  EXPECT_EQ(entry->expires(), 100);
}

TEST(WholeUntil, OfAFailureIsWhenItMayBeAskedAgain) {
  Facts facts = FactsOf("a.example");
  facts.kind = Kind::kFailed;
  EXPECT_EQ(WholeUntil(facts), 100);
}

}  // namespace
}  // namespace danebound
