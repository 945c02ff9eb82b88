#include "stub/cli/forms/terminal.h"

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "stub/cli/forms/words.h"
#include "stub/system/printable.h"

namespace danebound {
namespace {

constexpr absl::string_view kWipe = "\r\033[K";
constexpr std::chrono::seconds kEvery(1);
constexpr size_t kMostNamed = 3;   // of what is waited for
constexpr size_t kWide = 1 << 20;  // columns; no line is longer

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

bool IsDumb() {
  const char* terminal = std::getenv("TERM");
  return terminal == nullptr || absl::string_view(terminal) == "dumb";
}

// Of the terminal behind a descriptor; 0: there is none, or it does not say.
size_t ColumnsOf(int fd) {
  winsize size = {};
  const bool known = isatty(fd) != 0 && ioctl(fd, TIOCGWINSZ, &size) == 0;
  return known ? size.ws_col : 0;
}

// What COLUMNS says; 0: nothing.
size_t ColumnsWanted() {
  size_t columns = 0;
  const char* value = std::getenv("COLUMNS");
  const bool is_number = value != nullptr && absl::SimpleAtoi(value, &columns);
  return is_number ? columns : 0;
}

size_t Columns() {
  const size_t wanted = ColumnsWanted();
  if (wanted > 0) return std::clamp<size_t>(wanted, 60, kWide);
  const size_t columns = ColumnsOf(STDOUT_FILENO);
  return columns > 0 ? std::clamp<size_t>(columns, 60, 100) : 80;
}

bool IsUtf8() {
  std::setlocale(LC_CTYPE, "");
  const bool is_utf8 = absl::string_view(nl_langinfo(CODESET)) == "UTF-8";
  std::setlocale(LC_CTYPE, "C");
  return is_utf8;
}

// The text in so many columns at most, so that it stays one line.
std::string Shortened(const std::string& text, size_t columns) {
  std::string cut = text;
  while (Width(cut) > columns) {
    do {
      cut.pop_back();
    } while (!cut.empty() && (cut.back() & 0xc0) == 0x80);
  }
  return cut == text ? text
                     : absl::StrCat(cut.substr(0, cut.size() - 3), "...");
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

TableStyle StyleOfOutput(bool wide) {
  TableStyle style;
  const bool is_terminal = isatty(STDOUT_FILENO) != 0;
  style.width = wide ? kWide : Columns();
  style.whole = wide || !is_terminal;
  style.colour = is_terminal && !IsSet("NO_COLOR") && !IsDumb();
  style.unicode = IsUtf8();
  return style;
}

Progress::Progress(std::vector<std::string> waiting, std::string things)
    : waiting_(std::move(waiting)),
      things_(std::move(things)),
      ended_(waiting_.size()),
      active_(isatty(STDERR_FILENO) != 0 && !IsDumb()),
      start_(absl::Now()) {
  if (!active_) return;
  WipeWhenInterrupted();
  if (waiting_.size() > 1) Show();
  thread_ = std::thread([this] { Run(); });
}

Progress::~Progress() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopped_ = true;
    Hide();
  }
  stop_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Progress::OnEnd(size_t index) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!ended_[index]) ++done_;
  ended_[index] = true;
}

void Progress::Print(const std::function<void()>& print) {
  const std::lock_guard<std::mutex> lock(mutex_);
  Hide();
  print();
}

void Progress::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_.wait_for(lock, kEvery, [this] { return stopped_; })) Show();
}

std::string Progress::Line() const {
  std::vector<std::string> names;
  for (size_t i = 0; i < waiting_.size() && names.size() < kMostNamed; ++i) {
    if (!ended_[i]) names.push_back(Printable(waiting_[i]));
  }
  const size_t others = waiting_.size() - done_ - names.size();
  std::string line =
      absl::StrCat(done_, " of ", waiting_.size(), " ", things_, ", ",
                   LengthOfTime(absl::ToInt64Seconds(absl::Now() - start_)));
  if (names.empty()) return line;
  absl::StrAppend(&line, ", waiting for ", absl::StrJoin(names, ", "));
  if (others > 0) absl::StrAppend(&line, " and ", others, " more");
  return line;
}

void Progress::Show() {
  if (!active_ || done_ == waiting_.size()) return;
  const size_t columns = ColumnsOf(STDERR_FILENO);
  const std::string line = Shortened(Line(), columns > 20 ? columns - 1 : 79);
  std::fprintf(stderr, "%s%s", kWipe.data(), line.c_str());
  std::fflush(stderr);
  shown_ = true;
}

void Progress::Hide() {
  if (!shown_) return;
  std::fputs(kWipe.data(), stderr);
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace danebound
