// Times of logs, and those that people begin at.
#include "stub/serve/log/log_time.h"

#include "gtest/gtest.h"

namespace danebound {
namespace {

const absl::Time kNow = absl::FromCivil(
    absl::CivilSecond(2026, 1, 10, 12, 0, 0), absl::UTCTimeZone());
const LogWindow kWindow = {absl::nullopt, kNow, absl::UTCTimeZone()};

absl::Time At(int64_t year, int month, int day, int hour = 0) {
  return absl::FromCivil(absl::CivilHour(year, month, day, hour),
                         absl::UTCTimeZone());
}

TEST(ParseLogTime, TakesWhatLogsHave) {
  for (const char* text :
       {"2026-01-09T08:00:00Z", "2026-01-09T09:00:00+01:00",
        "2026-01-09T09:00:00+0100", "2026-01-09T08:00:00.000000+00:00",
        "Jan  9 08:00:00", "Jan 09 08:00:00"}) {
    EXPECT_EQ(ParseLogTime(text, kWindow), At(2026, 1, 9, 8)) << text;
  }
}

TEST(ParseLogTime, PutsATimeWithoutAYearBeforeNow) {
  EXPECT_EQ(ParseLogTime("Dec 31 08:00:00", kWindow), At(2025, 12, 31, 8));
  EXPECT_EQ(ParseLogTime("Jan 11 08:00:00", kWindow), At(2026, 1, 11, 8));
  const LogWindow end = {absl::nullopt, At(2025, 12, 31, 23),
                         absl::UTCTimeZone()};
  EXPECT_EQ(ParseLogTime("Jan  1 08:00:00", end), At(2026, 1, 1, 8));
}

TEST(ParseLogTime, TakesNothingElse) {
  for (const char* text : {"", "yesterday", "2026-01-09", "Foo 09 08:00:00"}) {
    EXPECT_EQ(ParseLogTime(text, kWindow), absl::nullopt) << text;
  }
}

TEST(ParseSince, TakesAgesAndTimes) {
  EXPECT_EQ(ParseSince("7d", kWindow), kNow - absl::Hours(7 * 24));
  EXPECT_EQ(ParseSince("12h", kWindow), kNow - absl::Hours(12));
  EXPECT_EQ(ParseSince("30min", kWindow), kNow - absl::Minutes(30));
  EXPECT_EQ(ParseSince("2026-01-09", kWindow), At(2026, 1, 9));
  EXPECT_EQ(ParseSince("2026-01-09 08:00", kWindow), At(2026, 1, 9, 8));
  EXPECT_EQ(ParseSince("2026-01-09T08:00:00Z", kWindow), At(2026, 1, 9, 8));
}

TEST(ParseSince, TakesNothingElse) {
  for (const char* text :
       {"", "d", "7", "-1d", "7w", "999999999999d", "2026-13-01", "now"}) {
    EXPECT_EQ(ParseSince(text, kWindow), absl::nullopt) << text;
  }
}

}  // namespace
}  // namespace danebound
