#include "module/token_bucket.h"

#include <gtest/gtest.h>

namespace danebound {
namespace {

int TakeAll(TokenBucket& bucket, int64_t now_ms) {
  int taken = 0;
  while (bucket.Take(now_ms)) ++taken;
  return taken;
}

TEST(TokenBucket, GivesASecondsWorthAtOnceAndThenNothing) {
  TokenBucket bucket(50);
  EXPECT_EQ(TakeAll(bucket, 1000), 50);
  EXPECT_FALSE(bucket.Take(1000));
}

TEST(TokenBucket, FillsWithTime) {
  TokenBucket bucket(50);
  TakeAll(bucket, 1000);
  EXPECT_EQ(TakeAll(bucket, 1100), 5);
}

TEST(TokenBucket, SavesUpNoMoreThanASecondsWorth) {
  TokenBucket bucket(50);
  TakeAll(bucket, 1000);
  EXPECT_EQ(TakeAll(bucket, 1000000), 50);
}

}  // namespace
}  // namespace danebound
