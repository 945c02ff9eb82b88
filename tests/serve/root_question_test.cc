#include "stub/serve/resolver/root_question.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

constexpr uint16_t kId = 0x1234;

// Blanks are for the reader.
std::string Octets(absl::string_view digits) {
  return Hex(absl::StrReplaceAll(digits, {{" ", ""}}));
}

// RFC 1035 4.1; RD, AD and DO as the libc sets them for Postfix's dnssec_probe.
TEST(RootQuestion, AsksForTheNsRecordsOfTheRoot) {
  EXPECT_EQ(EncodeRootQuestion(kId), Octets("1234 0120 0001 0000 0000 0001"
                                            "00 0002 0001"
                                            "00 0029 04d0 00 00 8000 0000"));
}

absl::optional<Validation> Read(absl::string_view digits) {
  return ReadRootReply(Octets(digits), kId);
}

// RFC 4035 3.2.3
TEST(ReadRootReply, BelievesAdAlone) {
  EXPECT_EQ(Read("1234 81a0 0001 000d 0000 0001 00 0002 0001 ffff"),
            Validation::kSecure);
  EXPECT_EQ(Read("1234 8180 0001 000d 0000 0001 00 0002 0001 ffff"),
            Validation::kNotSecure);
  EXPECT_EQ(Read("1234 8183 0001 0000 0001 0001 00 0002 0001"),
            Validation::kNotSecure);
  EXPECT_EQ(Read("1234 83a0 0001 0000 0000 0001 00 0002 0001"),
            Validation::kSecure);
}

// Nothing was learned; AD of a failure says nothing.
TEST(ReadRootReply, LearnsNothingFromAFailure) {
  for (const char* reply : {"1234 8182 0001 0000 0000 0000 00 0002 0001",
                            "1234 81a2 0001 0000 0000 0000 00 0002 0001",
                            "1234 8185 0001 0000 0000 0000 00 0002 0001",
                            "1234 8380 0001 0000 0000 0000 00 0002 0001"}) {
    EXPECT_EQ(Read(reply), Validation::kNotShown) << reply;
  }
}

TEST(ReadRootReply, PassesOverWhatIsNoReplyToTheQuestion) {
  for (const char* datagram : {"", "1234 81a0 0001 0000 0000 0000 00 0002 00",
                               "1235 81a0 0001 0000 0000 0000 00 0002 0001",
                               "1234 01a0 0001 0000 0000 0000 00 0002 0001",
                               "1234 a1a0 0001 0000 0000 0000 00 0002 0001",
                               "1234 81a0 0000 0000 0000 0000 00 0002 0001",
                               "1234 81a0 0001 0000 0000 0000 00 0001 0001",
                               "1234 81a0 0001 0000 0000 0000 01 6100 0002"}) {
    EXPECT_EQ(Read(datagram), absl::nullopt) << datagram;
  }
}

}  // namespace
}  // namespace danebound
