// One descriptor for a libevent loop, against pipes and timers.
#include "stub/embedded/loop_descriptor.h"

#include <event2/event.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <utility>

#include "gtest/gtest.h"

namespace danebound {
namespace {

struct Free {
  void operator()(event_base* loop) const { event_base_free(loop); }
  void operator()(event* each) const { event_free(each); }
};
using EventPtr = std::unique_ptr<event, Free>;

void Count(evutil_socket_t /*fd*/, short /*what*/, void* count) {
  ++*static_cast<int*>(count);
}

class LoopDescriptorTest : public testing::Test {
 protected:
  LoopDescriptorTest() { EXPECT_EQ(pipe(pipe_), 0); }
  ~LoopDescriptorTest() override {
    for (const int fd : pipe_) close(fd);
  }

  // An event that waits for reading the pipe, for as long as it lives.
  EventPtr AddReader() {
    EventPtr reader(event_new(loop_.get(), pipe_[0], EV_READ | EV_PERSIST,
                              Count, &called_));
    event_add(reader.get(), nullptr);
    return reader;
  }

  bool IsReady() {
    descriptor_.Follow(loop_.get());
    pollfd ready = {descriptor_.fd(), POLLIN, 0};
    return poll(&ready, 1, 0) == 1;
  }

  void Write() { EXPECT_EQ(write(pipe_[1], "x", 1), 1); }

  int pipe_[2] = {-1, -1};
  int called_ = 0;
  std::unique_ptr<event_base, Free> loop_{event_base_new()};
  LoopDescriptor descriptor_ = std::move(LoopDescriptor::New()).value();
};

TEST_F(LoopDescriptorTest, IsReadableWhenAnEventIsReady) {
  const EventPtr reader = AddReader();
  EXPECT_FALSE(IsReady());
  Write();
  EXPECT_TRUE(IsReady());
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK | EVLOOP_ONCE);
  EXPECT_EQ(called_, 1);
}

TEST_F(LoopDescriptorTest, LeavesWhatTheLoopNoLongerWaitsFor) {
  EventPtr reader = AddReader();
  Write();
  EXPECT_TRUE(IsReady());
  reader.reset();
  EXPECT_FALSE(IsReady());
}

// The kernel forgets what is closed; the number comes back.
TEST_F(LoopDescriptorTest, FollowsADescriptorThatWasClosedAndCameBack) {
  EventPtr reader = AddReader();
  EXPECT_FALSE(IsReady());
  reader.reset();
  int other[2] = {-1, -1};
  ASSERT_EQ(pipe(other), 0);
  ASSERT_EQ(dup2(other[0], pipe_[0]), pipe_[0]);
  close(other[0]);
  close(pipe_[1]);
  pipe_[1] = other[1];
  reader = AddReader();
  Write();
  EXPECT_TRUE(IsReady());
}

TEST_F(LoopDescriptorTest, StandsForNothingWhileItRests) {
  const EventPtr reader = AddReader();
  const EventPtr timer(event_new(loop_.get(), -1, 0, Count, &called_));
  const timeval soon = {0, 1};
  event_add(timer.get(), &soon);
  Write();
  EXPECT_TRUE(IsReady());
  descriptor_.Rest();
  pollfd ready = {descriptor_.fd(), POLLIN, 0};
  EXPECT_EQ(poll(&ready, 1, 0), 0);
  EXPECT_FALSE(descriptor_.NextTimer().has_value());
  EXPECT_TRUE(IsReady());
  EXPECT_TRUE(descriptor_.NextTimer().has_value());
}

TEST_F(LoopDescriptorTest, TellsWhenTheNextTimerEnds) {
  EXPECT_FALSE(IsReady());
  EXPECT_FALSE(descriptor_.NextTimer().has_value());
  const timeval late = {3600, 0};
  const timeval soon = {60, 0};
  const EventPtr first(event_new(loop_.get(), -1, 0, Count, &called_));
  const EventPtr second(event_new(loop_.get(), -1, 0, Count, &called_));
  event_add(first.get(), &late);
  event_add(second.get(), &soon);
  descriptor_.Follow(loop_.get());
  ASSERT_TRUE(descriptor_.NextTimer().has_value());
  const auto left = *descriptor_.NextTimer() - SteadyNow();
  EXPECT_GT(left, std::chrono::seconds(50));
  EXPECT_LE(left, std::chrono::seconds(61));
}

TEST_F(LoopDescriptorTest, WantsATurnAtOnceWhereAnEventIsActive) {
  const EventPtr active(event_new(loop_.get(), -1, 0, Count, &called_));
  event_active(active.get(), EV_TIMEOUT, 0);
  descriptor_.Follow(loop_.get());
  ASSERT_TRUE(descriptor_.NextTimer().has_value());
  EXPECT_LE(*descriptor_.NextTimer(), SteadyNow());
}

}  // namespace
}  // namespace danebound
