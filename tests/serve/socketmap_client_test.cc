#include "stub/serve/socketmap/socketmap_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "stub/system/descriptor.h"
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
  SocketmapClient client_{{folder_.SocketPath()}};
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
  const auto reply = client_.Ask("QUERY", "example.org", kLong);
  EXPECT_EQ(reply.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(reply.status().message(),
            absl::StrCat(folder_.SocketPath(), ": No such file or directory"));
}

// By TCP, at any address of a name: "localhost" has ::1, too.
TEST(SocketmapClient, AsksTheAddressOfAHostWhereSomebodyListens) {
  const Descriptor listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listening.get(), generic, size), 0);
  ASSERT_EQ(listen(listening.get(), 1), 0);
  ASSERT_EQ(getsockname(listening.get(), generic, &size), 0);
  std::thread server([&listening] {
    const Descriptor peer(accept(listening.get(), nullptr, nullptr));
    std::array<char, 64> request{};
    EXPECT_GT(recv(peer.get(), request.data(), request.size(), 0), 0);
    send(peer.get(), "4:OK a,", 7, MSG_NOSIGNAL);
  });
  const std::string port = absl::StrCat(ntohs(address.sin_port));
  SocketmapClient client({"", "localhost", port});
  const auto reply = client.Ask("QUERY", "example.org", kLong);
  shutdown(listening.get(), SHUT_RDWR);
  server.join();
  EXPECT_EQ(reply.ok() ? reply->text : reply.status().ToString(), "a");
  const auto refused =
      SocketmapClient({"", "127.0.0.1", "1"}).Ask("QUERY", "x", kLong);
  EXPECT_EQ(refused.status().message(), "127.0.0.1:1: Connection refused");
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
