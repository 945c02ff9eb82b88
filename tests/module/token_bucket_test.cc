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

TEST(TokenBucket, SaysWhenTheNextTokenComes) {
  TokenBucket bucket(30);
  EXPECT_EQ(bucket.NextToken(), INT64_MAX);
  TakeAll(bucket, 1000);
  EXPECT_EQ(bucket.NextToken(), 1034);
  EXPECT_FALSE(bucket.HasToken(1033));
  EXPECT_EQ(bucket.NextToken(), 1034);
  EXPECT_TRUE(bucket.HasToken(1034));
  EXPECT_EQ(bucket.NextToken(), INT64_MAX);
}

TEST(TokenBucket, SavesUpNoMoreThanASecondsWorth) {
  TokenBucket bucket(50);
  TakeAll(bucket, 1000);
  EXPECT_EQ(TakeAll(bucket, 1000000), 50);
}

TEST(TokenBucket, HoldsWhatItWasMadeFor) {
  TokenBucket bucket(10, 30);
  EXPECT_EQ(TakeAll(bucket, 1000), 30);
  EXPECT_EQ(TakeAll(bucket, 2000), 10);
  EXPECT_EQ(TakeAll(bucket, 1000000), 30);
}

TEST(TokenBucket, GivesAllThatIsAskedForOrNothing) {
  TokenBucket bucket(10);
  EXPECT_FALSE(bucket.Take(1000, 11));
  EXPECT_TRUE(bucket.Take(1000, 8));
  EXPECT_FALSE(bucket.Take(1000, 3));
  EXPECT_TRUE(bucket.Take(1000, 2));
}

TEST(TokenBucket, TakesBackNoMoreThanItHolds) {
  TokenBucket bucket(10);
  TakeAll(bucket, 1000);
  bucket.Give(4);
  EXPECT_EQ(TakeAll(bucket, 1000), 4);
  bucket.Give(100);
  bucket.Charge(3);
  EXPECT_EQ(TakeAll(bucket, 1000), 7);
}

TEST(TokenBucket, PaysADebtBeforeItGives) {
  TokenBucket bucket(10);
  TakeAll(bucket, 1000);
  bucket.Charge(5);
  EXPECT_EQ(TakeAll(bucket, 1500), 0);
  EXPECT_EQ(TakeAll(bucket, 1600), 1);
}

TEST(TokenBucket, HasNoDebtLargerThanItself) {
  TokenBucket bucket(10);
  TakeAll(bucket, 1000);
  bucket.Charge(1000000);
  EXPECT_EQ(TakeAll(bucket, 2000), 0);
  EXPECT_EQ(TakeAll(bucket, 2100), 1);
}

TEST(TokenBucket, LosesNothingWhenTheClockGoesBack) {
  TokenBucket bucket(10);
  EXPECT_TRUE(bucket.Take(1000));
  EXPECT_EQ(TakeAll(bucket, 0), 9);
}

}  // namespace
}  // namespace danebound
