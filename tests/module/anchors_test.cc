#include "module/anchors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Kind = AnchorSetting::Kind;

Name N(absl::string_view text) { return Name::ParseText(text).value(); }

class AnchorsTest : public ::testing::Test {
 protected:
  AnchorsTest() {
    std::string path =
        std::filesystem::temp_directory_path() / "danebound-anchors-XXXXXX";
    folder_ = mkdtemp(path.data());
  }
  ~AnchorsTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(absl::string_view name, absl::string_view text) const {
    const std::string path = absl::StrCat(folder_, "/", name);
    std::ofstream(path) << text;
    return path;
  }

  static std::string TroubleOf(Kind kind, const std::string& text,
                               const std::vector<Anchor>& used) {
    return AnchorTrouble(ReadNamedAnchors({{kind, text}}), used);
  }

  std::string folder_;
  const std::vector<Anchor> root_ = {{Name(), true}};
};

TEST_F(AnchorsTest, AreWellWhereTheResolverUsesAll) {
  const NamedAnchors named = ReadNamedAnchors(
      {{Kind::kRecord, "a.example DS 1 8 2 AB"},
       {Kind::kFile, Write("zone", ". IN DS 1 8 2 AB\nb.example. DS 1 8 2 AB")},
       {Kind::kKeysFile,
        Write("bind", "trusted-keys { c.example. 257 3 8 \"AwEA\"; };")},
       {Kind::kFollowedFile, Write("auto", ". IN DNSKEY 257 3 8 AwEA")}});
  EXPECT_EQ(AnchorTrouble(named, {{Name(), true},
                                  {N("a.example"), true},
                                  {N("b.example"), true},
                                  {N("c.example"), true},
                                  {N("more.example"), true}}),
            "");
}

// RFC 7672 2.1.1: what is signed below would pass for unsigned.
TEST_F(AnchorsTest, AreInTroubleWhereTheResolverPassedOverOne) {
  EXPECT_THAT(TroubleOf(Kind::kRecord, "a.example. DS 1 200 2 AB", root_),
              AllOf(HasSubstr("trust-anchor \"a.example. DS 1 200 2 AB\""),
                    HasSubstr("none of its keys for a.example")));
  const std::string path = Write("zone", "a.example. DS 1 200 2 AB");
  EXPECT_THAT(TroubleOf(Kind::kFile, path, root_),
              HasSubstr("trust-anchor-file " + path));
  EXPECT_THAT(TroubleOf(Kind::kFile, path, {{N("a.example"), false}}),
              HasSubstr("none of its keys"));
}

TEST_F(AnchorsTest, AreInTroubleWhereAFileHasNone) {
  for (const char* text : {"", "; a comment\n", "\n\n"}) {
    for (const Kind kind :
         {Kind::kFile, Kind::kKeysFile, Kind::kFollowedFile}) {
      const std::string path = Write("empty", text);
      EXPECT_THAT(
          TroubleOf(kind, path, root_),
          AllOf(HasSubstr("-file " + path), HasSubstr("no trust anchor")));
    }
  }
}

TEST_F(AnchorsTest, AreInTroubleWhereAllKeysAreRevoked) {
  const std::string path =
      Write("auto", ";;REVOKED\n;;id: . 1\n. IN DNSKEY 257 3 8 AwEA\n");
  EXPECT_THAT(TroubleOf(Kind::kFollowedFile, path, root_),
              AllOf(HasSubstr(path), HasSubstr("revoked")));
}

TEST_F(AnchorsTest, AreInTroubleWhereNoKeyCountsYet) {
  EXPECT_THAT(AnchorTrouble({}, {{Name(), true}, {N("a.example"), false}}),
              HasSubstr("a.example has no key that counts"));
}

TEST_F(AnchorsTest, AreReadAgainWhereAFileCouldNotBeRead) {
  const std::string path = folder_ + "/gone";
  const NamedAnchors named = ReadNamedAnchors({{Kind::kFile, path}});
  EXPECT_TRUE(named.is_unread);
  EXPECT_THAT(AnchorTrouble(named, root_),
              AllOf(HasSubstr(path), HasSubstr("No such file")));
}

TEST_F(AnchorsTest, AreFoundByThePatternOfATrustedKeysFile) {
  const AnchorSetting setting = {Kind::kKeysFile, folder_ + "/*.keys"};
  EXPECT_THAT(AnchorTrouble(ReadNamedAnchors({setting}), root_),
              AllOf(HasSubstr("*.keys"), HasSubstr("no such file")));
  Write("a.keys", "trusted-keys { a.example. 257 3 8 \"AwEA\"; };");
  EXPECT_THAT(AnchorTrouble(ReadNamedAnchors({setting}), root_),
              AllOf(HasSubstr("/a.keys"), HasSubstr("for a.example")));
}

// A pipe has no end that one could wait for.
TEST_F(AnchorsTest, AreNotWaitedForAtAPipe) {
  const std::string path = folder_ + "/pipe";
  ASSERT_EQ(std::system(absl::StrCat("mkfifo ", path).c_str()), 0);
  EXPECT_NE(TroubleOf(Kind::kFile, path, root_), "");
}

}  // namespace
}  // namespace danebound
