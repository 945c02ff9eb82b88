#include "module/open_lookup.h"

#include <gtest/gtest.h>

#include <vector>

namespace danebound {
namespace {

constexpr uint64_t kConnection = 7;

Waiter WaiterOf(uint16_t request, int64_t snapshot_at, int64_t give_up_at) {
  return {{0, kConnection, request}, snapshot_at, give_up_at};
}

std::vector<uint16_t> Requests(const Waiters::Taken& taken) {
  std::vector<uint16_t> requests;
  for (const auto& [at, waiter] : taken) {
    requests.push_back(waiter.ticket.request);
  }
  return requests;
}

using Order = std::vector<uint16_t>;

TEST(Waiters, AreDueWhenTheFirstOfThemIs) {
  Waiters waiters;
  EXPECT_EQ(waiters.NextTime(), kNever);
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 200, 500));
  EXPECT_EQ(waiters.NextTime(), 200);
}

TEST(Waiters, WithoutASnapshotTimeAreDueWhenTheyGiveUp) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, kNever, 400));
  EXPECT_EQ(waiters.NextTime(), 400);
  EXPECT_EQ(waiters.CountDueSnapshots(400), 0U);
  EXPECT_EQ(Requests(waiters.TakeLate(400)), Order{1});
  EXPECT_TRUE(waiters.empty());
}

TEST(Waiters, WaitForTheSnapshotThatWasAskedForAndGiveUpThen) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 900, 999));
  EXPECT_EQ(waiters.CountDueSnapshots(299), 0U);
  EXPECT_EQ(waiters.CountDueSnapshots(300), 1U);
  EXPECT_EQ(waiters.CountDueSnapshots(301), 0U);
  EXPECT_EQ(waiters.NextTime(), 400);
  EXPECT_TRUE(waiters.TakeLate(399).empty());
  EXPECT_EQ(Requests(waiters.TakeLate(400)), Order{1});
  EXPECT_EQ(waiters.NextTime(), 900);
}

TEST(Waiters, OfASnapshotAreThoseThatItWasAskedFor) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 310, 410));
  EXPECT_EQ(waiters.CountDueSnapshots(305), 1U);
  EXPECT_EQ(Requests(waiters.TakeSnapshot()), Order{1});
  EXPECT_EQ(waiters.size(), 1U);
}

TEST(Waiters, ForASnapshotThatComesTooLateAreNotCounted) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  EXPECT_EQ(waiters.CountDueSnapshots(400), 0U);
  EXPECT_EQ(Requests(waiters.TakeLate(400)), Order{1});
}

TEST(Waiters, AreImpatientOnceTheirSnapshotIsDue) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 310, 410));
  waiters.Add(WaiterOf(3, 900, 999));
  waiters.CountDueSnapshots(300);
  EXPECT_EQ(Requests(waiters.TakeImpatient(310)), (Order{2, 1}));
  EXPECT_EQ(waiters.NextTime(), 900);
}

TEST(Waiters, AreAllTakenAtTheEnd) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 900, 999));
  waiters.CountDueSnapshots(300);
  EXPECT_EQ(waiters.TakeAll().size(), 2U);
  EXPECT_TRUE(waiters.empty());
  EXPECT_EQ(waiters.NextTime(), kNever);
}

TEST(Waiters, OfAConnectionLeaveWithIt) {
  Waiters waiters;
  waiters.Add(WaiterOf(1, 300, 400));
  waiters.Add(WaiterOf(2, 900, 999));
  waiters.Add({{5, 8, 3}, 900, 999});
  waiters.CountDueSnapshots(300);
  waiters.RemoveConnection(kConnection);
  EXPECT_EQ(waiters.size(), 1U);
  EXPECT_EQ(waiters.Any().user, 5U);
}

TEST(OpenLookup, HasAWorkerWhilePlacedOrEnding) {
  OpenLookup open;
  EXPECT_TRUE(open.is_waiting());
  EXPECT_EQ(open.worker(), nullptr);
  LetterBox* const worker = reinterpret_cast<LetterBox*>(&open);
  open.state = Placed{worker};
  EXPECT_EQ(open.worker(), worker);
  open.state = Ending{worker};
  EXPECT_EQ(open.worker(), worker);
  EXPECT_FALSE(open.is_waiting());
}

}  // namespace
}  // namespace danebound
