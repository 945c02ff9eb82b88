// The command on a terminal: colours, the progress line, Ctrl-C.
#include <csignal>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/check/smtp_server.h"
#include "tests/cli/run_command.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Terminal : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  std::string path_ = folder_.SocketPath();
};

TEST_F(Terminal, HasColours) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  const CommandResult result =
      RunOnTerminal({"lookup", "--socket", path_, "example.org"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("\033[32mdeliver\033[0m"));
}

TEST_F(Terminal, HasNoColoursWhereTheyAreNotWanted) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  for (const char* variable : {"NO_COLOR=1", "TERM=dumb"}) {
    const CommandResult result =
        RunOnTerminal({"lookup", "--socket", path_, "example.org"}, {variable});
    EXPECT_THAT(result.output, HasSubstr("deliver"));
    EXPECT_THAT(result.output, Not(HasSubstr("\033[32m"))) << variable;
  }
}

TEST_F(Terminal, ShowsHowFarManyLookupsAreAndWipesIt) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  const CommandResult result = RunOnTerminal(
      {"lookup", "--json", "--socket", path_, "a.example", "b.example"});
  EXPECT_THAT(result.output, HasSubstr("0 of 2 domains"));
  const size_t last = result.output.rfind(" of 2 domains");
  EXPECT_THAT(result.output.substr(last), HasSubstr("\r\033[K"));
}

// Each second, of one domain too.
TEST_F(Terminal, SaysEachSecondWhatIsWaitedFor) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  EXPECT_THAT(RunOnTerminal({"lookup", "--socket", path_, "--timeout", "2.5",
                             "slow.example", "b.example"})
                  .output,
              AllOf(HasSubstr("\r\033[K0 of 2 domains, 1 s, waiting for "
                              "slow.example, b.example\r\033[K"),
                    HasSubstr("domains, 2 s, waiting for")));
  EXPECT_THAT(RunOnTerminal({"lookup", "--socket", path_, "--timeout", "1.5",
                             "slow.example"})
                  .output,
              StartsWith("\r\033[K0 of 1 domains, 1 s, waiting for "
                         "slow.example\r\033[K"));
}

TEST_F(Terminal, SaysWhatACheckWaitsFor) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  EXPECT_THAT(RunOnTerminal({"check", "--socket", path_, "--timeout", "1.5",
                             "slow.example"})
                  .output,
              HasSubstr("0 of 1 domains, 1 s, waiting for slow.example"));
  EXPECT_THAT(RunOnTerminal({"check", "--socket", path_, "--timeout", "1.5",
                             "slow.example", "a..b"})
                  .output,
              HasSubstr("1 of 2 domains, 1 s, waiting for slow.example"));
}

TEST_F(Terminal, SaysWhichServerItWaitsFor) {
  const SmtpServer server([](ServerPeer& peer) { peer.WaitForClose(); });
  const std::string host = "localhost:" + std::to_string(server.port());
  EXPECT_THAT(
      RunOnTerminal({"tlsa", "create", "--timeout", "1.5", "--from", host})
          .output,
      HasSubstr("0 of 1 servers, 1 s, waiting for " + host));
}

// Where nothing waits for the slow ones
TEST_F(Terminal, PrintsAChecksDomainsInOrderOrAsTheyCome) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  std::vector<std::string> arguments = {"check",        "--json",    "--socket",
                                        path_,          "--timeout", "0.5",
                                        "slow.example", "a..b"};
  const auto domains = [&] {
    std::vector<std::string> names;
    for (const auto& each : JsonLines(RunCommand(arguments).output)) {
      names.push_back(each["domain"].get<std::string>());
    }
    return names;
  };
  EXPECT_THAT(domains(), ElementsAre("slow.example", "a..b"));
  arguments.insert(arguments.begin() + 1, "--unordered");
  EXPECT_THAT(domains(), ElementsAre("a..b", "slow.example"));
}

TEST_F(Terminal, KeepsTheProgressToOneLine) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  std::vector<std::string> arguments = {"lookup", "--socket", path_,
                                        "--timeout", "0.2"};
  for (int i = 0; i < 9; ++i) {
    arguments.push_back(std::to_string(i) + std::string(40, 'a') + ".example");
  }
  const std::string output = RunOnTerminal(arguments).output;
  const std::string line = output.substr(0, output.find('\r', 1));
  EXPECT_THAT(line, EndsWith("..."));
  EXPECT_LE(line.size(), std::string("\r\033[K").size() + 80);
}

TEST_F(Terminal, CutsRecordsUnlessToldOtherwise) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  EXPECT_THAT(
      RunOnTerminal({"lookup", "--socket", path_, "example.org"}).output,
      HasSubstr("..."));
  EXPECT_THAT(
      RunOnTerminal({"lookup", "--wide", "--socket", path_, "example.org"})
          .output,
      Not(HasSubstr("...")));
  EXPECT_THAT(RunOnTerminal({"lookup", "--socket", path_, "example.org"},
                            {"COLUMNS=200"})
                  .output,
              Not(HasSubstr("...")));
}

TEST_F(Terminal, EndsOnCtrlC) {
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  const CommandResult result =
      RunOnTerminal({"lookup", "--socket", path_, "--timeout", "15",
                     "a.example", "b.example"},
                    {}, "0 of 2 domains");
  EXPECT_EQ(result.signal_number, SIGINT);
  EXPECT_THAT(result.output, EndsWith("\r\033[K"));
}

TEST_F(Terminal, WantsADomainWhenNothingIsPipedIn) {
  const CommandResult result = RunOnTerminal({"lookup", "--socket", path_});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("DOMAIN is required"));
}

}  // namespace
}  // namespace danebound
