#include "module/turn_queue.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace danebound {
namespace {

using Ids = std::vector<uint64_t>;

struct Pushed {
  uid_t user;
  uint64_t connection;
  uint64_t id;
};

TurnQueue Queue(const std::vector<Pushed>& all) {
  TurnQueue queue;
  for (const Pushed& one : all) queue.Push(one.user, one.connection, one.id);
  return queue;
}

Ids PopAll(TurnQueue queue) {
  Ids ids;
  while (const absl::optional<uint64_t> id = queue.Pop()) ids.push_back(*id);
  return ids;
}

TEST(TurnQueue, KeepsTheOrderWithinAConnection) {
  EXPECT_EQ(PopAll(Queue({{1, 10, 5}, {1, 10, 3}, {1, 10, 9}})),
            (Ids{5, 3, 9}));
}

TEST(TurnQueue, TakesUsersInTurnHoweverManyOneHas) {
  EXPECT_EQ(PopAll(Queue({{1, 10, 1}, {1, 10, 2}, {1, 10, 3}, {2, 20, 4}})),
            (Ids{1, 4, 2, 3}));
}

TEST(TurnQueue, TakesConnectionsOfAUserInTurn) {
  EXPECT_EQ(PopAll(Queue({{1, 10, 1}, {1, 10, 2}, {1, 11, 3}, {1, 12, 4}})),
            (Ids{1, 3, 4, 2}));
}

TEST(TurnQueue, GivesAUserNoMoreTurnsForMoreConnections) {
  EXPECT_EQ(PopAll(Queue({{1, 10, 1},
                          {1, 11, 2},
                          {1, 12, 3},
                          {2, 20, 4},
                          {2, 20, 5},
                          {2, 20, 6}})),
            (Ids{1, 4, 2, 5, 3, 6}));
}

TEST(TurnQueue, PutsAUserWhoComesAgainBehindThoseWhoWait) {
  TurnQueue queue = Queue({{1, 10, 1}, {2, 20, 2}, {3, 30, 3}});
  EXPECT_EQ(queue.Pop(), 1U);
  queue.Push(1, 10, 4);
  EXPECT_EQ(PopAll(queue), (Ids{2, 3, 4}));
}

TEST(TurnQueue, IsEmptyOnceAllAreTaken) {
  TurnQueue queue = Queue({{1, 10, 1}, {2, 20, 2}});
  EXPECT_EQ(queue.size(), 2U);
  queue.Pop();
  EXPECT_FALSE(queue.empty());
  queue.Pop();
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.Pop(), absl::nullopt);
}

TEST(TurnQueue, GoesOnInTurnWhenOneIsTakenOut) {
  const std::vector<std::pair<uint64_t, Ids>> cases = {
      {1, {3, 2, 4}}, {2, {1, 4, 3}},    {3, {1, 2, 4}},
      {4, {1, 2, 3}}, {9, {1, 2, 3, 4}},
  };
  for (const auto& [removed, left] : cases) {
    SCOPED_TRACE(removed);
    TurnQueue queue = Queue({{1, 10, 1}, {2, 20, 2}, {1, 11, 3}, {2, 20, 4}});
    queue.Remove(removed);
    EXPECT_EQ(queue.size(), left.size());
    EXPECT_EQ(PopAll(queue), left);
  }
}

TEST(TurnQueue, TakesOneBackThatWasTakenOut) {
  TurnQueue queue = Queue({{1, 10, 1}});
  queue.Remove(1);
  EXPECT_TRUE(queue.empty());
  queue.Push(1, 10, 1);
  EXPECT_EQ(PopAll(queue), Ids{1});
}

TEST(TurnQueue, TakesALookupOnceAtTheFirstTurnOfThoseWhoWaitForIt) {
  TurnQueue queue =
      Queue({{1, 10, 1}, {1, 10, 2}, {1, 10, 3}, {2, 20, 3}, {2, 20, 4}});
  EXPECT_EQ(queue.size(), 4U);
  EXPECT_EQ(PopAll(queue), (Ids{1, 3, 2, 4}));
}

TEST(TurnQueue, HoldsALookupOnceInALine) {
  TurnQueue queue = Queue({{1, 10, 1}, {1, 10, 1}, {1, 10, 2}});
  EXPECT_EQ(PopAll(queue), (Ids{1, 2}));
}

TEST(TurnQueue, TakesOneOutOfAllLines) {
  TurnQueue queue = Queue({{1, 10, 1}, {2, 20, 1}, {2, 20, 2}});
  queue.Remove(1);
  EXPECT_EQ(PopAll(queue), Ids{2});
}

}  // namespace
}  // namespace danebound
