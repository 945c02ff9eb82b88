#include "module/renewals.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace danebound {
namespace {

TEST(Renewals, LieInTheLastTenthOfALifeAndInItsLastMinute) {
  const std::vector<std::pair<int64_t, int64_t>> cases = {
      {2, 1},     {10, 1},     {19, 1},
      {20, 2},    {300, 30},   {600, 60},
      {3600, 60}, {86400, 60}, {std::numeric_limits<int64_t>::max(), 60},
  };
  for (const auto& [life, window] : cases) {
    EXPECT_EQ(Renewals::Window(life), window) << life;
  }
}

TEST(Renewals, AreTakenWhenTheyAreDueTheEarliestFirst) {
  Renewals renewals;
  EXPECT_EQ(renewals.NextTime(), -1);
  EXPECT_TRUE(renewals.Schedule("later", 300));
  EXPECT_TRUE(renewals.Schedule("sooner", 200));
  EXPECT_EQ(renewals.NextTime(), 200);
  EXPECT_EQ(renewals.TakeDue(199), absl::nullopt);
  EXPECT_EQ(renewals.TakeDue(300), "sooner");
  EXPECT_EQ(renewals.TakeDue(300), "later");
  EXPECT_EQ(renewals.TakeDue(300), absl::nullopt);
  EXPECT_EQ(renewals.NextTime(), -1);
  EXPECT_EQ(renewals.size(), 0U);
}

TEST(Renewals, OfOneVerdictAreOneTheLastScheduled) {
  Renewals renewals;
  renewals.Schedule("a", 200);
  renewals.Schedule("a", 500);
  EXPECT_EQ(renewals.size(), 1U);
  EXPECT_EQ(renewals.TakeDue(499), absl::nullopt);
  EXPECT_EQ(renewals.TakeDue(500), "a");
  EXPECT_EQ(renewals.TakeDue(500), absl::nullopt);
}

TEST(Renewals, OfTwoVerdictsAtOneTimeAreTwo) {
  Renewals renewals;
  renewals.Schedule("a", 200);
  renewals.Schedule("b", 200);
  EXPECT_EQ(renewals.TakeDue(200), "a");
  EXPECT_EQ(renewals.TakeDue(200), "b");
}

TEST(Renewals, AreBounded) {
  Renewals renewals;
  for (size_t i = 0; i < Renewals::kMostScheduled; ++i) {
    ASSERT_TRUE(renewals.Schedule(std::to_string(i), 1000));
  }
  EXPECT_FALSE(renewals.Schedule("more", 2000));
  EXPECT_EQ(renewals.size(), Renewals::kMostScheduled);
  EXPECT_TRUE(renewals.Schedule("0", 2000));
  EXPECT_TRUE(renewals.TakeDue(1000));
  EXPECT_TRUE(renewals.Schedule("more", 2000));
}

}  // namespace
}  // namespace danebound
