// Exceptions over time: real children and a real event loop, by a clock that
// the test sets.
#include "stub/serve/operator/exception_watch.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/serve/operator/retest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kEnd = 100000;

constexpr const char* kMended =
    R"({"outcome":"authenticated","health":"good","error":null})";
constexpr const char* kBroken =
    R"({"outcome":"deferred","health":"broken","error":null,"findings":[],)"
    R"("hosts":[{"findings":[{"health":"good","id":"note"}],"addresses":)"
    R"([{"findings":[{"health":"broken","id":"not-authenticated"}]}]}]})";

Exception Of(absl::string_view next_hop) {
  Exception exception;
  exception.next_hop = std::string(next_hop);
  exception.until = "1970-01-01";
  exception.end = kEnd;
  exception.reason = "ticket 1";
  return exception;
}

class ExceptionWatchTest : public ::testing::Test {
 protected:
  ExceptionWatchTest()
      : base_(event_base_new()),
        watch_(
            base_.get(), [this] { return now_; },
            [this](absl::string_view event, const LogFields& fields) {
              lines_.push_back(LogLine(LogFormat::kText, 0, event, fields));
              event_base_loopbreak(base_.get());
            }) {
    settings_.retest_hours = 1;
    Add("a.example");
  }

  void Add(absl::string_view next_hop) {
    ASSERT_TRUE(settings_.exceptions.Add(Of(next_hop)).ok());
  }

  // Watches with a check that prints `report`, until the next event.
  void WatchAndWait(const std::string& report) {
    Watch(report);
    if (lines_.empty()) Wait();
  }

  // Until the next event.
  void Wait() {
    const timeval longest = {10, 0};
    event_base_loopexit(base_.get(), &longest);
    event_base_dispatch(base_.get());
  }

  void Watch(const std::string& report) {
    lines_.clear();
    watch_.Watch(settings_, {"/bin/sh", "-c", "echo \"$0\"", report});
  }

  size_t CountOf(ExceptionState state) { return watch_.Count().at(state); }

  EventBase base_;
  int64_t now_ = 0;
  ServeSettings settings_;
  std::vector<std::string> lines_;
  ExceptionWatch watch_;
};

TEST_F(ExceptionWatchTest, SaysThatTheRemoteSideIsMended) {
  WatchAndWait(kMended);
  EXPECT_THAT(lines_, ElementsAre("exception-mended next_hop=a.example "
                                  "until=1970-01-01 reason=\"ticket 1\" "
                                  "outcome=authenticated"));
  EXPECT_EQ(CountOf(ExceptionState::kMended), 1u);
}

TEST_F(ExceptionWatchTest, SaysWhatTheExceptionIsNeededFor) {
  WatchAndWait(kBroken);
  EXPECT_THAT(lines_, ElementsAre("exception-needed next_hop=a.example "
                                  "until=1970-01-01 reason=\"ticket 1\" "
                                  "outcome=deferred "
                                  "findings=not-authenticated"));
}

TEST_F(ExceptionWatchTest, TestsAgainAfterTheHoursOfTheSettings) {
  WatchAndWait(kBroken);
  now_ = 3599;
  Watch(kMended);
  EXPECT_EQ(CountOf(ExceptionState::kNeeded), 1u);
  now_ = 3600;
  WatchAndWait(kMended);
  EXPECT_EQ(CountOf(ExceptionState::kMended), 1u);
}

// It would be in the future for as long.
TEST_F(ExceptionWatchTest, TestsAgainWhenTheClockWasSetBack) {
  now_ = 50000;
  WatchAndWait(kBroken);
  now_ = 40000;
  WatchAndWait(kMended);
  EXPECT_EQ(CountOf(ExceptionState::kMended), 1u);
}

TEST_F(ExceptionWatchTest, TestsOneAfterTheOther) {
  Add("b.example");
  WatchAndWait(kMended);
  EXPECT_EQ(CountOf(ExceptionState::kMended), 1u);
  EXPECT_EQ(CountOf(ExceptionState::kUntested), 1u);
  Wait();
  EXPECT_EQ(CountOf(ExceptionState::kMended), 2u);
}

TEST_F(ExceptionWatchTest, SaysOnceThatTheLastDayIsOver) {
  now_ = kEnd;
  WatchAndWait(kMended);
  EXPECT_THAT(lines_, ElementsAre("exception-expired next_hop=a.example "
                                  "until=1970-01-01 reason=\"ticket 1\""));
  EXPECT_EQ(CountOf(ExceptionState::kExpired), 1u);
  Watch(kMended);
  EXPECT_TRUE(lines_.empty());
}

// The alarm, without a reload.
TEST_F(ExceptionWatchTest, NoticesTheEndWhenItComes) {
  settings_.retest_hours = 0;
  now_ = kEnd - 1;
  Watch(kMended);
  EXPECT_TRUE(lines_.empty());
  now_ = kEnd;
  Wait();
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].substr(0, 18), "exception-expired ");
}

TEST_F(ExceptionWatchTest, ForgetsWhatIsNoLongerInTheSettings) {
  WatchAndWait(kBroken);
  settings_.exceptions = Exceptions();
  Watch(kBroken);
  EXPECT_EQ(CountOf(ExceptionState::kNeeded), 0u);
}

// What could not be found out is not "mended".
TEST_F(ExceptionWatchTest, SaysWhereItCouldNotTest) {
  WatchAndWait("no report");
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_EQ(lines_[0].substr(0, 19), "exception-untested ");
  lines_.clear();
  settings_.exceptions = Exceptions();
  Add("b.example");
  watch_.Watch(settings_, {"/nonexistent/danebound"});
  ASSERT_EQ(lines_.size(), 1u);
  EXPECT_THAT(lines_[0],
              ::testing::HasSubstr("/nonexistent/danebound: No such"));
}

// A suffix names no next hop; 0 hours are never.
TEST_F(ExceptionWatchTest, TestsOnlyWhatItCanAndShall) {
  settings_.exceptions = Exceptions();
  Add(".example");
  Watch(kMended);
  settings_.retest_hours = 0;
  Add("a.example");
  Watch(kMended);
  event_base_loop(base_.get(), EVLOOP_NONBLOCK);
  EXPECT_TRUE(lines_.empty());
  EXPECT_EQ(CountOf(ExceptionState::kUntested), 2u);
}

TEST(Retest, IsNeededWhereEnforcingWouldNotDeliver) {
  EXPECT_EQ(ReadRetest(std::string(kBroken)).state, ExceptionState::kNeeded);
  EXPECT_EQ(ReadRetest(
                std::string(R"({"outcome":"undeliverable","health":"broken"})"))
                .state,
            ExceptionState::kNeeded);
}

// RFC 7672 2.2: a domain that took its TLSA records away gets its mail, too.
TEST(Retest, IsMendedWhereEnforcingWouldDeliver) {
  for (const char* outcome : {"authenticated", "authenticated-host-only",
                              "encrypted", "opportunistic"}) {
    EXPECT_EQ(ReadRetest(absl::StrCat(R"({"outcome":")", outcome,
                                      R"(","health":"warning"})"))
                  .state,
              ExceptionState::kMended)
        << outcome;
  }
}

// RFC 7505
TEST(Retest, IsMendedWhereThereIsNothingToDeliver) {
  EXPECT_EQ(
      ReadRetest(std::string(R"({"outcome":"undeliverable","health":"good"})"))
          .state,
      ExceptionState::kMended);
}

TEST(Retest, IsUntestedWhereNothingWasFoundOut) {
  for (const char* output :
       {"", "null", "[]", "{", "{}", R"({"outcome":1})",
        R"({"outcome":"deferred","health":"unknown","error":"no reply"})",
        R"({"outcome":"authenticated","health":"good","error":"no reply"})",
        R"({"outcome":"deferred","health":"unknown"})"}) {
    EXPECT_EQ(ReadRetest(std::string(output)).state, ExceptionState::kUntested)
        << output;
  }
  EXPECT_EQ(ReadRetest(absl::DeadlineExceededError("late")).error, "late");
}

TEST(Retest, IsUntestedWhereNoServerWasReached) {
  const Retest retest = ReadRetest(std::string(
      R"({"outcome":"deferred","health":"broken","hosts":[{"addresses":[)"
      R"({"findings":[{"id":"timeout","health":"unknown"}]},)"
      R"({"findings":[{"id":"no-connection","health":"broken"}]}]}]})"));
  EXPECT_EQ(retest.state, ExceptionState::kUntested);
  EXPECT_THAT(retest.error, ::testing::HasSubstr("port 25"));
  EXPECT_THAT(
      ReadRetest(
          std::string(
              R"({"outcome":"deferred","health":"unknown","hosts":[{)"
              R"("findings":[{"id":"local-failure","health":"unknown"}]}]})"))
          .error,
      ::testing::HasSubstr("port 25"));
}

TEST(Retest, FindsTheReportAmongWarningsOfLibraries) {
  EXPECT_EQ(ReadRetest(absl::StrCat("[1] libunbound warning: x\n", kBroken,
                                    "\nanother\n"))
                .state,
            ExceptionState::kNeeded);
}

class ChildProgramTest : public ::testing::Test {
 protected:
  ChildProgramTest() : base_(event_base_new()) {}

  absl::StatusOr<std::string> Run(const std::string& script,
                                  const ChildLimits& limits = {}) {
    absl::StatusOr<std::string> result = absl::UnknownError("it did not end");
    auto child =
        ChildProgram::Start(base_.get(), {"/bin/sh", "-c", script}, limits,
                            [&](const absl::StatusOr<std::string>& output) {
                              result = output;
                              event_base_loopbreak(base_.get());
                            });
    if (!child.ok()) return child.status();
    event_base_dispatch(base_.get());
    return result;
  }

  EventBase base_;
};

TEST_F(ChildProgramTest, IsHeardOnBothStreamsAndHasNoInput) {
  EXPECT_EQ(*Run("cat; echo out; echo err >&2"), "out\nerr\n");
}

TEST_F(ChildProgramTest, HasNoneOfOurDescriptors) {
  EXPECT_EQ(*Run("for f in /proc/self/fd/*; do echo -n ${f##*/} ; done"),
            *Run("echo -n 0123"));
}

TEST_F(ChildProgramTest, IsKilledWhenItTakesTooLong) {
  ChildLimits limits;
  limits.longest = std::chrono::milliseconds(50);
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run("exec sleep 600", limits).status()));
}

TEST_F(ChildProgramTest, IsKilledWhenItPrintsTooMuch) {
  ChildLimits limits;
  limits.most_octets = 100000;
  EXPECT_TRUE(absl::IsOutOfRange(Run("exec yes", limits).status()));
}

TEST_F(ChildProgramTest, EndsWithItsOwner) {
  auto child =
      ChildProgram::Start(base_.get(), {"/bin/sh", "-c", "exec sleep 600"}, {},
                          [](const absl::StatusOr<std::string>&) { FAIL(); });
  ASSERT_TRUE(child.ok());
  child->reset();
  event_base_loop(base_.get(), EVLOOP_NONBLOCK);
}

}  // namespace
}  // namespace danebound
