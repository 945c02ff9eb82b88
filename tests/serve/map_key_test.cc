#include "stub/serve/socketmap/map_key.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

absl::optional<uint16_t> PortOf(const std::string& service) {
  if (service == "submission") return 587;
  return absl::nullopt;
}

std::string Read(absl::string_view key) {
  const auto next_hop = ReadMapKey(key, PortOf);
  if (!next_hop.ok()) return "refused";
  if (!next_hop->has_value()) return "none";
  return absl::StrCat(ToText(**next_hop), " ", (**next_hop).port);
}

TEST(MapKey, IsANextHopAsPostfixWritesIt) {
  const std::vector<std::pair<absl::string_view, absl::string_view>> table = {
      {"example.org", "example.org 25"},
      {"Example.ORG", "example.org 25"},
      {"m\xc3\xbcller.example", "xn--mller-kva.example 25"},
      {"example.org:587", "example.org 587"},
      {"example.org:submission", "example.org 587"},
      {"[MX.example.org]", "[mx.example.org] 25"},
      {"[mx.example.org]:2525", "[mx.example.org] 2525"},
      {"[mx.example.org]:submission", "[mx.example.org] 587"},
      {"[192.0.2.1]", "[192.0.2.1] 25"},
      {"[192.0.2.1]:26", "[192.0.2.1] 26"},
      {"[2001:db8::1]", "[IPv6:2001:db8::1] 25"},
      {"[IPv6:2001:DB8::1]:submission", "[IPv6:2001:db8::1] 587"},
  };
  for (const auto& [key, next_hop] : table) {
    EXPECT_EQ(Read(key), next_hop) << key;
  }
}

// Postfix asks for the parents of a domain after a NOTFOUND.
TEST(MapKey, NamesNoNextHopWhenItIsAParentOrAPath) {
  for (const absl::string_view key :
       {".example.org", ".org", ".", "/var/lmtp", "unix:private/lmtp"}) {
    EXPECT_EQ(Read(key), "none") << key;
  }
}

TEST(MapKey, IsRefusedWhenItIsNoNextHop) {
  const std::string zero("a\0b.example", 11);
  const std::string path_with_newline = "/var\n";
  const std::string long_label(64, 'a');
  const std::string ten_kilobytes(10240, 'a');
  for (const absl::string_view key :
       {absl::string_view("a..b"), absl::string_view("[mx.example"),
        absl::string_view("[]"), absl::string_view("[mx.example]x"),
        absl::string_view("example.org:"), absl::string_view("example.org:0"),
        absl::string_view("example.org:65536"),
        absl::string_view("example.org:nosuch"), absl::string_view("a b"),
        absl::string_view("user@example.org"), absl::string_view("192.0.2.1"),
        absl::string_view("2001:db8::1"), absl::string_view("a\tb.example"),
        absl::string_view("\xff\xfe.example"), absl::string_view(zero),
        absl::string_view(path_with_newline), absl::string_view(long_label),
        absl::string_view(ten_kilobytes)}) {
    EXPECT_EQ(Read(key), "refused") << key;
  }
}

TEST(MapKey, KnowsTheServicesOfTheSystem) {
  EXPECT_EQ(SystemPortOf("no-such-service"), absl::nullopt);
}

}  // namespace
}  // namespace danebound
