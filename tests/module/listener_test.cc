#include "module/listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace danebound {
namespace {

using ::testing::HasSubstr;

class ListenerTest : public ::testing::Test {
 protected:
  ListenerTest() {
    folder_ = "/tmp/listener-test-XXXXXX";
    mkdtemp(folder_.data());
    path_ = folder_ + "/m.sock";
  }
  ~ListenerTest() override {
    unlink(path_.c_str());
    rmdir(folder_.c_str());
  }

  bool Connects() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    const bool is_connected =
        connect(fd, reinterpret_cast<const sockaddr*>(&address),
                sizeof(address)) == 0;
    close(fd);
    return is_connected;
  }

  // A socket that nobody listens on, as a killed server leaves it.
  void LeaveStaleSocket() const {
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(
        bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
        0);
    close(fd);
  }

  bool Exists() const {
    struct stat found {};
    return lstat(path_.c_str(), &found) == 0;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ListenerTest, ListensWithItsModeAndLeavesNothingBehind) {
  {
    const absl::StatusOr<Listener> listener = Listener::Listen(path_, 0640);
    ASSERT_TRUE(listener.ok()) << listener.status();
    struct stat found {};
    ASSERT_EQ(stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0640U);
    EXPECT_TRUE(Connects());
  }
  EXPECT_FALSE(Exists());
}

TEST_F(ListenerTest, SetsItsModeWhateverTheUmask) {
  const mode_t before = umask(0077);
  const absl::StatusOr<Listener> listener = Listener::Listen(path_, 0660);
  umask(before);
  ASSERT_TRUE(listener.ok()) << listener.status();
  struct stat found {};
  ASSERT_EQ(lstat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0660U);
}

TEST_F(ListenerTest, SeesWhetherItsFileIsInPlace) {
  const absl::StatusOr<Listener> listener = Listener::Listen(path_, 0660);
  ASSERT_TRUE(listener.ok());
  EXPECT_TRUE(listener->IsInPlace());
  unlink(path_.c_str());
  EXPECT_FALSE(listener->IsInPlace());
  LeaveStaleSocket();
  EXPECT_FALSE(listener->IsInPlace());
}

TEST_F(ListenerTest, ReplacesASocketThatNobodyListensOn) {
  LeaveStaleSocket();
  ASSERT_TRUE(Listener::Listen(path_, 0660).ok());
}

TEST_F(ListenerTest, LeavesALiveServerAlone) {
  const absl::StatusOr<Listener> first = Listener::Listen(path_, 0660);
  ASSERT_TRUE(first.ok());
  const absl::StatusOr<Listener> second = Listener::Listen(path_, 0660);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(path_));
  EXPECT_TRUE(Connects());
}

TEST_F(ListenerTest, LeavesARegularFileAlone) {
  std::ofstream(path_) << "precious";
  const absl::StatusOr<Listener> listener = Listener::Listen(path_, 0660);
  EXPECT_TRUE(absl::IsFailedPrecondition(listener.status()));
  std::string text;
  std::ifstream(path_) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(ListenerTest, LeavesAFolderAndASymbolicLinkAlone) {
  ASSERT_EQ(symlink("/dev/null", path_.c_str()), 0);
  EXPECT_FALSE(Listener::Listen(path_, 0660).ok());
  EXPECT_TRUE(Exists());
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(Listener::Listen(path_, 0660).ok());
  EXPECT_EQ(rmdir(path_.c_str()), 0);
}

TEST_F(ListenerTest, NamesThePathWhenItsFolderIsMissing) {
  const absl::StatusOr<Listener> listener =
      Listener::Listen("/nonexistent/m.sock", 0660);
  EXPECT_TRUE(absl::IsNotFound(listener.status()));
  EXPECT_THAT(std::string(listener.status().message()),
              HasSubstr("/nonexistent/m.sock"));
}

TEST_F(ListenerTest, TakesAwayOnlyItsOwnSocket) {
  absl::StatusOr<Listener> listener = Listener::Listen(path_, 0660);
  ASSERT_TRUE(listener.ok());
  unlink(path_.c_str());
  LeaveStaleSocket();
  { const Listener gone = *std::move(listener); }
  EXPECT_TRUE(Exists());
}

}  // namespace
}  // namespace danebound
