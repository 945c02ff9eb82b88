#include "stub/embedded/sigpipe_block.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace danebound {
namespace {

// Writes where nobody reads; with SIGPIPE at its default this ends the process.
void WriteToClosedPipe() {
  std::array<int, 2> ends = {};
  ASSERT_EQ(pipe(ends.data()), 0);
  close(ends[0]);
  EXPECT_EQ(write(ends[1], "x", 1), -1);
  close(ends[1]);
}

bool SigpipeIsPending() {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, SIGPIPE) == 1;
}

TEST(SigpipeBlock, DropsTheSignal) {
  {
    const SigpipeBlock block;
    WriteToClosedPipe();
  }
  EXPECT_FALSE(SigpipeIsPending());
}

TEST(SigpipeBlock, KeepsASignalThatWasPendingBefore) {
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &sigpipe, nullptr);
  WriteToClosedPipe();
  { const SigpipeBlock block; }
  EXPECT_TRUE(SigpipeIsPending());
  int number = 0;
  sigwait(&sigpipe, &number);
  pthread_sigmask(SIG_UNBLOCK, &sigpipe, nullptr);
}

TEST(SigpipeBlockDeathTest, IsNeeded) {
  EXPECT_EXIT(WriteToClosedPipe(), ::testing::KilledBySignal(SIGPIPE), "");
}

}  // namespace
}  // namespace danebound
