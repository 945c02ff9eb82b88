#include "stub/system/unix_listener.h"

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

class UnixListenerTest : public ::testing::Test {
 protected:
  UnixListenerTest() {
    folder_ = "/tmp/listener-test-XXXXXX";
    mkdtemp(folder_.data());
    path_ = folder_ + "/m.sock";
  }
  ~UnixListenerTest() override {
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

TEST_F(UnixListenerTest, ListensWithItsModeAndLeavesNothingBehind) {
  {
    const absl::StatusOr<UnixListener> listener =
        UnixListener::Listen(path_, 0640);
    ASSERT_TRUE(listener.ok()) << listener.status();
    struct stat found {};
    ASSERT_EQ(stat(path_.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 07777, 0640U);
    EXPECT_TRUE(Connects());
  }
  EXPECT_FALSE(Exists());
}

TEST_F(UnixListenerTest, SetsItsModeWhateverTheUmask) {
  const mode_t before = umask(0077);
  const absl::StatusOr<UnixListener> listener =
      UnixListener::Listen(path_, 0660);
  umask(before);
  ASSERT_TRUE(listener.ok()) << listener.status();
  struct stat found {};
  ASSERT_EQ(lstat(path_.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 07777, 0660U);
}

TEST_F(UnixListenerTest, SeesWhetherItsFileIsInPlace) {
  const absl::StatusOr<UnixListener> listener =
      UnixListener::Listen(path_, 0660);
  ASSERT_TRUE(listener.ok());
  EXPECT_TRUE(listener->IsInPlace());
  unlink(path_.c_str());
  EXPECT_FALSE(listener->IsInPlace());
  LeaveStaleSocket();
  EXPECT_FALSE(listener->IsInPlace());
}

TEST_F(UnixListenerTest, ReplacesASocketThatNobodyListensOn) {
  LeaveStaleSocket();
  ASSERT_TRUE(UnixListener::Listen(path_, 0660).ok());
}

TEST_F(UnixListenerTest, LeavesALiveServerAlone) {
  const absl::StatusOr<UnixListener> first = UnixListener::Listen(path_, 0660);
  ASSERT_TRUE(first.ok());
  const absl::StatusOr<UnixListener> second = UnixListener::Listen(path_, 0660);
  EXPECT_TRUE(absl::IsAlreadyExists(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(path_));
  EXPECT_TRUE(Connects());
}

TEST_F(UnixListenerTest, LeavesARegularFileAlone) {
  std::ofstream(path_) << "precious";
  const absl::StatusOr<UnixListener> listener =
      UnixListener::Listen(path_, 0660);
  EXPECT_TRUE(absl::IsFailedPrecondition(listener.status()));
  std::string text;
  std::ifstream(path_) >> text;
  EXPECT_EQ(text, "precious");
}

TEST_F(UnixListenerTest, LeavesAFolderAndASymbolicLinkAlone) {
  ASSERT_EQ(symlink("/dev/null", path_.c_str()), 0);
  EXPECT_FALSE(UnixListener::Listen(path_, 0660).ok());
  EXPECT_TRUE(Exists());
  unlink(path_.c_str());
  ASSERT_EQ(mkdir(path_.c_str(), 0700), 0);
  EXPECT_FALSE(UnixListener::Listen(path_, 0660).ok());
  EXPECT_EQ(rmdir(path_.c_str()), 0);
}

TEST_F(UnixListenerTest, NamesThePathWhenItsFolderIsMissing) {
  const absl::StatusOr<UnixListener> listener =
      UnixListener::Listen("/nonexistent/m.sock", 0660);
  EXPECT_TRUE(absl::IsNotFound(listener.status()));
  EXPECT_THAT(std::string(listener.status().message()),
              HasSubstr("/nonexistent/m.sock"));
}

TEST_F(UnixListenerTest, TakesAwayOnlyItsOwnSocket) {
  absl::StatusOr<UnixListener> listener = UnixListener::Listen(path_, 0660);
  ASSERT_TRUE(listener.ok());
  unlink(path_.c_str());
  LeaveStaleSocket();
  { const UnixListener gone = *std::move(listener); }
  EXPECT_TRUE(Exists());
}

}  // namespace
}  // namespace danebound
