#include "module/prefetch_policy.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>

namespace danebound {

void PrintTo(PrefetchPolicy::Answer answer, std::ostream* os) {
  *os << static_cast<int>(answer);
}

namespace {

using Answer = PrefetchPolicy::Answer;

constexpr auto kQuestions = static_cast<size_t>(PrefetchPolicy::kQuestions);
constexpr int64_t kStart = 1000000;

// How many go at once, of next hops not seen before.
int CountGo(PrefetchPolicy& policy, const std::string& prefix, int64_t now_ms) {
  int count = 0;
  while (policy.Begin(prefix + std::to_string(count), now_ms) == Answer::kGo) {
    ++count;
  }
  return count;
}

TEST(PrefetchPolicy, PaysBeforehandForAllThatAPrefetchMayAsk) {
  PrefetchPolicy policy(5 * PrefetchPolicy::kQuestions);
  EXPECT_EQ(CountGo(policy, "a", kStart), 5);
  EXPECT_EQ(policy.Begin("b", kStart), Answer::kRate);
}

TEST(PrefetchPolicy, SavesUpForOneWhereTheRateIsLessThanThat) {
  PrefetchPolicy policy(1);
  EXPECT_EQ(CountGo(policy, "a", kStart), 1);
  EXPECT_EQ(policy.Begin("b", kStart + 11999), Answer::kRate);
  EXPECT_EQ(policy.Begin("b", kStart + 12000), Answer::kGo);
}

TEST(PrefetchPolicy, GivesBackWhatWasNotAsked) {
  PrefetchPolicy policy(PrefetchPolicy::kQuestions);
  EXPECT_EQ(CountGo(policy, "a", kStart), 1);
  policy.OnEnd(0, 0);
  EXPECT_EQ(policy.Begin("b", kStart), Answer::kGo);
  policy.OnEnd(1, 0);
  EXPECT_EQ(policy.Begin("c", kStart), Answer::kRate);
}

TEST(PrefetchPolicy, GivesNothingBackWhereMoreWasAskedThanPaid) {
  PrefetchPolicy policy(PrefetchPolicy::kQuestions);
  EXPECT_EQ(CountGo(policy, "a", kStart), 1);
  policy.OnEnd(kQuestions + 5, 0);
  EXPECT_EQ(policy.Begin("b", kStart + 1000), Answer::kGo);
}

TEST(PrefetchPolicy, ChargesForAnswersOfNoUse) {
  PrefetchPolicy policy(PrefetchPolicy::kQuestions);
  EXPECT_EQ(CountGo(policy, "a", kStart), 1);
  // Two questions in vain cost eight of twelve, so that two thirds of a second
  // pay for them.
  policy.OnEnd(2, 2);
  EXPECT_EQ(policy.Begin("b", kStart + 660), Answer::kRate);
  EXPECT_EQ(policy.Begin("b", kStart + 670), Answer::kGo);
}

TEST(PrefetchPolicy, RemembersANextHopForHalfAMinute) {
  PrefetchPolicy policy(1000);
  EXPECT_EQ(policy.Begin("a", kStart), Answer::kGo);
  policy.OnEnd(0, 0);
  EXPECT_EQ(policy.Begin("a", kStart + 29999), Answer::kRecent);
  EXPECT_EQ(policy.Begin("a", kStart + 30000), Answer::kGo);
}

TEST(PrefetchPolicy, DoesNotRememberWhatItTurnedDownForTheRate) {
  PrefetchPolicy policy(PrefetchPolicy::kQuestions);
  EXPECT_EQ(CountGo(policy, "a", kStart), 1);
  EXPECT_EQ(policy.Begin("b", kStart), Answer::kRate);
  EXPECT_EQ(policy.Begin("b", kStart + 1000), Answer::kGo);
}

TEST(PrefetchPolicy, StopsWhereItCanRememberNoMore) {
  PrefetchPolicy policy(2 * PrefetchPolicy::kQuestions *
                        static_cast<int64_t>(PrefetchPolicy::kMostRemembered));
  EXPECT_EQ(CountGo(policy, "a", kStart),
            static_cast<int>(PrefetchPolicy::kMostRemembered));
  EXPECT_EQ(policy.Begin("b", kStart + 29999), Answer::kFull);
  EXPECT_EQ(policy.Begin("b", kStart + 30000), Answer::kGo);
}

}  // namespace
}  // namespace danebound
