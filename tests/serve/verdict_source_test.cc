// Lookups of the daemon that wait for the same facts.
#include "stub/serve/verdict_source.h"

#include <ctime>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/wire/facts_octets.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::SizeIs;

constexpr absl::Duration kTimeout = absl::Seconds(5);

// Gives its facts when the test says so.
class LaterFacts : public FactsSource {
 public:
  void Ask(const NextHop& next_hop, absl::Duration /*timeout*/,
           OnFacts on_facts) override {
    asked_.emplace_back(next_hop, std::move(on_facts));
  }
  std::string Name() const override { return "test"; }
  bool HasCache() const override { return true; }

  size_t asked() const { return asked_.size(); }
  void Answer() {
    for (const auto& [next_hop, on_facts] : std::exchange(asked_, {})) {
      const std::string octets =
          EncodeFacts(FactsFor(next_hop), std::time(nullptr)).value();
      on_facts(FoundFacts::Copy(octets, {std::time(nullptr), 0}, true));
    }
  }

 private:
  std::vector<std::pair<NextHop, OnFacts>> asked_;
};

class VerdictSourceTest : public ::testing::Test {
 protected:
  VerdictSourceTest() {
    auto facts = std::make_unique<LaterFacts>();
    facts_ = facts.get();
    source_ = std::make_unique<VerdictSource>(
        std::move(facts), ServeSettings(), [](const std::string& /*line*/) {},
        SystemClock());
  }

  void LookUp(const Choices& choices,
              VerdictSource::OnConclusion on_conclusion) {
    source_->LookUp(Domain("example.org"), choices, kTimeout, "uid 1",
                    std::move(on_conclusion));
  }

  LaterFacts* facts_;
  std::unique_ptr<VerdictSource> source_;
};

TEST_F(VerdictSourceTest, ConcludesOnceForEqualChoices) {
  Choices required;
  required.require = true;
  std::set<const Verdict*> plain;
  std::set<const Verdict*> strict;
  size_t answered = 0;
  for (int i = 0; i < 50; ++i) {
    for (const auto& [choices, seen] :
         {std::pair(Choices(), &plain), std::pair(required, &strict)}) {
      LookUp(choices, [seen = seen, &answered](const auto& conclusion) {
        ASSERT_TRUE(conclusion.verdict.ok());
        seen->insert(&*conclusion.verdict);
        ++answered;
      });
    }
  }
  EXPECT_EQ(facts_->asked(), 1U);
  facts_->Answer();
  EXPECT_EQ(answered, 100U);
  EXPECT_THAT(plain, SizeIs(1));
  EXPECT_THAT(strict, SizeIs(1));
  EXPECT_NE(plain, strict);
}

TEST_F(VerdictSourceTest, GivesEachTheVerdictOfItsOwnChoices) {
  Choices alone;
  alone.own_names = {Name::ParseText("mx1.example.org").value()};
  size_t hosts = 99;
  size_t hosts_of_other = 99;
  LookUp(Choices(), [&hosts](const auto& conclusion) {
    hosts = conclusion.verdict->hosts.size();
  });
  LookUp(alone, [&hosts_of_other](const auto& conclusion) {
    hosts_of_other = conclusion.verdict->hosts.size();
  });
  facts_->Answer();
  EXPECT_EQ(hosts, 2U);
  EXPECT_EQ(hosts_of_other, 0U);
}

// RFC 5321 5.1
TEST_F(VerdictSourceTest, ShufflesEqualPreferencesForEachThatWaits) {
  std::set<std::string> first;
  for (int i = 0; i < 64; ++i) {
    LookUp(Choices(), [&first](const auto& conclusion) {
      first.insert(conclusion.verdict->hosts.front().name.ToText());
    });
  }
  facts_->Answer();
  EXPECT_THAT(first, SizeIs(2));
}

class LookupsOfTwoUsers : public ::testing::Test {
 protected:
  static constexpr size_t kMost = 64;
  static constexpr size_t kKept = kMost / 16;

  LookupsOfTwoUsers()
      : flights_(std::make_unique<LaterFacts>(), {kMost, kMost}) {}

  // Opens a lookup; says whether there was room.
  bool Open(const std::string& user) {
    bool is_refused = false;
    flights_.Ask(Domain(absl::StrCat("d", ++asked_, ".example")), kTimeout,
                 user, [&is_refused](Landing& landing) {
                   is_refused = !landing.reply().ok();
                 });
    return !is_refused;
  }

  Flights flights_;
  int asked_ = 0;
};

TEST_F(LookupsOfTwoUsers, KeepSomeForWhoeverHasFewOpen) {
  size_t taken = 0;
  while (taken < kMost && Open("uid 1000")) ++taken;
  EXPECT_EQ(taken, kMost - kKept);
  EXPECT_TRUE(Open("uid 106"));
  EXPECT_TRUE(Open("uid 106"));
  EXPECT_FALSE(Open("uid 106"));
}

}  // namespace
}  // namespace danebound
