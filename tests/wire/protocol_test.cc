// Replays the examples of docs/protocol.md.
#include <cctype>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/hex.h"
#include "tests/wire/messages.h"

namespace danebound {
namespace {

using ::testing::UnorderedElementsAreArray;

// The octets of one line: all before "|".
std::string OctetsOf(const std::string& line) {
  const std::string hex = line.substr(0, line.find('|'));
  return ParseHex(absl::StrReplaceAll(hex, {{" ", ""}}));
}

// The octets of each example by its name.
std::map<std::string, std::string> DocumentedOctets() {
  constexpr absl::string_view kHeading = "### Example: ";
  std::ifstream document(PROTOCOL_DOCUMENT);
  std::map<std::string, std::string> examples;
  std::string name;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (absl::StartsWith(line, kHeading)) name = line.substr(kHeading.size());
    if (line == "```") inside = false;
    if (inside) examples[name] += OctetsOf(line);
    if (line == "```octets") inside = true;
  }
  return examples;
}

std::string Hex(const std::string& octets) {
  return absl::BytesToHexString(octets);
}

TEST(Protocol, DocumentsEveryMessage) {
  std::vector<std::string> documented;
  for (const auto& [name, octets] : DocumentedOctets()) {
    documented.push_back(name);
  }
  std::vector<std::string> known;
  for (const auto& [name, example] : Examples()) known.push_back(name);
  EXPECT_THAT(documented, UnorderedElementsAreArray(known));
}

TEST(Protocol, EncodesEveryExampleAsDocumented) {
  auto documented = DocumentedOctets();
  for (const auto& [name, example] : Examples()) {
    SCOPED_TRACE(name);
    EXPECT_EQ(Hex(OctetsOf(example)), Hex(documented[name]));
  }
}

TEST(Protocol, ParsesEveryExampleAsDocumented) {
  auto documented = DocumentedOctets();
  for (const auto& [name, example] : Examples()) {
    SCOPED_TRACE(name);
    absl::string_view octets = documented[name];
    const absl::optional<Frame> frame = TakeFrame(&octets).value();
    ASSERT_TRUE(frame.has_value());
    EXPECT_TRUE(octets.empty());
    EXPECT_EQ(frame->id, example.id);
    EXPECT_TRUE(ParseMessage(*frame, kNow).value() == example.message);
  }
}

}  // namespace
}  // namespace danebound
