// What the command knows of its terminal.
#ifndef DANEBOUND_STUB_CLI_FORMS_TERMINAL_H_
#define DANEBOUND_STUB_CLI_FORMS_TERMINAL_H_

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "stub/cli/forms/table.h"

namespace danebound {

// How to print tables on standard output: in colour on a terminal unless
// NO_COLOR is set or TERM is "dumb"; with U-labels where the locale is UTF-8.
// Lines are as wide as COLUMNS says, else as the terminal is, 60 to 100
// columns, else 80. Where there is no terminal nothing is cut.
//
//   wide  lines of any width, nothing cut.
TableStyle StyleOfOutput(bool wide = false);

// A line on standard error that says, each second, how many lookups have ended,
// and which are waited for:
//
//   12 of 15 domains, 8 s, waiting for a.example, b.example and 1 more
//
// Nothing is printed unless standard error is a terminal. Ctrl-C ends the
// program as always, the line wiped away. It has a thread of its own.
class Progress {
 public:
  //   waiting  what is waited for, in its order; of one alone nothing is said
  //            within the first second.
  //   things   what they are.
  explicit Progress(std::vector<std::string> waiting,
                    std::string things = "domains");
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();

  // One of them has ended, by its index.
  void OnEnd(size_t index);
  // Wipes the line away and prints other output, which no line breaks into.
  void Print(const std::function<void()>& print);

 private:
  void Run();
  void Show();
  void Hide();
  std::string Line() const;

  std::vector<std::string> waiting_;
  std::string things_;
  std::vector<bool> ended_;
  size_t done_ = 0;
  bool active_;
  bool shown_ = false;
  bool stopped_ = false;
  absl::Time start_;
  std::mutex mutex_;  // of all above
  std::condition_variable stop_;
  std::thread thread_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_TERMINAL_H_
