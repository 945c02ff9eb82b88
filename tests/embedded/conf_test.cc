#include "stub/embedded/conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/embedded/folder.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ReadConfTest : public ::testing::Test {
 protected:
  EmbeddedConf Read(absl::string_view text) {
    const absl::StatusOr<EmbeddedConf> conf =
        ReadConf(folder_.Write("unbound.conf", text));
    EXPECT_TRUE(conf.ok()) << conf.status();
    return conf.value_or(EmbeddedConf());
  }

  Folder folder_;
};

TEST_F(ReadConfTest, KeepsWhatHurtsNobody) {
  constexpr const char* kText =
      "# include: not-this\n"
      "server:\n"
      "\tdo-ip6:no # auto-trust-anchor-file: nor-this\n"
      "  local-data: 'a.example. TXT \"include: x\"'\n"
      "  trust-anchor-file: \"/x/root.key\"\n"
      "forward-zone:\n  name: .\n  forward-addr: ::1@53#dns.example\n";
  const EmbeddedConf conf = Read(kText);
  EXPECT_EQ(conf.text, absl::StrCat(kText, "\n"));
  EXPECT_THAT(conf.auto_trust_anchor_files, IsEmpty());
}

TEST_F(ReadConfTest, TakesOutAutoTrustAnchorFiles) {
  const EmbeddedConf conf = Read(
      "server:\n auto-trust-anchor-file: \"/var/a b.key\"\n"
      " auto-trust-anchor-file:/var/c.key\n"
      " auto-trust-anchor-file:\n   '/var/d.key' do-ip6: no\n"
      "server:auto-trust-anchor-file: /var/e.key\n");
  EXPECT_THAT(
      conf.auto_trust_anchor_files,
      ElementsAre("/var/a b.key", "/var/c.key", "/var/d.key", "/var/e.key"));
  EXPECT_THAT(conf.text, Not(HasSubstr("anchor")));
  EXPECT_THAT(conf.text, Not(HasSubstr(".key")));
  EXPECT_THAT(conf.text, HasSubstr("do-ip6: no"));
}

TEST_F(ReadConfTest, PutsIncludedFilesInPlace) {
  folder_.Write("one.conf", "server: do-ip6: no");
  folder_.Write("two.conf", "include: one.conf\nserver: do-udp: yes");
  const EmbeddedConf conf = Read(absl::StrCat(
      "server: directory: \"", folder_.Path(""),
      "\"\ninclude: \"two.conf\"\ninclude-toplevel: ", folder_.Path("one.conf"),
      "\nserver: prefetch: no"));
  EXPECT_THAT(conf.text, HasSubstr("do-ip6: no\n\nserver: do-udp: yes\n\n"));
  EXPECT_THAT(conf.text, HasSubstr("do-ip6: no\n\nserver: prefetch: no"));
}

TEST_F(ReadConfTest, FindsAutoTrustAnchorFilesInIncludedOnes) {
  folder_.Write("anchor.conf", "server: auto-trust-anchor-file: root.key");
  const EmbeddedConf conf =
      Read(absl::StrCat("include: ", folder_.Path("*.conf.d/*"),
                        "\ninclude: ", folder_.Path("anch?r.conf")));
  EXPECT_THAT(conf.auto_trust_anchor_files, ElementsAre("root.key"));
}

TEST_F(ReadConfTest, AnswersNothingFromAuthZones) {
  const EmbeddedConf conf = Read(
      "auth-zone:\n name: \".\"\n for-downstream: yes\n"
      "auth-zone:\n name: example\n");
  EXPECT_THAT(conf.text,
              HasSubstr("auth-zone: for-downstream: no \n name: \".\"\n "
                        "for-downstream: no\nauth-zone: for-downstream: no "));
  EXPECT_THAT(conf.text, Not(HasSubstr("yes")));
}

TEST_F(ReadConfTest, SurvivesFilesThatEndInTheMiddle) {
  for (const absl::string_view text :
       {"", "#", "\"", "server: include:", "auto-trust-anchor-file:",
        "auto-trust-anchor-file: \"", "server: 'a\nb", "include: \"\n"}) {
    const std::string path = folder_.Write("unbound.conf", text);
    const absl::StatusOr<EmbeddedConf> conf = ReadConf(path);
    if (!conf.ok()) {
      EXPECT_EQ(conf.status().code(), absl::StatusCode::kNotFound);
    }
  }
}

TEST_F(ReadConfTest, NamesAFileThatIsNotThere) {
  const std::string path = folder_.Path("gone.conf");
  EXPECT_EQ(ReadConf(path).status().code(), absl::StatusCode::kNotFound);
  const absl::Status status =
      ReadConf(folder_.Write("unbound.conf", "include: " + path)).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST_F(ReadConfTest, RefusesAFolder) {
  EXPECT_EQ(ReadConf(folder_.Path("")).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ReadConfTest, RefusesFilesThatIncludeEachOther) {
  const std::string path = folder_.Path("unbound.conf");
  folder_.Write("unbound.conf", "include: " + path);
  const absl::Status status = ReadConf(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST(FilesOf, KnowsWildcards) {
  const Folder folder;
  const std::string path = folder.Write("a.keys", "");
  EXPECT_THAT(FilesOf(path), ElementsAre(path));
  EXPECT_THAT(FilesOf(folder.Path("*.keys")), ElementsAre(path));
  EXPECT_THAT(FilesOf(folder.Path("*.none")), IsEmpty());
}

// RFC 5011 4: a key counts when its hold-down time is over, and until it is
// revoked; one that is missing still counts.
TEST(ReadAutoTrustAnchors, TakesTrustedKeysOnly) {
  const Folder folder;
  const std::string path = folder.Write(
      "root.key",
      "; autotrust trust anchor file\n"
      ";;id: . 1\n"
      ". 1 IN DNSKEY 257 3 8 AAAA ;;state=2 [  VALID  ] ;;count=0\n"
      ". 1 IN DNSKEY 257 3 8 BBBB ;;state=1 [ ADDPEND ] ;;count=0\n"
      ". 1 IN DNSKEY 257 3 8 CCCC ;;state=3 [ MISSING ] ;;count=0\n"
      ". 1 IN DNSKEY 385 3 8 DDDD ;;state=4 [ REVOKED ] ;;count=0\n"
      ". 1 IN DNSKEY 257 3 8 EEEE\n");
  const absl::StatusOr<std::string> text = ReadAutoTrustAnchors(path);
  ASSERT_TRUE(text.ok()) << text.status();
  for (const char* trusted : {"AAAA", "CCCC", "EEEE"}) {
    EXPECT_THAT(*text, HasSubstr(trusted));
  }
  for (const char* other : {"BBBB", "DDDD"}) {
    EXPECT_THAT(*text, Not(HasSubstr(other)));
  }
}

TEST(ReadAutoTrustAnchors, TakesNothingWhereAllKeysAreRevoked) {
  const Folder folder;
  const std::string path = folder.Write(
      "root.key",
      "; autotrust trust anchor file\n;;REVOKED\n;;id: . 1\n"
      ". 1 IN DNSKEY 257 3 8 AAAA ;;state=2 [  VALID  ] ;;count=0\n");
  EXPECT_EQ(ReadAutoTrustAnchors(path).value(), "");
}

TEST(ReadAutoTrustAnchors, NamesAFileThatIsNotThere) {
  const Folder folder;
  const absl::Status status =
      ReadAutoTrustAnchors(folder.Path("gone.key")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr("gone.key"));
}

}  // namespace
}  // namespace danebound
