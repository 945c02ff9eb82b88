#include "stub/serve/operator/exceptions.h"

#include "gtest/gtest.h"
#include "stub/serve/settings.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

constexpr int64_t kEnd = 1000;

Exception Of(absl::string_view next_hop, int64_t end = kEnd) {
  Exception exception;
  exception.next_hop = std::string(next_hop);
  exception.end = end;
  exception.reason = exception.next_hop;
  return exception;
}

std::string ReasonFor(const Exceptions& exceptions, absl::string_view next_hop,
                      int64_t now) {
  const Exception* exception = exceptions.For(Hop(next_hop), now);
  return exception == nullptr ? "" : exception->reason;
}

TEST(Exceptions, CountUntilTheyEnd) {
  Exceptions exceptions;
  ASSERT_TRUE(exceptions.Add(Of("a.example")).ok());
  EXPECT_EQ(ReasonFor(exceptions, "a.example", kEnd - 1), "a.example");
  EXPECT_EQ(ReasonFor(exceptions, "A.example:26", kEnd - 1), "a.example");
  EXPECT_EQ(ReasonFor(exceptions, "a.example", kEnd), "");
  EXPECT_EQ(ReasonFor(exceptions, "b.example", 0), "");
}

TEST(Exceptions, PreferTheMostSpecialThatHasNotEnded) {
  Exceptions exceptions;
  ASSERT_TRUE(exceptions.Add(Of(".example", kEnd + 1)).ok());
  ASSERT_TRUE(exceptions.Add(Of("a.example")).ok());
  EXPECT_EQ(ReasonFor(exceptions, "a.example", 0), "a.example");
  EXPECT_EQ(ReasonFor(exceptions, "a.example", kEnd), ".example");
  EXPECT_EQ(ReasonFor(exceptions, "a.example", kEnd + 1), "");
}

// RFC 7672 6
TEST(Exceptions, ChangeTheAnswerAndNotWhatEnforcingWouldBe) {
  ServeSettings settings;
  ASSERT_TRUE(
      settings.destinations
          .Add("a.example", {Enforcement::kRequire, InsecureMx::kEncrypt, {}})
          .ok());
  ASSERT_TRUE(settings.exceptions.Add(Of("a.example")).ok());
  const Destination before = DestinationOf(settings, Hop("a.example"), 0);
  EXPECT_EQ(InForce(before), Enforcement::kAudit);
  EXPECT_EQ(before.enforcement, Enforcement::kRequire);
  EXPECT_EQ(before.insecure_mx, InsecureMx::kEncrypt);
  const Destination after = DestinationOf(settings, Hop("a.example"), kEnd);
  EXPECT_EQ(InForce(after), Enforcement::kRequire);
}

}  // namespace
}  // namespace danebound
