#include "tests/cli/run_command.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>

namespace danebound {
namespace {

constexpr int kPatienceMs = 20000;

[[noreturn]] void Execute(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment) {
  unsetenv("DANEBOUND_SOCKET");
  unsetenv("NO_COLOR");
  unsetenv("COLUMNS");
  // Also where the package is installed.
  setenv("DANEBOUND_UNBOUND_VERSIONS", "/dev/null", 1);
  setenv("TERM", "xterm", 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(),
           variable.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> argv = {const_cast<char*>("danebound")};
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  execv(DANEBOUND_COMMAND, argv.data());
  _exit(127);
}

// Appends what can be read; false at the end of the stream.
bool ReadSome(int fd, std::string& text) {
  std::array<char, 4096> octets;
  const ssize_t count = read(fd, octets.data(), octets.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  text.append(octets.data(), static_cast<size_t>(count));
  return true;
}

void WaitFor(pid_t child, CommandResult& result) {
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal_number = WTERMSIG(status);
}

// Reads both streams to their ends; kills the child if it takes too long.
void ReadBoth(pid_t child, int output, int errors, CommandResult& result) {
  std::array<pollfd, 2> streams = {{{output, POLLIN, 0}, {errors, POLLIN, 0}}};
  while (streams[0].fd >= 0 || streams[1].fd >= 0) {
    if (poll(streams.data(), streams.size(), kPatienceMs) == 0) {
      kill(child, SIGKILL);
      return;
    }
    if (streams[0].revents != 0 && !ReadSome(output, result.output)) {
      streams[0].fd = -1;
    }
    if (streams[1].revents != 0 && !ReadSome(errors, result.errors)) {
      streams[1].fd = -1;
    }
  }
}

}  // namespace

CommandResult RunCommand(const std::vector<std::string>& arguments,
                         const CommandInput& input) {
  std::array<int, 2> in;
  std::array<int, 2> out;
  std::array<int, 2> err;
  if (pipe2(in.data(), O_CLOEXEC) != 0 || pipe2(out.data(), O_CLOEXEC) != 0 ||
      pipe2(err.data(), O_CLOEXEC) != 0) {
    std::abort();
  }
  const pid_t child = fork();
  if (child == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    dup2(err[1], STDERR_FILENO);
    if (input.as_nobody && geteuid() == 0) {
      constexpr uid_t kNobody = 65534;
      if (setgroups(0, nullptr) != 0 || setgid(kNobody) != 0 ||
          setuid(kNobody) != 0) {
        _exit(126);
      }
    }
    Execute(arguments, input.environment);
  }
  close(in[0]);
  close(out[1]);
  close(err[1]);
  CommandResult result;
  const ssize_t written = write(in[1], input.text.data(), input.text.size());
  static_cast<void>(written);  // a command that reads nothing may be gone
  close(in[1]);
  ReadBoth(child, out[0], err[0], result);
  close(out[0]);
  close(err[0]);
  WaitFor(child, result);
  return result;
}

CommandResult RunOnTerminal(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& environment,
                            const std::string& interrupt_at) {
  winsize size = {25, 80, 0, 0};
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, &size);
  if (child == 0) Execute(arguments, environment);
  CommandResult result;
  bool interrupted = interrupt_at.empty();
  while (true) {
    pollfd ready = {terminal, POLLIN, 0};
    if (poll(&ready, 1, kPatienceMs) == 0) {
      kill(child, SIGKILL);
      break;
    }
    if (!ReadSome(terminal, result.output)) break;
    if (interrupted || result.output.find(interrupt_at) == std::string::npos) {
      continue;
    }
    interrupted = write(terminal, "\003", 1) == 1;
  }
  close(terminal);
  WaitFor(child, result);
  return result;
}

std::vector<nlohmann::ordered_json> JsonLines(const std::string& output) {
  std::vector<nlohmann::ordered_json> objects;
  std::istringstream lines(output);
  for (std::string line; std::getline(lines, line);) {
    objects.push_back(nlohmann::ordered_json::parse(line));
  }
  return objects;
}

}  // namespace danebound
