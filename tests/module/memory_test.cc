// The service thread when memory runs out: the n-th allocation that it makes
// fails, for n = 1, 2, … until a run needs no more of them. Each time a client
// gets replies or a closed connection, and the next one is served.
//
// A program of its own, as failing_new.h takes the place of operator new.
#include <gtest/gtest.h>

#include "tests/module/failing_new.h"
#include "tests/module/running_service.h"

namespace danebound {
namespace {

// More than any of the runs makes.
constexpr int64_t kMostAllocations = 3000;

class Memory : public ::testing::TestWithParam<int64_t> {
 protected:
  Memory() { SpareThisThread(); }
};

// A connection, two requests, their replies.
void Ask(const RunningService& running) {
  TestClient client(running.socket());
  ASSERT_TRUE(client.is_connected());
  client.Send(LiteralRequest(1) + StatsFrame(2));
  const absl::optional<Reply> first = client.Read();
  const absl::optional<Reply> second = client.Read();
  if (!first || !second) {
    EXPECT_TRUE(client.has_ended()) << "the client hangs";
  }
}

void ExpectService(const RunningService& running) {
  TestClient client = running.Connect();
  client.Send(LiteralRequest(1));
  const absl::optional<Reply> reply = client.Read();
  ASSERT_TRUE(reply);
  EXPECT_TRUE(std::holds_alternative<LookupReply>(*reply));
}

TEST_P(Memory, LackCostsTheClientThatWasServed) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  ExpectService(running);
  bool was_felt = true;
  int64_t n = 1;
  for (; was_felt && n < kMostAllocations; ++n) {
    SCOPED_TRACE(n);
    {
      const Shortage shortage(n, GetParam());
      Ask(running);
      was_felt = Shortage::was_felt();
    }
    ExpectService(running);
    if (HasFatalFailure()) return;
  }
  EXPECT_FALSE(was_felt);
  EXPECT_GT(n, 10);
  EXPECT_LE(running.log().Count("out of memory"), 1U);
}

TEST_P(Memory, LackAtTheStopStillClosesTheConnections) {
  bool was_felt = true;
  for (int64_t n = 1; was_felt && n < kMostAllocations; ++n) {
    SCOPED_TRACE(n);
    RunningService running;
    ASSERT_TRUE(running.service().Start().ok());
    TestClient client = running.Connect();
    // No worker: it waits, and is told of the stop.
    client.Send(DomainRequest(1) + StatsFrame(2));
    ASSERT_TRUE(client.Read());
    const Shortage shortage(n, GetParam());
    running.service().Stop();
    was_felt = Shortage::was_felt();
    const absl::optional<Reply> told = client.Read();
    ASSERT_TRUE(told);
    EXPECT_EQ(std::get<ErrorReply>(*told).code, ErrorCode::kStopping);
    EXPECT_FALSE(client.Read());
    EXPECT_TRUE(client.has_ended());
  }
  EXPECT_FALSE(was_felt);
}

TEST_P(Memory, LackAtTheStartIsAnError) {
  bool was_felt = true;
  for (int64_t n = 1; was_felt && n < kMostAllocations; ++n) {
    SCOPED_TRACE(n);
    RunningService running;
    const Shortage shortage(n, GetParam());
    SpareThisThreadNoMore();
    const absl::Status started = running.service().Start();
    SpareThisThread();
    was_felt = Shortage::was_felt();
    if (!started.ok()) continue;
    Shortage::End();
    ExpectService(running);
    running.service().Stop();
  }
  EXPECT_FALSE(was_felt);
}

INSTANTIATE_TEST_SUITE_P(Failures, Memory, ::testing::Values(1, 2, 1000));

}  // namespace
}  // namespace danebound
