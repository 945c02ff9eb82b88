// What the RFCs have against combinations of TLSA parameters.
#include "stub/dane/tlsa_advice.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Sections(const TlsaParameters& parameters) {
  std::vector<std::string> sections;
  for (const TlsaAdvice& advice : AdviseOnTlsa(parameters)) {
    sections.push_back(advice.section);
  }
  return sections;
}

// RFC 7672 3.1
TEST(AdviseOnTlsa, HasNothingAgainstTheTwoRecommendedCombinations) {
  EXPECT_THAT(Sections({3, 1, 1}), IsEmpty());
  EXPECT_THAT(Sections({2, 0, 1}), IsEmpty());
}

// RFC 7672 3.1.3
TEST(AdviseOnTlsa, IsAgainstEveryPkixUsage) {
  EXPECT_THAT(Sections({0, 0, 1}), ElementsAre("RFC 7672 3.1.3"));
  EXPECT_THAT(Sections({0, 1, 1}), ElementsAre("RFC 7672 3.1.3"));
  EXPECT_THAT(Sections({1, 1, 1}), ElementsAre("RFC 7672 3.1.3"));
  EXPECT_THAT(Sections({1, 0, 1}),
              ElementsAre("RFC 7672 3.1.3", "RFC 7671 5.1"));
}

// RFC 7671 5.1
TEST(AdviseOnTlsa, WantsTheKeyOfAnEndEntity) {
  EXPECT_THAT(Sections({3, 0, 1}), ElementsAre("RFC 7671 5.1"));
}

// RFC 7671 5.2.1, 5.2.3
TEST(AdviseOnTlsa, WantsTheWholeCertificateOfATrustAnchor) {
  EXPECT_THAT(Sections({2, 1, 1}), ElementsAre("RFC 7671 5.2.1"));
  EXPECT_THAT(
      Sections({2, 1, 0}),
      ElementsAre("RFC 7671 5.2.3", "RFC 7671 5.2.1", "RFC 7671 10.1.2"));
}

// RFC 7671 10.1.2
TEST(AdviseOnTlsa, IsAgainstFullData) {
  EXPECT_THAT(Sections({3, 1, 0}), ElementsAre("RFC 7671 10.1.2"));
  EXPECT_THAT(Sections({2, 0, 0}), ElementsAre("RFC 7671 10.1.2"));
}

// RFC 7671 5.1
TEST(AdviseOnTlsa, WantsTheDigestThatEveryClientKnows) {
  EXPECT_THAT(Sections({3, 1, 2}), ElementsAre("RFC 7671 5.1"));
  EXPECT_THAT(Sections({2, 0, 2}), ElementsAre("RFC 7671 5.1"));
}

TEST(AdviseOnTlsa, SaysThatAnUnknownUsageDoesNothing) {
  EXPECT_THAT(Sections({4, 1, 1}), ElementsAre("RFC 7672 3.1"));
}

}  // namespace
}  // namespace danebound
