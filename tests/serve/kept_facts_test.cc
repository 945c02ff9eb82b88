// What danebound serve keeps of facts, and for how long.
#include "stub/serve/facts/kept_facts.h"

#include <chrono>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using std::chrono::milliseconds;

constexpr int64_t kNow = 1'700'000'000;
constexpr KeptFacts::Clock::time_point kStart{};

// FactsFor with lives from `now` on.
absl::StatusOr<FoundFacts> ReplyFor(const NextHop& next_hop, int64_t life = 300,
                                    int64_t now = kNow) {
  Facts facts = FactsFor(next_hop);
  facts.expires = now + 3600;
  for (HostFacts& host : facts.hosts) host.expires = now + life;
  return FoundFacts::Encode(facts, now);
}

TEST(KeptFacts, AnswerForASecond) {
  KeptFacts kept;
  const NextHop next_hop = Domain("example.org");
  EXPECT_EQ(kept.Fresh(next_hop, kStart, kNow), nullptr);
  const std::shared_ptr<Found> found = kept.Keep(ReplyFor(next_hop), kStart);
  EXPECT_EQ(kept.Fresh(next_hop, kStart + milliseconds(999), kNow), found);
  EXPECT_EQ(kept.Fresh(next_hop, kStart + milliseconds(1000), kNow), nullptr);
  EXPECT_EQ(kept.Fresh(Domain("example.org:26"), kStart, kNow), nullptr);
  EXPECT_EQ(kept.Fresh(Domain("[example.org]"), kStart, kNow), nullptr);
}

// Nothing past its life is handed out.
TEST(KeptFacts, AnswerNoLongerThanTheirFirstEnd) {
  KeptFacts kept;
  const NextHop next_hop = Domain("example.org");
  kept.Keep(ReplyFor(next_hop, 5), kStart);
  EXPECT_NE(kept.Fresh(next_hop, kStart, kNow + 4), nullptr);
  EXPECT_EQ(kept.Fresh(next_hop, kStart, kNow + 5), nullptr);
}

TEST(KeptFacts, ThatComeAgainKeepTheirConclusions) {
  KeptFacts kept;
  const NextHop next_hop = Domain("example.org");
  const std::shared_ptr<Found> found = kept.Keep(ReplyFor(next_hop), kStart);
  Conclusion* const conclusion = &found->ConclusionFor(Choices());
  conclusion->json = "{}";
  const auto later = kStart + std::chrono::hours(1);
  EXPECT_EQ(kept.Keep(ReplyFor(next_hop), later), found);
  EXPECT_EQ(&found->ConclusionFor(Choices()), conclusion);
  EXPECT_EQ(conclusion->json, "");
  EXPECT_EQ(kept.Fresh(next_hop, later, kNow), found);
}

// A zone with steady TTLs gives the same octets at each lookup.
TEST(KeptFacts, ThatWereLookedUpAgainLiveLonger) {
  KeptFacts kept;
  const NextHop next_hop = Domain("example.org");
  const std::shared_ptr<Found> found = kept.Keep(ReplyFor(next_hop), kStart);
  EXPECT_EQ(found->ConclusionFor(Choices()).verdict->hosts[0].expires,
            kNow + 300);
  const std::shared_ptr<Found> later =
      kept.Keep(ReplyFor(next_hop, 300, kNow + 300), kStart);
  EXPECT_EQ(later->reply()->octets(), found->reply()->octets());
  EXPECT_EQ(later->ConclusionFor(Choices()).verdict->hosts[0].expires,
            kNow + 600);
}

TEST(KeptFacts, ThatChangeTakeTheirPlace) {
  KeptFacts kept;
  const NextHop next_hop = Domain("example.org");
  const std::shared_ptr<Found> found = kept.Keep(ReplyFor(next_hop), kStart);
  found->ConclusionFor(Choices());
  const std::shared_ptr<Found> other =
      kept.Keep(ReplyFor(next_hop, 200), kStart);
  EXPECT_NE(other, found);
  EXPECT_EQ(kept.Fresh(next_hop, kStart, kNow), other);
  EXPECT_EQ(other->ConclusionFor(Choices()).verdict->hosts[0].expires,
            kNow + 200);
}

TEST(KeptFacts, AreNeitherErrorsNorAddresses) {
  KeptFacts kept;
  const std::shared_ptr<Found> error =
      kept.Keep(absl::UnavailableError("gone"), kStart);
  EXPECT_EQ(error->reply().status().code(), absl::StatusCode::kUnavailable);
  const NextHop address = Domain("[192.0.2.1]");
  Facts facts = FactsFor(address);
  facts.hosts.resize(1);
  kept.Keep(FoundFacts::Encode(facts, kNow), kStart);
  EXPECT_EQ(kept.Fresh(address, kStart, kNow), nullptr);
  EXPECT_EQ(kept.octets(), 0U);
}

TEST(KeptFacts, StayWithinTheirBound) {
  KeptFacts kept;
  for (int i = 0; i < 20000; ++i) {
    kept.Keep(ReplyFor(Domain(absl::StrCat("d", i, ".example"))), kStart);
    ASSERT_LE(kept.octets(), KeptFacts::kMostOctets);
  }
  EXPECT_EQ(kept.Fresh(Domain("d0.example"), kStart, kNow), nullptr);
  EXPECT_NE(kept.Fresh(Domain("d19999.example"), kStart, kNow), nullptr);
}

// Clients of JSON choose names of their own.
TEST(KeptFacts, HaveFewConclusions) {
  Found found(ReplyFor(Domain("example.org")));
  found.ConclusionFor(Choices()).json = "the first";
  for (size_t i = 0; i < KeptFacts::kMostConclusions; ++i) {
    Choices choices;
    choices.own_names = {
        Name::ParseText(absl::StrCat("own", i, ".example")).value()};
    found.ConclusionFor(choices).json = "another";
  }
  EXPECT_EQ(found.ConclusionFor(Choices()).json, "");
}

}  // namespace
}  // namespace danebound
