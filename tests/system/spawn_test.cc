#include "stub/system/spawn.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace danebound {
namespace {

// What a program prints on both streams, to its end.
std::string OutputOf(const std::vector<std::string>& words) {
  Pipe pipe;
  const auto pid = Spawn(words, pipe.in.get(), pipe.in.get());
  if (!pid.ok()) return std::string(pid.status().message());
  pipe.in = Descriptor();
  std::string output;
  std::array<char, 4096> octets{};
  ssize_t count = 0;
  while ((count = read(pipe.out.get(), octets.data(), octets.size())) > 0) {
    output.append(octets.data(), static_cast<size_t>(count));
  }
  EXPECT_EQ(waitpid(*pid, nullptr, 0), *pid);
  return output;
}

TEST(Spawn, StartsAProgramOfPathOrByItsPath) {
  EXPECT_EQ(OutputOf({"echo", "a b", "$HOME"}), "a b $HOME\n");
  EXPECT_EQ(OutputOf({"/bin/echo", "a"}), "a\n");
}

TEST(Spawn, GivesNoInputAndNoOtherDescriptors) {
  const Descriptor inherited(dup2(STDERR_FILENO, 77));
  ASSERT_EQ(inherited.get(), 77);
  EXPECT_EQ(OutputOf({"sh", "-c", "cat; [ ! -e /dev/fd/77 ] && echo none"}),
            "none\n");
}

TEST(Spawn, LetsTheProgramDieOfAClosedPipe) {
  auto* const before = std::signal(SIGPIPE, SIG_IGN);
  EXPECT_EQ(OutputOf({"bash", "-c", "trap -p PIPE; kill -PIPE $$; echo no"}),
            "");
  std::signal(SIGPIPE, before);
}

TEST(Spawn, NamesTheProgramThatIsMissing) {
  Pipe pipe;
  const auto pid = Spawn({"/no/such/program"}, pipe.in.get(), pipe.in.get());
  EXPECT_EQ(pid.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(pid.status().message(),
            "/no/such/program: No such file or directory");
}

}  // namespace
}  // namespace danebound
