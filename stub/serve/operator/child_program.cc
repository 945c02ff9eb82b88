#include "stub/serve/operator/child_program.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

absl::Status Failure(const std::string& program, int error) {
  return absl::UnavailableError(
      absl::StrCat(program, ": ", std::strerror(error)));
}

// What a program is started with: its streams, and signals as by default.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null",
                                     O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes_, &defaults);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  // Returns an error number, or 0.
  int Spawn(const std::vector<std::string>& words, pid_t* pid) const {
    std::vector<std::string> copies = words;
    std::vector<char*> arguments;
    arguments.reserve(copies.size() + 1);
    for (std::string& each : copies) arguments.push_back(each.data());
    arguments.push_back(nullptr);
    return posix_spawn(pid, arguments[0], &actions_, &attributes_,
                       arguments.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_ = {};
  posix_spawnattr_t attributes_ = {};
};

}  // namespace

absl::StatusOr<std::unique_ptr<ChildProgram>> ChildProgram::Start(
    event_base* base, const std::vector<std::string>& words,
    const ChildLimits& limits, OnEnd on_end) {
  std::unique_ptr<ChildProgram> child(
      new ChildProgram(base, limits, std::move(on_end)));
  const absl::Status spawned = child->Spawn(words);
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
  if (fd_ >= 0) close(fd_);
  if (pid_ < 0) return;
  // At the end of its output there is nothing left to wait for.
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
}

absl::Status ChildProgram::Spawn(const std::vector<std::string>& words) {
  std::array<int, 2> ends = {};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Failure(words[0], errno);
  fd_ = ends[0];
  pid_t pid = -1;
  const int error = SpawnSettings(ends[1]).Spawn(words, &pid);
  close(ends[1]);
  if (error != 0) return Failure(words[0], error);
  pid_ = pid;
  fcntl(fd_, F_SETFL, O_NONBLOCK);
  ready_.reset(event_new(base_, fd_, EV_READ | EV_PERSIST, OnReady, this));
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
  const ssize_t got = read(fd_, buffer.data(), buffer.size());
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
