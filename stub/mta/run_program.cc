#include "stub/mta/run_program.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "stub/system/descriptor.h"
#include "stub/system/spawn.h"

namespace danebound {
namespace {

constexpr size_t kMostOctets = 1 << 20;

// Appends what has come; says whether more may come.
bool TakeSome(int fd, std::string& text) {
  std::array<char, 4096> octets{};
  const ssize_t count = read(fd, octets.data(), octets.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  text.append(octets.data(), static_cast<size_t>(count));
  return true;
}

// What a program prints, until it has closed both ends.
struct Printed {
  std::string output;
  std::string errors;
};

absl::Status TakeAll(int output, int errors, absl::Duration timeout,
                     Printed& printed) {
  const auto end =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(timeout);
  std::array<pollfd, 2> open = {{{output, POLLIN, 0}, {errors, POLLIN, 0}}};
  while (open[0].fd >= 0 || open[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    if (left.count() <= 0) return absl::DeadlineExceededError("timeout");
    const int ready =
        poll(open.data(), open.size(), static_cast<int>(left.count()));
    if (ready <= 0) continue;
    if (open[0].revents != 0 && !TakeSome(output, printed.output)) {
      open[0].fd = -1;
    }
    if (open[1].revents != 0 && !TakeSome(errors, printed.errors)) {
      open[1].fd = -1;
    }
    if (printed.output.size() + printed.errors.size() > kMostOctets) {
      return absl::UnavailableError("it prints without end");
    }
  }
  return absl::OkStatus();
}

bool EndsWell(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return false;
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

absl::StatusOr<std::string> RunProgram(const std::vector<std::string>& words,
                                       absl::Duration timeout) {
  Pipe output;
  Pipe errors;
  const absl::StatusOr<pid_t> child =
      Spawn(words, output.in.get(), errors.in.get());
  if (!child.ok()) return child.status();
  output.in = Descriptor();
  errors.in = Descriptor();
  Printed printed;
  const absl::Status taken =
      TakeAll(output.out.get(), errors.out.get(), timeout, printed);
  if (!taken.ok()) kill(*child, SIGKILL);
  const bool ended_well = EndsWell(*child);
  if (!taken.ok()) {
    return absl::Status(taken.code(),
                        absl::StrCat(words[0], ": ", taken.message()));
  }
  if (ended_well) return printed.output;
  return absl::UnavailableError(absl::StrCat(
      words[0], " fails: ", absl::StripAsciiWhitespace(printed.errors)));
}

}  // namespace danebound
