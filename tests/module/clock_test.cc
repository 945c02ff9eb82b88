#include "module/clock.h"

#include <gtest/gtest.h>

namespace danebound {
namespace {

constexpr int64_t kSecond = 1000000000;

ClockReading At(int64_t wall, int64_t boot) {
  return {wall * kSecond, boot * kSecond};
}

TEST(Clock, FollowsTheWallWhenBothClocksRunAlike) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(1007, 12)), 1007);
}

TEST(Clock, GoesOnWhenTheWallStepsBack) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(1000 - 86400, 15)), 1010);
  EXPECT_EQ(clock.Advance(At(1000 - 86400 + 10, 25)), 1020);
}

// Signatures may have ended meanwhile: lives end early rather than late.
TEST(Clock, StepsForwardWithTheWall) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(1000 + 86400, 6)), 1000 + 86400);
}

TEST(Clock, CountsTheTimeThatTheMachineSlept) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(1000, 3605)), 4600);
}

TEST(Clock, NeverGoesBackWhenBothReadingsDo) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(900, 4)), 1000);
}

TEST(Clock, KeepsPartsOfASecond) {
  Clock clock({1000 * kSecond + kSecond / 2, 0});
  EXPECT_EQ(clock.Advance({1001 * kSecond, kSecond / 2}), 1001);
}

// The two clocks are never read at the very same moment.
TEST(Clock, GainsNothingHoweverOftenItIsRead) {
  constexpr int64_t kJitter = 1000000;
  Clock clock(At(1000, 5));
  int64_t now = 0;
  for (int64_t i = 1; i <= 10000; ++i) {
    const int64_t passed = i * kJitter;
    now = clock.Advance(
        {1000 * kSecond + passed - (i % 2) * kJitter, 5 * kSecond + passed});
  }
  EXPECT_EQ(now, 1010);
}

// Another thread read the clocks before, and came to the clock later.
TEST(Clock, PassesOverAReadingThatComesAfterALaterOne) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.Advance(At(1010, 15)), 1010);
  EXPECT_EQ(clock.Advance(At(1003, 8)), 1010);
  EXPECT_EQ(clock.Advance(At(1011, 16)), 1011);
}

TEST(Clock, DoesNotAddAForwardStepThatMakesUpForABackwardOne) {
  Clock clock(At(1000, 5));
  clock.Advance(At(400, 5));
  EXPECT_EQ(clock.Advance(At(1010, 15)), 1010);
}

TEST(ClockStepBack, IsZeroWhileBothClocksRunAlike) {
  Clock clock(At(1000, 5));
  EXPECT_EQ(clock.StepBack(), 0);
  clock.Advance(At(5000, 4005));
  EXPECT_EQ(clock.StepBack(), 0);
}

TEST(ClockStepBack, IsZeroForLessThanASecond) {
  Clock clock(At(1000, 5));
  clock.Advance({1010 * kSecond - kSecond / 2, 15 * kSecond});
  EXPECT_EQ(clock.StepBack(), 0);
}

// What was cached before lives too long also when the wall has come past where
// it stepped back from.
TEST(ClockStepBack, StaysWhileTimePasses) {
  Clock clock(At(10000, 5));
  clock.Advance(At(10000 - 3600, 5));
  EXPECT_EQ(clock.StepBack(), 3600);
  clock.Advance(At(10000 + 3600, 5 + 7200));
  EXPECT_EQ(clock.StepBack(), 3600);
}

TEST(ClockStepBack, AddsUp) {
  Clock clock(At(10000, 5));
  clock.Advance(At(9990, 5));
  clock.Advance(At(9980, 5));
  EXPECT_EQ(clock.StepBack(), 20);
}

TEST(ClockStepBack, IsMadeUpByAForwardStep) {
  Clock clock(At(10000, 5));
  clock.Advance(At(9000, 5));
  clock.Advance(At(9500, 5));
  EXPECT_EQ(clock.StepBack(), 500);
  clock.Advance(At(10001, 6));
  EXPECT_EQ(clock.StepBack(), 0);
}

TEST(ClockStepBack, IsZeroAfterAForwardStep) {
  Clock clock(At(10000, 5));
  clock.Advance(At(90000, 6));
  EXPECT_EQ(clock.StepBack(), 0);
}

TEST(ClockStepBack, IsForgottenWhenNothingFromBeforeItCanBeLeft) {
  constexpr int64_t kLife = Clock::kMostCachedLife;
  Clock clock(At(10000, 5));
  clock.Advance(At(9000, 5));
  clock.Advance(At(10000 + kLife, 1005 + kLife));
  EXPECT_EQ(clock.StepBack(), 1000);
  EXPECT_EQ(clock.Advance(At(10001 + kLife, 1006 + kLife)), 11001 + kLife);
  EXPECT_EQ(clock.StepBack(), 0);
  clock.Advance(At(10000 + kLife, 1006 + kLife));
  EXPECT_EQ(clock.StepBack(), 1);
}

}  // namespace
}  // namespace danebound
