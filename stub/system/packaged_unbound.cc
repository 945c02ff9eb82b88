#include "stub/system/packaged_unbound.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <vector>

#include "absl/strings/str_split.h"

namespace danebound {
namespace {

constexpr const char* kPath = "/var/lib/danebound-unbound/versions";
constexpr size_t kMostOctets = 512;

}  // namespace

absl::optional<PackagedUnbound> ParsePackagedUnbound(absl::string_view text) {
  const std::vector<std::string> words =
      absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty());
  if (words.size() != 3) return absl::nullopt;
  if (words[2] != "older" && words[2] != "current") return absl::nullopt;
  return PackagedUnbound{words[0], words[1], words[2] == "older"};
}

absl::optional<PackagedUnbound> ReadPackagedUnbound() {
  const char* path = std::getenv("DANEBOUND_UNBOUND_VERSIONS");
  return ReadPackagedUnbound(path == nullptr ? kPath : path);
}

absl::optional<PackagedUnbound> ReadPackagedUnbound(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, kMostOctets> text = {};
  file.read(text.data(), text.size());
  return ParsePackagedUnbound(
      absl::string_view(text.data(), static_cast<size_t>(file.gcount())));
}

}  // namespace danebound
