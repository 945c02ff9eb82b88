// Watches over the operator's exceptions: says when one has ended, and tests
// whether it is still needed, one after the other, as `danebound check` does.
//
//   Watch --> untested --> test --> needed | mended | untested --+
//                           ^                                    |
//                           +-------- retest_hours later --------+
//   the last day is over: expired
//
// Events for the log: exception-needed, exception-mended and exception-untested
// after a test, exception-expired once.
#ifndef DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTION_WATCH_H_
#define DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTION_WATCH_H_

#include <event2/event.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/log/decision_log.h"
#include "stub/serve/operator/child_program.h"
#include "stub/serve/operator/exceptions.h"
#include "stub/serve/operator/retest.h"
#include "stub/serve/settings.h"
#include "stub/serve/wall_clock.h"

namespace danebound {

class ExceptionWatch {
 public:
  using Report =
      std::function<void(absl::string_view event, const LogFields& fields)>;

  ExceptionWatch(event_base* base, WallClock clock, Report report);
  ExceptionWatch(const ExceptionWatch&) = delete;
  ExceptionWatch& operator=(const ExceptionWatch&) = delete;

  // Watches over the exceptions of these settings from now on. Of one that was
  // watched before, what is known stays.
  //
  //   check  the words of `danebound check`, less its next hop; empty: nothing
  //          is tested.
  void Watch(const ServeSettings& settings, std::vector<std::string> check);

  // How many exceptions are in each state, none of them left out.
  std::map<ExceptionState, size_t> Count() const;

 private:
  struct Watched {
    Exception exception;
    std::vector<std::string> choices;  // of its destination, for the check
    ExceptionState state = ExceptionState::kUntested;
    absl::optional<int64_t> tested;  // begin of the last test
  };

  void Advance();
  void NoticeEnd(Watched& watched, int64_t now);
  bool IsDue(const Watched& watched, int64_t now) const;
  void TestNextDue(int64_t now);
  void OnTested(const Exception& exception,
                const absl::StatusOr<std::string>& output);
  void ReportRetest(const Exception& exception, const Retest& retest);

  event_base* base_;
  WallClock clock_;
  Report report_;
  std::vector<Watched> watched_;
  std::vector<std::string> check_;
  int64_t retest_seconds_ = 0;  // 0: nothing is tested
  std::unique_ptr<ChildProgram> child_;
  Alarm next_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_OPERATOR_EXCEPTION_WATCH_H_
