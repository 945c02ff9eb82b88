// The service thread when memory runs out: the n-th allocation that it makes
// fails, for n = 1, 2, … until a run needs no more of them. Each time a client
// gets replies or a closed connection, and the next one is served.
//
// A program of its own, as failing_new.h takes the place of operator new.
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>

#include "module/worker.h"
#include "tests/module/failing_new.h"
#include "tests/module/fake_mesh.h"
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

// Facts of two hosts, as a worker reports them for the first lookup.
Report FoundReport() {
  auto facts = std::make_shared<Facts>();
  facts->next_hop = ParseNextHop("a.example").value();
  facts->expanded = facts->next_hop.name;
  facts->kind = Kind::kMx;
  facts->security = Security::kSecure;
  facts->expires = ReadClocks().wall / 1000000000 + 3600;
  HostFacts host;
  host.name = host.expanded = host.base_domain =
      Name::ParseText("a-rather-long-name.example").value();
  host.state = HostState::kTlsa;
  host.security = Security::kSecure;
  host.addresses = {
      {Address::ParseText("2001:db8::1").value(), Security::kSecure}};
  host.tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x')};
  host.expires = facts->expires;
  facts->hosts = {host, host};
  Report report;
  report.job = 1;
  report.outcome = JobOutcome::kDone;
  report.facts = std::move(facts);
  report.is_whole = true;
  return report;
}

class Hits : public ::testing::Test {
 protected:
  Hits()
      : clock_(ReadClocks()),
        worker_(std::make_unique<FakeMesh>(),
                {&clock_, 256, BootMicroseconds, [](Report) {}}) {
    SpareThisThread();
    EXPECT_TRUE(running_.service().Start().ok());
    client_ = std::make_unique<TestClient>(running_.Connect());
    worker_.OnMail();
    const size_t before = worker_.room();
    running_.service().OnWorker(&worker_);
    client_->Send(DomainRequest(1));
    while (worker_.room() >= before) usleep(1000);
    running_.service().OnReport(FoundReport());
    EXPECT_FALSE(NextIsFromCache());
  }

  bool NextIsFromCache() const {
    const absl::optional<Reply> reply = client_->Read();
    return reply && std::get<LookupReply>(*reply).from_cache;
  }

  // Asks `count` times, `at_once` of them in one piece; says whether all were
  // answered from the cache.
  bool Ask(int count, int at_once) const {
    for (int asked = 0; asked < count; asked += at_once) {
      std::string octets;
      for (int i = 0; i < at_once; ++i) octets += DomainRequest(1);
      client_->Send(octets);
      for (int i = 0; i < at_once; ++i) {
        if (!NextIsFromCache()) return false;
      }
    }
    return true;
  }

  Clock clock_;
  Worker worker_;
  RunningService running_;
  std::unique_ptr<TestClient> client_;
};

// Once a second a worker is asked how the resolver validates, which takes some:
// of three tries one sees none of that.
TEST_F(Hits, TakeNoMemory) {
  for (const int at_once : {1, 20}) {
    ASSERT_TRUE(Ask(40, at_once));
    bool was_felt = true;
    for (int tries = 0; tries < 3 && was_felt; ++tries) {
      const Shortage shortage(1, 0);  // none fails
      ASSERT_TRUE(Ask(400, at_once));
      was_felt = Shortage::was_felt();
    }
    EXPECT_FALSE(was_felt) << at_once << " at once";
  }
}

INSTANTIATE_TEST_SUITE_P(Failures, Memory, ::testing::Values(1, 2, 1000));

}  // namespace
}  // namespace danebound
