#include "stub/cli/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/string_view.h"

namespace danebound {
namespace {

constexpr absl::string_view kWipe = "\r\033[K";

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool IsDumb() {
  const char* terminal = std::getenv("TERM");
  return terminal == nullptr || absl::string_view(terminal) == "dumb";
}

size_t Columns() {
  winsize size = {};
  const bool known = isatty(STDOUT_FILENO) != 0 &&
                     ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
                     size.ws_col > 0;
  return known ? std::clamp<size_t>(size.ws_col, 60, 100) : 80;
}

bool IsUtf8() {
  std::setlocale(LC_CTYPE, "");
  const bool is_utf8 = absl::string_view(nl_langinfo(CODESET)) == "UTF-8";
  std::setlocale(LC_CTYPE, "C");
  return is_utf8;
}

// Wipes the progress line and lets the signal do what it does by default;
// calls only what a signal handler may.
void WipeAndEnd(int signal_number) {
  const ssize_t written = write(STDERR_FILENO, kWipe.data(), kWipe.size());
  static_cast<void>(written);
  raise(signal_number);
}

void WipeWhenInterrupted() {
  struct sigaction action = {};
  action.sa_handler = WipeAndEnd;
  // Back to the default, and not blocked, so that raise() ends the program.
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal_number : {SIGINT, SIGTERM}) {
    sigaction(signal_number, &action, nullptr);
  }
}

}  // namespace

TableStyle StyleOfOutput() {
  TableStyle style;
  style.width = Columns();
  style.colour = isatty(STDOUT_FILENO) != 0 && !IsSet("NO_COLOR") && !IsDumb();
  style.unicode = IsUtf8();
  return style;
}

Progress::Progress(size_t total)
    : total_(total),
      active_(total > 1 && isatty(STDERR_FILENO) != 0 && !IsDumb()) {
  if (active_) WipeWhenInterrupted();
}

void Progress::Show(size_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!active_ || (shown_ && now < next_)) return;
  std::fprintf(stderr, "%s%zu of %zu domains", kWipe.data(), done, total_);
  std::fflush(stderr);
  shown_ = true;
  next_ = now + std::chrono::milliseconds(100);
}

void Progress::Hide() {
  if (!shown_) return;
  std::fputs(kWipe.data(), stderr);
  shown_ = false;
}

}  // namespace danebound
