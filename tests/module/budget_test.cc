#include "module/budget.h"

#include <gtest/gtest.h>

#include <vector>

namespace danebound {
namespace {

constexpr int64_t kShare = 25;

MeshUse UseOf(size_t size, MeshUse::Account asked,
              MeshUse::Account prefetch = {}) {
  MeshUse use;
  use.size = size;
  use.asked = asked;
  use.prefetch = prefetch;
  return use;
}

struct BoundsCase {
  int64_t percent;
  size_t size;
  size_t share;
  size_t unasked;
  size_t asked;
  size_t slow;
  size_t reserve;
};

TEST(Budget, DividesTheMeshAsItsTableSays) {
  const std::vector<BoundsCase> cases = {
      {25, 1024, 256, 102, 154, 77, 32},
      {25, 64, 16, 6, 10, 5, 10},
      {25, 4096, 1024, 409, 615, 307, 128},
      {50, 1024, 512, 102, 410, 205, 32},
      {1, 1024, 16, 8, 8, 4, 8},
      {25, 0, 16, 0, 16, 8, 10},
  };
  for (const BoundsCase& want : cases) {
    SCOPED_TRACE(want.size);
    const Budget budget(want.percent);
    EXPECT_EQ(budget.Share(want.size), want.share);
    EXPECT_EQ(budget.Unasked(want.size), want.unasked);
    EXPECT_EQ(budget.Asked(want.size), want.asked);
    EXPECT_EQ(budget.Slow(UseOf(want.size, {})), want.slow);
    EXPECT_EQ(budget.Reserve(want.size), want.reserve);
  }
}

TEST(Budget, HasRoomForALookupInTheSmallestMesh) {
  EXPECT_GE(Budget(kShare).RoomOfAsked(UseOf(1, {}), 0), Budget::kLeastLookup);
}

TEST(Budget, CountsAnOpenQuestionAsFourStatesWhileItHasFewer) {
  EXPECT_EQ(Budget::Weight({3, 1, 2}), 9U);
  EXPECT_EQ(Budget::Weight({1, 1, 0}), 1U);
}

TEST(Budget, CountsStatesWhereTheyAreMoreThanQuestionsCountFor) {
  EXPECT_EQ(Budget::Weight({20, 1, 2}), 20U);
}

TEST(Budget, GivesAskedLookupsWhatIsLeftOfTheirPart) {
  const Budget budget(kShare);
  EXPECT_EQ(budget.RoomOfAsked(UseOf(1024, {100, 10, 0}), 0), 54U);
  EXPECT_EQ(budget.RoomOfAsked(UseOf(1024, {154, 10, 0}), 0), 0U);
  EXPECT_EQ(budget.RoomOfAsked(UseOf(1024, {200, 10, 0}), 0), 0U);
}

TEST(Budget, TakesNothingFromAskedLookupsForOthers) {
  const Budget budget(kShare);
  EXPECT_EQ(budget.RoomOfAsked(UseOf(1024, {}, {102, 20, 0}), 0), 154U);
}

TEST(Budget, CountsRenewalAndPrefetchTogether) {
  const Budget budget(kShare);
  MeshUse use = UseOf(1024, {}, {50, 0, 0});
  use.renewal = {40, 0, 0};
  EXPECT_EQ(budget.RoomOfUnasked(use), 12U);
  use.renewal.states = 60;
  EXPECT_EQ(budget.RoomOfUnasked(use), 0U);
}

TEST(Budget, CountsOpenQuestionsOfWhatNobodyAskedForLikeOthers) {
  const Budget budget(kShare);
  MeshUse use = UseOf(1024, {}, {6, 2, 4});
  use.renewal = {9, 1, 8};
  EXPECT_EQ(budget.RoomOfUnasked(use), 102U - 3U - 12U * Budget::kQuestion);
}

TEST(Budget, LeavesAReserveToAskedLookupsAloneWhereDnsClientsFillTheMesh) {
  const Budget budget(kShare);
  MeshUse use = UseOf(1024, {10, 2, 0});
  use.is_crowded = true;
  EXPECT_EQ(budget.RoomOfAsked(use, 0), 22U);
  EXPECT_EQ(budget.RoomOfUnasked(use), 0U);
}

TEST(Budget, GivesSlowLookupsHalfOfWhatAskedOnesHave) {
  const Budget budget(kShare);
  const MeshUse use = UseOf(1024, {60, 0, 0});
  EXPECT_EQ(budget.RoomOfSlow(use, 60, 60), 17U);
  EXPECT_EQ(budget.RoomOfSlow(use, 77, 77), 0U);
}

TEST(Budget, GivesSlowLookupsNoMoreThanThereIs) {
  const Budget budget(kShare);
  EXPECT_EQ(budget.RoomOfSlow(UseOf(1024, {150, 0, 0}), 150, 10), 4U);
}

TEST(Budget, IsOverOnlyByStatesThatAreThere) {
  const Budget budget(kShare);
  EXPECT_FALSE(budget.IsAskedOver(UseOf(1024, {154, 10, 90})));
  EXPECT_TRUE(budget.IsAskedOver(UseOf(1024, {155, 10, 0})));
  EXPECT_FALSE(budget.IsUnaskedOver(UseOf(1024, {}, {102, 10, 90})));
  EXPECT_TRUE(budget.IsUnaskedOver(UseOf(1024, {}, {103, 10, 0})));
}

}  // namespace
// Questions that are new count for more than they hold.
TEST(Budget, CountsWhatLookupsCountForWhereThatIsMore) {
  const Budget budget(kShare);
  const MeshUse use = UseOf(1024, {60, 30, 30});
  EXPECT_EQ(budget.RoomOfAsked(use, 0), 94U);
  EXPECT_EQ(budget.RoomOfAsked(use, 150), 4U);
  EXPECT_EQ(budget.RoomOfSlow(use, 60, 60), 17U);
}

}  // namespace danebound
