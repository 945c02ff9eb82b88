#include "module/service.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "tests/module/running_service.h"

namespace danebound {
namespace {

uint64_t CounterOf(TestClient& client, absl::string_view name) {
  client.Send(StatsFrame(1));
  const absl::optional<Reply> reply = client.Read();
  if (!reply) return 0;
  for (const Counter& counter : std::get<StatsReply>(*reply).counters) {
    if (counter.name == name) return counter.value;
  }
  return 0;
}

bool IsAnswered(TestClient& client) {
  client.Send(LiteralRequest(1));
  return client.Read().has_value();
}

// No worker is known: the reply comes a second after the client fell silent.
TEST(Service, RepliesToAClientThatSendsNoMore) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  TestClient client = running.Connect();
  client.Send(DomainRequest(1) + LiteralRequest(2));
  client.SendNoMore();
  EXPECT_TRUE(client.Read());
  EXPECT_TRUE(client.Read());
  EXPECT_FALSE(client.Read());
  EXPECT_TRUE(client.has_ended());
}

// The thread waits for the log, as for anything slow; it may have taken one
// load before.
TEST(Service, CountsMxAnswersThatItHadNoRoomFor) {
  RunningService running;
  {
    const std::lock_guard<std::mutex> held(running.log().mutex());
    ASSERT_TRUE(running.service().Start().ok());
    for (int i = 0; i < 1000; ++i) {
      running.service().OnMx(ParseNextHop("a.example")->name);
    }
  }
  TestClient client = running.Connect();
  EXPECT_GE(CounterOf(client, "prefetch.dropped.waiting"), 1000U - 2 * 256U);
}

// Requests that fill the connection: nothing is read that would tell.
TEST(Service, NoticesAClientThatIsGoneWhileItsRequestsAreOpen) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  TestClient watcher = running.Connect();
  {
    TestClient client = running.Connect();
    std::string requests;
    for (uint16_t id = 1; id <= 100; ++id) requests += DomainRequest(id);
    client.Send(requests);
    usleep(100000);
    EXPECT_EQ(CounterOf(watcher, "connections.open"), 2U);
  }
  usleep(100000);
  EXPECT_EQ(CounterOf(watcher, "connections.open"), 1U);
}

TEST(Service, MakesItsSocketAgainWhenTheFileIsRemoved) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  TestClient before = running.Connect();
  ASSERT_EQ(unlink(running.socket().c_str()), 0);
  TestClient after = running.Connect();
  EXPECT_TRUE(IsAnswered(after));
  EXPECT_TRUE(IsAnswered(before));
}

TEST(Service, LeavesWhatTookThePlaceOfItsSocketAndServesOn) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  TestClient client = running.Connect();
  ASSERT_EQ(unlink(running.socket().c_str()), 0);
  std::ofstream(running.socket()) << "precious";
  sleep(5);
  EXPECT_TRUE(IsAnswered(client));
  EXPECT_EQ(running.log().Count("is no socket"), 1U);
  std::string text;
  std::ifstream(running.socket()) >> text;
  EXPECT_EQ(text, "precious");
}

std::string Hello(uint16_t id, absl::string_view name) {
  return EncodeFrame(id, HelloRequest{std::string(name)}).value();
}

// The thread is held up at a line of its log until all requests are there.
TEST(Service, GivesAClientItsTurnBesideOneThatAsksWithoutEnd) {
  RunningService running;
  ASSERT_TRUE(running.service().Start().ok());
  TestClient holder = running.Connect();
  TestClient flood = running.Connect();
  TestClient paced = running.Connect();
  ASSERT_TRUE(IsAnswered(holder) && IsAnswered(flood) && IsAnswered(paced));
  {
    const std::lock_guard<std::mutex> lock(running.log().mutex());
    holder.Send(Hello(1, "holder"));
    usleep(100000);
    std::string requests;
    for (uint16_t id = 1; id <= 1000; ++id) requests += Hello(id, "flood");
    flood.Send(requests);
    paced.Send(Hello(1, "paced"));
  }
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(flood.Read()) << i;
  const std::vector<std::string> lines = running.log().lines();
  const auto paced_line = std::find(lines.begin(), lines.end(), "client paced");
  ASSERT_NE(paced_line, lines.end());
  EXPECT_LE(std::count(lines.begin(), paced_line, "client flood"), 20);
}

}  // namespace
}  // namespace danebound
