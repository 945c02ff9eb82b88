#include "stub/dane/der.h"

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

// SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING {} }
constexpr absl::string_view kCertificate =
    "3007"
    "3000"
    "3000"
    "030100";
// SEQUENCE { SEQUENCE {}, BIT STRING {} }
constexpr absl::string_view kPublicKey =
    "3005"
    "3000"
    "030100";

TEST(Der, TellsACertificateFromAPublicKey) {
  EXPECT_TRUE(IsCertificate(Hex(kCertificate)));
  EXPECT_FALSE(IsCertificate(Hex(kPublicKey)));
  EXPECT_TRUE(IsPublicKey(Hex(kPublicKey)));
  EXPECT_FALSE(IsPublicKey(Hex(kCertificate)));
}

TEST(Der, RefusesEveryTruncationAndATrailingOctet) {
  const std::string der = Hex(kCertificate);
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_FALSE(IsCertificate(der.substr(0, size))) << size;
  }
  EXPECT_FALSE(IsCertificate(der + '\0'));
}

// X.690 10.1: lengths are definite and as short as can be.
TEST(Der, RefusesLengthsThatAreNotDer) {
  EXPECT_FALSE(
      IsPublicKey(Hex("30803000030100"
                      "0000")));
  EXPECT_FALSE(IsPublicKey(Hex("3081053000030100")));
  EXPECT_FALSE(IsPublicKey(Hex("308500000000053000030100")));
}

TEST(Der, ReadsLongLengths) {
  const std::string contents =
      Hex("3000") + Hex("0382012c") + std::string(300, 'x');
  EXPECT_TRUE(IsPublicKey(Hex("30820132") + contents));
}

}  // namespace
}  // namespace danebound
