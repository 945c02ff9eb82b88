#include "stub/serve/operator/child_program.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/system/spawn.h"

namespace danebound {

absl::StatusOr<std::unique_ptr<ChildProgram>> ChildProgram::Start(
    event_base* base, const std::vector<std::string>& words,
    const ChildLimits& limits, OnEnd on_end) {
  std::unique_ptr<ChildProgram> child(
      new ChildProgram(base, limits, std::move(on_end)));
  const absl::Status spawned = child->Begin(words);
  if (!spawned.ok()) return spawned;
  return child;
}

ChildProgram::ChildProgram(event_base* base, const ChildLimits& limits,
                           OnEnd on_end)
    : base_(base),
      limits_(limits),
      on_end_(std::move(on_end)),
      deadline_(base, [this] {
        End(absl::DeadlineExceededError(
            absl::StrCat("no end within ", limits_.longest.count(), " ms")));
      }) {}

ChildProgram::~ChildProgram() {
  ready_.reset();
  if (pid_ < 0) return;
  // At the end of its output there is nothing left to wait for.
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

absl::Status ChildProgram::Begin(const std::vector<std::string>& words) {
  Pipe output;
  const absl::StatusOr<pid_t> pid =
      Spawn(words, output.in.get(), output.in.get());
  if (!pid.ok()) return absl::UnavailableError(pid.status().message());
  pid_ = *pid;
  output_end_ = std::move(output.out);
  fcntl(output_end_.get(), F_SETFL, O_NONBLOCK);
  ready_.reset(
      event_new(base_, output_end_.get(), EV_READ | EV_PERSIST, OnReady, this));
  event_add(ready_.get(), nullptr);
  deadline_.RingIn(limits_.longest);
  return absl::OkStatus();
}

void ChildProgram::OnReady(evutil_socket_t /*fd*/, short /*what*/,
                           void* child) {
  static_cast<ChildProgram*>(child)->Read();
}

void ChildProgram::Read() {
  std::array<char, 16384> buffer;
  const ssize_t got = read(output_end_.get(), buffer.data(), buffer.size());
  if (got < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return End(absl::UnavailableError(std::strerror(errno)));
  }
  if (got == 0) return End(std::exchange(output_, ""));
  output_.append(buffer.data(), static_cast<size_t>(got));
  if (output_.size() > limits_.most_octets) {
    End(absl::OutOfRangeError(
        absl::StrCat("more than ", limits_.most_octets, " octets of output")));
  }
}

void ChildProgram::End(const absl::StatusOr<std::string>& output) {
  ready_.reset();
  deadline_.Silence();
  const OnEnd on_end = std::move(on_end_);
  on_end(output);
}

}  // namespace danebound
