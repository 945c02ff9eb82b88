#include "stub/serve/operator/exception_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// The clock may be set at any time: it is looked at so often.
constexpr int64_t kLongestPause = 60;

LogFields FieldsOf(const Exception& exception) {
  return {{"next_hop", exception.next_hop},
          {"until", exception.until},
          {"reason", exception.reason}};
}

// The options of `danebound check` for what the destination's settings say.
std::vector<std::string> ChoicesFor(const ServeSettings& settings,
                                    const Exception& exception) {
  const absl::StatusOr<NextHop> next_hop = ParseNextHop(exception.next_hop);
  if (!next_hop.ok()) return {};
  const Destination& destination = settings.destinations.For(*next_hop);
  std::vector<std::string> words = {
      "--insecure-mx", std::string(ToText(destination.insecure_mx))};
  if (destination.enforcement == Enforcement::kRequire) {
    words.emplace_back("--require");
  }
  return words;
}

}  // namespace

ExceptionWatch::ExceptionWatch(event_base* base, WallClock clock, Report report)
    : base_(base),
      clock_(std::move(clock)),
      report_(std::move(report)),
      next_(base, [this] { Advance(); }) {}

void ExceptionWatch::Watch(const ServeSettings& settings,
                           std::vector<std::string> check) {
  std::vector<Watched> before = std::exchange(watched_, {});
  for (const Exception& exception : settings.exceptions.all()) {
    const auto known = std::find_if(
        before.begin(), before.end(),
        [&](const Watched& watched) { return watched.exception == exception; });
    Watched watched;
    if (known != before.end()) watched = std::move(*known);
    watched.exception = exception;
    watched.choices = ChoicesFor(settings, exception);
    watched_.push_back(std::move(watched));
  }
  check_ = std::move(check);
  retest_seconds_ = settings.retest_hours * 3600;
  Advance();
}

std::map<ExceptionState, size_t> ExceptionWatch::Count() const {
  std::map<ExceptionState, size_t> counts = {{ExceptionState::kUntested, 0},
                                             {ExceptionState::kNeeded, 0},
                                             {ExceptionState::kMended, 0},
                                             {ExceptionState::kExpired, 0}};
  for (const Watched& each : watched_) ++counts[each.state];
  return counts;
}

void ExceptionWatch::Advance() {
  if (watched_.empty()) return next_.Silence();
  const int64_t now = clock_();
  int64_t pause = kLongestPause;
  for (Watched& each : watched_) {
    NoticeEnd(each, now);
    if (now < each.exception.end) {
      pause = std::min(pause, each.exception.end - now);
    }
  }
  if (child_ == nullptr) TestNextDue(now);
  next_.RingIn(std::chrono::seconds(pause));
}

void ExceptionWatch::NoticeEnd(Watched& watched, int64_t now) {
  const bool has_ended = now >= watched.exception.end;
  if (has_ended == (watched.state == ExceptionState::kExpired)) return;
  if (has_ended) {
    watched.state = ExceptionState::kExpired;
    report_("exception-expired", FieldsOf(watched.exception));
  } else {
    watched.state = ExceptionState::kUntested;  // the clock was set back
  }
}

// A clock that was set back does not put a test off for ever.
bool ExceptionWatch::IsDue(const Watched& watched, int64_t now) const {
  const bool is_next_hop = !absl::StartsWith(watched.exception.next_hop, ".");
  if (!is_next_hop || watched.state == ExceptionState::kExpired) return false;
  return !watched.tested.has_value() || now < *watched.tested ||
         now >= *watched.tested + retest_seconds_;
}

void ExceptionWatch::TestNextDue(int64_t now) {
  if (retest_seconds_ == 0 || check_.empty()) return;
  const auto due =
      std::find_if(watched_.begin(), watched_.end(),
                   [&](const Watched& watched) { return IsDue(watched, now); });
  if (due == watched_.end()) return;
  due->tested = now;
  std::vector<std::string> words = check_;
  words.insert(words.end(), due->choices.begin(), due->choices.end());
  words.insert(words.end(), {"--", due->exception.next_hop});
  const Exception exception = due->exception;
  auto child = ChildProgram::Start(
      base_, words, ChildLimits(),
      [this, exception](const absl::StatusOr<std::string>& output) {
        OnTested(exception, output);
      });
  if (child.ok()) {
    child_ = *std::move(child);
  } else {
    ReportRetest(exception, ReadRetest(child.status()));
  }
}

void ExceptionWatch::OnTested(const Exception& exception,
                              const absl::StatusOr<std::string>& output) {
  const Retest retest = ReadRetest(output);
  child_.reset();
  for (Watched& each : watched_) {
    if (each.exception != exception) continue;
    if (each.state == ExceptionState::kExpired) break;
    each.state = retest.state;
    ReportRetest(exception, retest);
  }
  Advance();
}

void ExceptionWatch::ReportRetest(const Exception& exception,
                                  const Retest& retest) {
  LogFields fields = FieldsOf(exception);
  if (!retest.outcome.empty()) fields.emplace_back("outcome", retest.outcome);
  if (!retest.findings.empty()) {
    fields.emplace_back("findings", retest.findings);
  }
  if (!retest.error.empty()) fields.emplace_back("error", retest.error);
  report_(absl::StrCat("exception-", ToText(retest.state)), fields);
}

}  // namespace danebound
