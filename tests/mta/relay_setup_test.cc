// The lines for Sendmail and OpenSMTPD against the pages, which their own tests
// have in real mail servers.
#include "stub/mta/relay_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/mta/page.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPrefix = "/usr/local";

TEST(SendmailSetup, HasTheLinesOfThePage) {
  const RelaySetup setup = SendmailSetup(kPrefix, kPagesRelay);
  EXPECT_THAT(BlocksOf("sendmail.md", "sendmail.mc"),
              ElementsAre(setup.server.text));
  EXPECT_THAT(BlocksOf("sendmail.md", "toml"), ElementsAre(setup.serve.text));
}

TEST(OpensmtpdSetup, HasTheLinesOfThePage) {
  const RelaySetup setup = OpensmtpdSetup(kPrefix, kPagesRelay);
  EXPECT_THAT(BlocksOf("opensmtpd.md", "smtpd.conf"),
              ElementsAre(setup.server.text));
  EXPECT_THAT(BlocksOf("opensmtpd.md", "toml"), ElementsAre(setup.serve.text));
  EXPECT_THAT(BlocksOf("opensmtpd.md", ""),
              ElementsAre(absl::StrCat("# ", setup.commands[0], "\n# ",
                                       setup.commands[1], "\n")));
}

TEST(RelaySetup, NamesWhereItIsInstalledAndTheRelay) {
  const RelaySetup setup = SendmailSetup("/usr", "r.example.org");
  EXPECT_THAT(setup.server.text, HasSubstr("`/usr/share/danebound/"));
  EXPECT_THAT(setup.server.text, HasSubstr("[r.example.org]"));
  EXPECT_THAT(OpensmtpdSetup("/usr", "r.example.org").server.text,
              HasSubstr("smtp://r.example.org\n"));
}

TEST(MissingLines, AreThoseThatTheFileHasNot) {
  const SetupLines lines = {"f", "", "a = 1\n\nb = 2\n"};
  EXPECT_THAT(MissingLines("b  =\t2\r\n  a = 1\n", lines, ""), ElementsAre());
  EXPECT_THAT(MissingLines("a = 1 # x\n#b = 2\n", lines, ""),
              ElementsAre("a = 1", "b = 2"));
  EXPECT_THAT(MissingLines("dnl a = 1\nb = 2", lines, ""),
              ElementsAre("a = 1"));
}

TEST(MissingLines, MayHaveAnyWordInPlaceOfOne) {
  const SetupLines lines = OpensmtpdSetup(kPrefix, kPagesRelay).server;
  const std::string other =
      absl::StrReplaceAll(lines.text, {{kPagesRelay, "r.example.org"}});
  EXPECT_THAT(MissingLines(other, lines, kPagesRelay), ElementsAre());
  EXPECT_THAT(
      MissingLines(other, OpensmtpdSetup(kPrefix, "s.example.org").server, ""),
      ElementsAre(HasSubstr("smtp://s.example.org")));
  EXPECT_THAT(MissingLines(absl::StrReplaceAll(lines.text, {{kPagesRelay, ""}}),
                           lines, kPagesRelay),
              ElementsAre(HasSubstr(kPagesRelay)));
}

}  // namespace
}  // namespace danebound
