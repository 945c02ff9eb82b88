#include "stub/serve/socketmap/socketmap_client.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

constexpr absl::Duration kLong = absl::Seconds(20);

// Asks a server of which the test says what each connection gets.
class SocketmapClientTest : public ::testing::Test {
 protected:
  std::string Ask(absl::Duration timeout = kLong) {
    const auto reply = client_.Ask("QUERY", "example.org", timeout);
    return reply.ok() ? reply->text
                      : absl::StatusCodeToString(reply.status().code());
  }

  TemporaryFolder folder_;
  SocketmapClient client_{folder_.SocketPath()};
};

TEST_F(SocketmapClientTest, GivesTheTextOfTheReply) {
  const ModuleServer server(
      folder_.SocketPath(), [](AcceptedClient& peer, int) {
        EXPECT_EQ(peer.ReadOctets(), "17:QUERY example.org,");
        peer.SendOctets("4:OK a,");
      });
  EXPECT_EQ(Ask(), "a");
}

TEST_F(SocketmapClientTest, ConnectsAgainWhenTheServerHasClosed) {
  const ModuleServer server(
      folder_.SocketPath(), [](AcceptedClient& peer, int number) {
        peer.ReadOctets();
        peer.SendOctets(number == 0 ? "4:OK a," : "4:OK b,");
      });
  EXPECT_EQ(Ask(), "a");
  EXPECT_EQ(Ask(), "b");
}

TEST_F(SocketmapClientTest, TakesNoLateReplyForTheNextQuestion) {
  const ModuleServer server(folder_.SocketPath(),
                            [](AcceptedClient& peer, int number) {
                              peer.ReadOctets();
                              if (number > 0) return peer.SendOctets("4:OK b,");
                              peer.WaitForClose();
                            });
  EXPECT_EQ(Ask(absl::Milliseconds(20)), "DEADLINE_EXCEEDED");
  EXPECT_EQ(Ask(), "b");
}

TEST_F(SocketmapClientTest, FailsWhereNobodyListens) {
  EXPECT_EQ(Ask(), "UNAVAILABLE");
}

TEST_F(SocketmapClientTest, RefusesWhatIsNotSocketmap) {
  const ModuleServer server(
      folder_.SocketPath(), [](AcceptedClient& peer, int number) {
        peer.ReadOctets();
        peer.SendOctets(number == 0 ? "hello" : "5:hello,");
      });
  EXPECT_EQ(Ask(), "INVALID_ARGUMENT");
  EXPECT_EQ(Ask(), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace danebound
