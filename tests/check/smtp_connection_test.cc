#include "stub/check/smtp_connection.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "made_reports.h"

namespace danebound {
namespace {

constexpr int kNoNetwork = 100;

// A network with one neighbour, who is not there, and no way elsewhere.
constexpr const char* kAddNetwork =
    "ip link set lo up && ip link add name near type veth peer name far && "
    "ip addr add 192.0.2.1/24 dev near && ip link set near up && ip link set "
    "far up && "
    "ip ntable change name arp_cache dev near retrans 50";

// What connecting to an address in a network of its own comes to, a status
// code; kNoNetwork where this machine gives none.
int CodeInNetwork(const char* address) {
  const pid_t child = fork();
  if (child == 0) {
    if ((unshare(CLONE_NEWNET) != 0 &&
         unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) ||
        std::system(kAddNetwork) != 0) {
      _exit(kNoNetwork);
    }
    SmtpConnection connection(std::chrono::steady_clock::now() +
                              std::chrono::seconds(20));
    _exit(connection.Connect(AddressOf(address), 25).raw_code());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

// Linux says "no route to host" of both.
TEST(SmtpConnection, TellsAServerThatIsDownFromNoRoute) {
  const int down = CodeInNetwork("192.0.2.2");
  if (down == kNoNetwork) GTEST_SKIP() << "needs a network of its own";
  EXPECT_EQ(down, static_cast<int>(absl::StatusCode::kUnavailable));
  EXPECT_EQ(CodeInNetwork("198.51.100.1"),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(CodeInNetwork("2001:db8::1"),
            static_cast<int>(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace danebound
