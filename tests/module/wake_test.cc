#include "module/wake.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

namespace danebound {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string ReceiveFrom(int fd) {
  std::string octets(512, '\0');
  const ssize_t count = recv(fd, octets.data(), octets.size(), 0);
  octets.resize(count < 0 ? 0 : static_cast<size_t>(count));
  return octets;
}

// A bound socket of this process, as the resolver's are.
class Bound {
 public:
  explicit Bound(int type, uint32_t address = INADDR_LOOPBACK)
      : fd_(socket(AF_INET, type | SOCK_NONBLOCK, 0)) {
    sockaddr_in bound{};
    bound.sin_family = AF_INET;
    bound.sin_addr.s_addr = htonl(address);
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&bound), sizeof(bound)), 0);
    if (type == SOCK_STREAM) listen(fd_, 1);
  }
  ~Bound() { close(fd_); }
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  int fd() const { return fd_; }

  int port() const {
    sockaddr_in bound{};
    socklen_t size = sizeof(bound);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &size);
    return ntohs(bound.sin_port);
  }

  std::string Receive() const { return ReceiveFrom(fd_); }

 private:
  int fd_;
};

TEST(WakeQuery, AsksForAPrivateTypeAndClass) {
  EXPECT_EQ(WakeQuery(),
            std::string("\x00\x00\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
                        "\x00\xff\x44\xff\x01",
                        17));
}

TEST(WakeTargets, AreNoneWithoutListeningSockets) {
  EXPECT_THAT(FindWakeTargets({}), IsEmpty());
}

TEST(WakeTargets, AreTheListeningSocketsOfTheProcess) {
  const Bound datagrams(SOCK_DGRAM);
  const Bound streams(SOCK_STREAM);
  EXPECT_THAT(FindWakeTargets({}), SizeIs(2));
  EXPECT_THAT(FindWakeTargets({streams.port()}), SizeIs(1));
}

TEST(Wake, SendsTheQueryToAnAnyAddressSocketThroughLoopback) {
  const Bound datagrams(SOCK_DGRAM, INADDR_ANY);
  Wake wake;
  wake.Send(FindWakeTargets({}));
  EXPECT_EQ(datagrams.Receive(), WakeQuery());
}

TEST(Wake, SendsTheQueryOverTcpWithItsLength) {
  const Bound streams(SOCK_STREAM);
  Wake wake;
  wake.Send(FindWakeTargets({}));
  const int accepted = accept(streams.fd(), nullptr, nullptr);
  ASSERT_GE(accepted, 0);
  const std::string received = ReceiveFrom(accepted);
  close(accepted);
  EXPECT_EQ(received, std::string("\x00\x11", 2) + WakeQuery());
}

}  // namespace
}  // namespace danebound
