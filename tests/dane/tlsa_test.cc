#include "stub/dane/tlsa.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

const std::string kDigest32(32, 'd');
const std::string kDigest64(64, 'D');
const std::string kCertificate = Hex("300730003000030100");
const std::string kPublicKey = Hex("30053000030100");

WhyNot WhyNotOf(const std::string& parameters, const std::string& data) {
  return JudgeTlsa({Hex(parameters) + data}).front().why_not;
}

std::vector<bool> Superseded(const std::vector<std::string>& rdata,
                             const DigestOrder& order = DefaultDigestOrder()) {
  std::vector<bool> superseded;
  for (const Tlsa& record : JudgeTlsa(rdata, order)) {
    superseded.push_back(record.superseded);
  }
  return superseded;
}

// RFC 7672 3.1.1, 3.1.2
TEST(Tlsa, IsUsableForBothDaneUsages) {
  for (const char* parameters : {"030101", "030001", "020101", "020001"}) {
    EXPECT_EQ(WhyNotOf(parameters, kDigest32), WhyNot::kNone) << parameters;
  }
  for (const char* parameters : {"030102", "030002", "020102", "020002"}) {
    EXPECT_EQ(WhyNotOf(parameters, kDigest64), WhyNot::kNone) << parameters;
  }
  EXPECT_EQ(WhyNotOf("030000", kCertificate), WhyNot::kNone);
  EXPECT_EQ(WhyNotOf("020000", kCertificate), WhyNot::kNone);
  EXPECT_EQ(WhyNotOf("030100", kPublicKey), WhyNot::kNone);
  EXPECT_EQ(WhyNotOf("020100", kPublicKey), WhyNot::kNone);
}

// RFC 7672 3.1.3
TEST(Tlsa, IsUnusableForThePkixUsages) {
  EXPECT_EQ(WhyNotOf("000101", kDigest32), WhyNot::kPkixUsage);
  EXPECT_EQ(WhyNotOf("010101", kDigest32), WhyNot::kPkixUsage);
}

// RFC 6698 4.1
TEST(Tlsa, IsUnusableWithParametersThatAreNotKnown) {
  EXPECT_EQ(WhyNotOf("040101", kDigest32), WhyNot::kUnknownUsage);
  EXPECT_EQ(WhyNotOf("ff0101", kDigest32), WhyNot::kUnknownUsage);
  EXPECT_EQ(WhyNotOf("030201", kDigest32), WhyNot::kUnknownSelector);
  EXPECT_EQ(WhyNotOf("030103", kDigest32), WhyNot::kUnknownMatching);
}

TEST(Tlsa, IsUnusableWithAWrongDigestLength) {
  EXPECT_EQ(WhyNotOf("030101", std::string(31, 'd')),
            WhyNot::kWrongDigestLength);
  EXPECT_EQ(WhyNotOf("030101", kDigest64), WhyNot::kWrongDigestLength);
  EXPECT_EQ(WhyNotOf("030102", kDigest32), WhyNot::kWrongDigestLength);
}

TEST(Tlsa, IsUnusableWithFullDataThatIsNoCertificateOrKey) {
  EXPECT_EQ(WhyNotOf("030000", kPublicKey), WhyNot::kNotACertificate);
  EXPECT_EQ(WhyNotOf("030100", kCertificate), WhyNot::kNotAPublicKey);
  EXPECT_EQ(WhyNotOf("020000", std::string(60000, 'x')),
            WhyNot::kNotACertificate);
}

// RFC 6698 2.1; a deliberate reading: such a record is unusable, not a failure.
TEST(Tlsa, IsUnusableWhenTooShortToHoldData) {
  for (const char* rdata : {"", "03", "0301", "030101"}) {
    const Tlsa record = JudgeTlsa({Hex(rdata)}).front();
    EXPECT_EQ(record.why_not, WhyNot::kTooShort) << rdata;
    EXPECT_FALSE(record.counts());
  }
}

TEST(Tlsa, HoldsTheParametersThatAShortRecordHas) {
  const Tlsa record = JudgeTlsa({Hex("0301")}).front();
  EXPECT_EQ(record.usage, 3);
  EXPECT_EQ(record.selector, 1);
  EXPECT_EQ(record.matching, 0);
}

// RFC 7671 9
TEST(DigestAgility, PrefersTheStrongestDigestOfAUsageAndSelector) {
  EXPECT_THAT(
      Superseded({Hex("030101") + kDigest32, Hex("030102") + kDigest64}),
      ElementsAre(true, false));
}

TEST(DigestAgility, LeavesOtherUsagesAndSelectorsAlone) {
  EXPECT_THAT(Superseded({Hex("030101") + kDigest32, Hex("030002") + kDigest64,
                          Hex("020102") + kDigest64}),
              ElementsAre(false, false, false));
}

TEST(DigestAgility, NeverDropsFullData) {
  EXPECT_THAT(Superseded({Hex("030100") + kPublicKey, Hex("030101") + kDigest32,
                          Hex("030102") + kDigest64}),
              ElementsAre(false, true, false));
}

// RFC 7671 9: "after first discarding any unusable or malformed records".
TEST(DigestAgility, DoesNotLetAnUnusableRecordSupersede) {
  EXPECT_THAT(
      Superseded({Hex("030101") + kDigest32, Hex("030102") + kDigest32}),
      ElementsAre(false, false));
}

TEST(DigestAgility, FollowsTheConfiguredOrder) {
  const std::vector<std::string> both = {Hex("030101") + kDigest32,
                                         Hex("030102") + kDigest64};
  EXPECT_THAT(Superseded(both, {1, 2}), ElementsAre(false, true));
  EXPECT_EQ(JudgeTlsa(both, {1}).back().why_not, WhyNot::kUnknownMatching);
}

// RFC 6698 2.2; RFC 3597 5
TEST(Tlsa, PrintsAsAZoneFileWould) {
  EXPECT_EQ(ToText(JudgeTlsa({Hex("0301010a0b")}).front()), "3 1 1 0a0b");
  EXPECT_EQ(ToText(JudgeTlsa({Hex("0301")}).front()), "\\# 2 0301");
  EXPECT_EQ(ToText(JudgeTlsa({""}).front()), "\\# 0");
}

// Of this thread, whatever else runs.
std::chrono::nanoseconds CpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

// The fastest of a few runs.
std::chrono::nanoseconds TimeToJudge(int pairs) {
  std::vector<std::string> rdata;
  for (int i = 0; i < pairs; ++i) {
    const std::string number = absl::StrCat(absl::Hex(i, absl::kZeroPad8));
    rdata.push_back(Hex("030101") + std::string(3, ' ') + number +
                    std::string(21, ' '));
    rdata.push_back(Hex("030102") + std::string(56, ' ') + number);
  }
  std::chrono::nanoseconds best = std::chrono::nanoseconds::max();
  for (int run = 0; run < 12; ++run) {
    const std::chrono::nanoseconds began = CpuTime();
    EXPECT_EQ(JudgeTlsa(rdata).size(), rdata.size());
    best = std::min(best, CpuTime() - began);
  }
  return best;
}

// A hostile domain has as many as an answer holds: where each was compared with
// each, 4 times as many would take 16 times as long.
TEST(JudgeTlsa, TakesNoLongerForEachRecordWhereThereAreMany) {
  EXPECT_LT(TimeToJudge(8000), 10 * TimeToJudge(2000));
}

}  // namespace
}  // namespace danebound
