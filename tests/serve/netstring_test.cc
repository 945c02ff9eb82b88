#include "stub/serve/socketmap/netstring.h"

#include <string>

#include "gtest/gtest.h"

namespace danebound {
namespace {

absl::StatusOr<absl::optional<absl::string_view>> Take(absl::string_view octets,
                                                       size_t most = 100) {
  return TakeNetstring(&octets, most);
}

TEST(Netstring, HoldsItsOctets) {
  absl::string_view octets = "5:hello,0:,2:a,,rest";
  EXPECT_EQ(**TakeNetstring(&octets, 100), "hello");
  EXPECT_EQ(**TakeNetstring(&octets, 100), "");
  EXPECT_EQ(**TakeNetstring(&octets, 100), "a,");
  EXPECT_EQ(octets, "rest");
}

TEST(Netstring, ComesBackAsItWasEncoded) {
  for (const std::string text : {"", "a", "QUERY example.org"}) {
    const std::string octets = EncodeNetstring(text);
    EXPECT_EQ(**Take(octets), text) << octets;
  }
}

TEST(Netstring, WaitsForItsEnd) {
  const std::string whole = "12:QUERY a.test,";
  for (size_t size = 0; size < whole.size(); ++size) {
    absl::string_view part = absl::string_view(whole).substr(0, size);
    const auto taken = TakeNetstring(&part, 100);
    ASSERT_TRUE(taken.ok()) << size << ": " << taken.status();
    EXPECT_FALSE(taken->has_value()) << size;
    EXPECT_EQ(part.size(), size);
  }
}

TEST(Netstring, IsRefusedWhenItsFrameIsBroken) {
  for (const absl::string_view octets :
       {":", "a:", " 1:a,", "-1:a,", "+1:a,", "1 :a,", "01:a,", "00:,", "1:ab",
        "5:hell,o", "GET / HTTP/1.1\r\n", "\n"}) {
    EXPECT_EQ(Take(octets).status().code(), absl::StatusCode::kInvalidArgument)
        << octets;
  }
}

// A gigabyte that is only announced must not be waited for.
TEST(Netstring, IsRefusedAsSoonAsItAnnouncesTooMuch) {
  EXPECT_TRUE(Take("100:").ok());
  for (const absl::string_view octets :
       {"101", "101:", "1073741824:", "99999999999999999999999999999999"}) {
    EXPECT_EQ(Take(octets).status().code(), absl::StatusCode::kOutOfRange)
        << octets;
  }
}

}  // namespace
}  // namespace danebound
