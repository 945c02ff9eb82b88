#include "stub/dane/rdata.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

Name NameOf(absl::string_view text) { return Name::ParseText(text).value(); }
std::string Wire(absl::string_view text) {
  return std::string(NameOf(text).wire());
}

std::string U32(uint32_t number) {
  std::string octets;
  for (int shift = 24; shift >= 0; shift -= 8) {
    octets += static_cast<char>(number >> shift & 0xff);
  }
  return octets;
}

// RFC 4034 3.1: TLSA, ECDSA, four labels, signed for a TTL of an hour.
std::string RrsigRdata(uint32_t expiration, uint32_t inception) {
  return absl::StrCat(std::string("\0\x34\x0d\x04", 4), U32(3600),
                      U32(expiration), U32(inception),
                      std::string("\x12\x34", 2));
}

// RFC 4034 3.1
TEST(ParseRrsig, ReadsTheFixedPart) {
  const auto rrsig = ParseRrsig(RrsigRdata(2000, 1000), 1500);
  ASSERT_TRUE(rrsig.has_value());
  EXPECT_EQ(rrsig->covered, 52);
  EXPECT_EQ(rrsig->labels, 4);
  EXPECT_EQ(rrsig->original_ttl, 3600U);
  EXPECT_EQ(rrsig->ends, 2000);
  EXPECT_EQ(rrsig->begins, 1000);
}

// RFC 4034 3.1.5: the 32 bits come round in 2106
TEST(ParseRrsig, TakesTimesForThoseNearestToNow) {
  constexpr int64_t kRound = int64_t{1} << 32;
  const auto beyond = ParseRrsig(RrsigRdata(100, 0xffffff00), kRound - 50);
  EXPECT_EQ(beyond->ends, kRound + 100);
  EXPECT_EQ(beyond->begins, kRound - 256);
  const auto before =
      ParseRrsig(RrsigRdata(0xfffffff0, 0xffffff00), kRound + 5);
  EXPECT_EQ(before->ends, kRound - 16);
}

TEST(ParseRrsig, WantsTheWholeFixedPart) {
  const std::string rdata = RrsigRdata(2000, 1000);
  EXPECT_TRUE(ParseRrsig(rdata, 1500).has_value());
  for (size_t size = 0; size < rdata.size(); ++size) {
    EXPECT_FALSE(ParseRrsig(rdata.substr(0, size), 1500).has_value()) << size;
  }
}

// RFC 2308 4
TEST(SoaMinimum, IsTheLastField) {
  EXPECT_EQ(SoaMinimum(absl::StrCat(std::string(30, 'x'), U32(900))), 900U);
  EXPECT_EQ(SoaMinimum(U32(0xffffffff)), 0xffffffffU);
  EXPECT_EQ(SoaMinimum("abc"), absl::nullopt);
}

// RFC 6672 2.2
TEST(SubstituteDname, PutsTheTargetForTheOwner) {
  EXPECT_EQ(
      SubstituteDname(NameOf("a.b.example"), NameOf("example"), Wire("x.test")),
      NameOf("a.b.x.test"));
  EXPECT_EQ(SubstituteDname(NameOf("a.example"), Name(), Wire("test")),
            NameOf("a.example.test"));
}

TEST(SubstituteDname, LeavesTheOwnerItselfAndOthersAlone) {
  for (const char* name : {"example", "test", "badexample"}) {
    EXPECT_EQ(SubstituteDname(NameOf(name), NameOf("example"), Wire("x.test")),
              absl::nullopt)
        << name;
  }
}

TEST(SubstituteDname, MakesNothingThatIsTooLongOrNoName) {
  const std::string label(63, 'a');
  const std::string target = absl::StrCat(label, ".", label, ".", label, ".x");
  EXPECT_EQ(SubstituteDname(NameOf(absl::StrCat(label, ".example")),
                            NameOf("example"), Wire(target)),
            absl::nullopt);
  EXPECT_EQ(SubstituteDname(NameOf("a.example"), NameOf("example"), "\7x"),
            absl::nullopt);
}

}  // namespace
}  // namespace danebound
