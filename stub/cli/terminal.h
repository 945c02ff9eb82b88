// What the command knows of its terminal.
#ifndef DANEBOUND_STUB_CLI_TERMINAL_H_
#define DANEBOUND_STUB_CLI_TERMINAL_H_

#include <chrono>
#include <cstddef>

#include "stub/cli/table.h"

namespace danebound {

// How to print tables on standard output: in colour on a terminal unless
// NO_COLOR is set or TERM is "dumb"; as wide as the terminal, 60 to 100
// columns, or 80 elsewhere; with U-labels where the locale is UTF-8.
TableStyle StyleOfOutput();

// A line on standard error that says how far many lookups are. Nothing is
// printed unless standard error is a terminal. Ctrl-C ends the program as
// always, the line wiped away.
class Progress {
 public:
  // Shown where `total` is more than one.
  explicit Progress(size_t total);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { Hide(); }

  // Shows how many are done, at most ten times a second.
  void Show(size_t done);
  // Wipes the line away, before other output.
  void Hide();

 private:
  size_t total_;
  bool active_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_TERMINAL_H_
