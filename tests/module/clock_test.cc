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

}  // namespace
}  // namespace danebound
