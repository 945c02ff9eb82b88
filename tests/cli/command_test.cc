// The danebound command: usage, exit codes, what it prints, and what it asks.
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/run_command.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

Facts WithKind(const NextHop& next_hop, Kind kind, Security security) {
  Facts facts = FactsFor(next_hop);
  facts.kind = kind;
  facts.security = security;
  facts.hosts.clear();
  return facts;
}

// A file that the caller removes.
std::string FileWith(absl::string_view text) {
  std::string path = "/tmp/module-settings-XXXXXX";
  close(mkstemp(path.data()));
  std::ofstream(path) << text;
  return path;
}

// A small world: what the first label of the domain says is what comes.
Reply AnswerFor(const LookupRequest& request) {
  const NextHop& next_hop = request.next_hop;
  const std::string name = next_hop.name.ToText();
  if (absl::StartsWith(name, "null.")) {
    return LookupReply{WithKind(next_hop, Kind::kNullMx, Security::kSecure),
                       false};
  }
  if (absl::StartsWith(name, "failed.")) {
    Facts facts = WithKind(next_hop, Kind::kFailed, Security::kBogus);
    facts.reasons = {{ReasonId::kMxBogus,
                      absl::StrCat(name, " MX: \033[31mred\xff"), uint16_t{6}}};
    return LookupReply{facts, false};
  }
  if (absl::StartsWith(name, "busy.")) {
    return ErrorReply{ErrorCode::kTooLarge, "70000 octets"};
  }
  if (request.freshness == Freshness::kCachedOnly) {
    return ErrorReply{ErrorCode::kNotCached, ""};
  }
  Facts facts = FactsFor(next_hop);
  if (absl::StartsWith(name, "insecure.")) {
    facts.security = Security::kInsecure;
  }
  return LookupReply{facts, request.freshness == Freshness::kFresh};
}

class Command : public ::testing::Test {
 protected:
  CommandResult Lookup(std::vector<std::string> arguments,
                       const CommandInput& input = {}) {
    arguments.insert(arguments.begin(), {"lookup", "--socket", path_});
    return RunCommand(arguments, input);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.SocketPath();
  ModuleServer server_{
      path_, [](AcceptedClient& peer, int) {
        while (auto request = peer.Read()) {
          const Request& message = request->message;
          if (const auto* lookup = std::get_if<LookupRequest>(&message)) {
            peer.Send(request->id, AnswerFor(*lookup));
          } else if (std::holds_alternative<StatsRequest>(message)) {
            peer.Send(request->id, StatsReply{{{"lookups.open", 7},
                                               {"cache.bytes", 12},
                                               {"lookups.left", 0}}});
          } else if (const auto* flush = std::get_if<FlushRequest>(&message)) {
            peer.Send(request->id, FlushReply{flush->next_hop ? 1U : 99U});
          } else if (std::holds_alternative<HelloRequest>(message)) {
            peer.Send(request->id,
                      HelloReply{"danebound-module 9", "unbound 8"});
          } else {
            using Result = SelfTestCheck::Result;
            peer.Send(
                request->id,
                SelfTestReply{{{"validator", Result::kPassed, "there"},
                               {"val-log-level", Result::kWarning, "is 1"}}});
          }
        }
      }};
};

TEST(Usage, NamesEveryCommandAndTheExitCodes) {
  const CommandResult result = RunCommand({"--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("lookup"), HasSubstr("stats"), HasSubstr("flush"),
                    HasSubstr("self-test"), HasSubstr("Exit codes")));
}

TEST(Usage, KnowsHelpAndVersionEverywhere) {
  for (const char* command :
       {"lookup", "stats", "flush", "self-test", "rollover", "tlsa"}) {
    EXPECT_EQ(RunCommand({command, "--help"}).exit_code, 0);
    EXPECT_THAT(RunCommand({command, "--help"}).output,
                HasSubstr("Exit codes"));
    EXPECT_EQ(RunCommand({command, "--version"}).output,
              RunCommand({"--version"}).output);
  }
  EXPECT_THAT(RunCommand({"--version"}).output, StartsWith("danebound "));
}

TEST(Usage, NamesTheCommandThatIsNearAMistypedOne) {
  EXPECT_EQ(RunCommand({"lokup", "example.org"}).errors,
            "danebound: \"lokup\" is no command of danebound. Did you mean "
            "\"lookup\"?\n"
            "danebound: \"danebound --help\" says more\n");
  EXPECT_THAT(RunCommand({"tlsa", "craete"}).errors,
              HasSubstr("no command of danebound tlsa. Did you mean "
                        "\"create\"?"));
  EXPECT_THAT(RunCommand({"tlsa", "mkae"}).errors,
              AllOf(HasSubstr("no command of danebound tlsa, which has create"),
                    HasSubstr("\"danebound tlsa --help\" says more")));
  EXPECT_THAT(RunCommand({"help", "flsuh"}).errors, HasSubstr("\"flush\"?"));
  EXPECT_THAT(RunCommand({"frobnicate"}).errors,
              HasSubstr("which has lookup, stats, "));
}

// rollover takes a host in the same place.
TEST(Usage, NamesTheCommandThatIsNearAMistypedOneInThePlaceOfAHost) {
  const std::string meant = "Did you mean \"danebound rollover prepare\"?\n";
  const CommandResult extra =
      RunCommand({"rollover", "prepair", "mx.example.org", "--key", "k"});
  EXPECT_EQ(extra.exit_code, 3);
  EXPECT_THAT(extra.errors, HasSubstr(meant));
  EXPECT_THAT(RunCommand({"rollover", "perpare", "--key", "k"}).errors,
              HasSubstr(meant));
  EXPECT_THAT(RunCommand({"rollover", "mx.example.org"}).errors,
              Not(HasSubstr("Did you mean")));
  EXPECT_THAT(
      RunCommand({"rollover", "mx.example.org", "--curent", "f"}).errors,
      HasSubstr("Did you mean --current?"));
}

TEST(Usage, NamesTheOptionThatIsNearAMistypedOne) {
  EXPECT_THAT(RunCommand({"lookup", "--jsn", "example.org"}).errors,
              AllOf(HasSubstr("--jsn. Did you mean --json?\n"),
                    HasSubstr("\"danebound lookup --help\" says more\n")));
}

TEST(Usage, OfFlushSaysWhichCacheItLeaves) {
  EXPECT_THAT(RunCommand({"flush", "--help"}).output,
              HasSubstr("unbound-control"));
}

TEST(Usage, EndsWithOneOnWrongArguments) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"frobnicate"},
      {"lookup", "--frobnicate", "example.org"},
      {"lookup", "--port", "0", "example.org"},
      {"lookup", "--port", "65536", "example.org"},
      {"lookup", "--port", "smtp", "example.org"},
      {"lookup", "--timeout", "0", "example.org"},
      {"lookup", "--timeout", "-1", "example.org"},
      {"lookup", "--insecure-mx", "never", "example.org"},
      {"lookup", "--own-name", "[192.0.2.1]", "example.org"},
      {"lookup", "--own-name", "a..b", "example.org"},
      {"lookup", "--fresh", "--cached", "example.org"},
      {"lookup", "--embedded", "--cached", "example.org"},
      {"lookup", "--embedded", "--socket", "x", "example.org"},
      {"lookup", "--unbound-conf", "x", "example.org"},
      {"lookup"},
      {"lookup", "-"},
      {"flush"},
      {"flush", "--all", "example.org"},
      {"stats", "example.org"},
      {"self-test", "example.org"},
  };
  for (const auto& arguments : wrong) {
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 1) << ::testing::PrintToString(arguments);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.errors, Not(IsEmpty()));
    std::istringstream lines(result.errors);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_THAT(line, StartsWith("danebound: "));
    }
  }
}

TEST_F(Command, EndsWithZeroWhenAllDeliver) {
  const CommandResult result = Lookup({"example.org", "example.net"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("example.org: deliver\n"),
                                   HasSubstr("example.net: deliver\n")));
  EXPECT_THAT(result.errors, IsEmpty());
}

TEST_F(Command, EndsWithTheWorstOfAll) {
  EXPECT_EQ(Lookup({"null.example", "a.example"}).exit_code, 2);
  EXPECT_EQ(Lookup({"failed.example", "null.example"}).exit_code, 3);
  EXPECT_EQ(Lookup({"failed.example", "busy.example", "a.example"}).exit_code,
            4);
  EXPECT_EQ(Lookup({"a..b", "a.example"}).exit_code, 4);
}

TEST_F(Command, PrintsInTheOrderGiven) {
  std::vector<std::string> arguments = {"--json"};
  std::vector<std::string> domains;
  domains.reserve(200);
  for (int i = 0; i < 200; ++i) {
    domains.push_back(absl::StrCat("d", i, ".example"));
  }
  domains[7] = "a..b";
  arguments.insert(arguments.end(), domains.begin(), domains.end());
  std::vector<std::string> printed;
  for (const auto& object : JsonLines(Lookup(arguments).output)) {
    printed.push_back(object["next_hop"]);
  }
  EXPECT_EQ(printed, domains);
}

TEST_F(Command, ReadsDomainsFromStandardInput) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--json"}, {"--json", "-"}}) {
    const CommandResult result =
        Lookup(arguments, {"a.example\r\n\n  b.example  \nc.example", {}});
    EXPECT_EQ(result.exit_code, 0);
    const auto objects = JsonLines(result.output);
    ASSERT_EQ(objects.size(), 3U);
    EXPECT_EQ(objects[1]["next_hop"], "b.example");
  }
}

TEST_F(Command, PassesCommentsInListsOver) {
  const CommandResult result = Lookup(
      {"--json"}, {"# ours\na.example # the old one\n  #\nb.example\n", {}});
  const auto objects = JsonLines(result.output);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0]["next_hop"], "a.example");
  EXPECT_EQ(objects[1]["next_hop"], "b.example");
}

TEST_F(Command, ReadsDomainsFromFiles) {
  const std::string one = FileWith("b.example # one\n");
  const std::string two = FileWith("c.example\n");
  const CommandResult result =
      Lookup({"--json", "--file", one, "--file", two, "a.example"});
  std::vector<std::string> printed;
  for (const auto& object : JsonLines(result.output)) {
    printed.push_back(object["next_hop"]);
  }
  EXPECT_EQ(printed,
            (std::vector<std::string>{"a.example", "b.example", "c.example"}));
  unlink(one.c_str());
  unlink(two.c_str());
}

TEST_F(Command, RefusesAFileThatItCannotReadOrThatNamesNobody) {
  for (const std::string& path :
       {std::string("/nonexistent/list"), std::string("/tmp")}) {
    const CommandResult result = Lookup({"a.example", "--file", path});
    EXPECT_EQ(result.exit_code, 1) << path;
    EXPECT_THAT(result.errors, HasSubstr(path + ": "));
    EXPECT_THAT(result.output, IsEmpty());
  }
  const std::string empty = FileWith("# nobody\n");
  EXPECT_EQ(Lookup({"--file", empty}, {"a.example\n", {}}).exit_code, 1);
  unlink(empty.c_str());
}

// What would stand last in the list comes first, as the first is silent.
TEST(Unordered, PrintsEachVerdictAsItComes) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    const auto first = peer.Read();
    while (const auto request = peer.Read()) {
      const auto& lookup = std::get<LookupRequest>(request->message);
      peer.Send(request->id, AnswerFor(lookup));
    }
  });
  const std::vector<std::string> arguments = {
      "lookup", "--socket",     folder.SocketPath(), "--timeout",
      "1",      "slow.example", "a.example",         "--json"};
  EXPECT_THAT(RunCommand(arguments).output,
              StartsWith("{\"next_hop\":\"slow.example\""));
  std::vector<std::string> unordered = arguments;
  unordered.emplace_back("--unordered");
  EXPECT_THAT(RunCommand(unordered).output,
              StartsWith("{\"next_hop\":\"a.example\""));
}

TEST_F(Command, CutsNothingInAPipe) {
  const std::string output = Lookup({"example.org"}).output;
  std::string digest;
  for (int i = 0; i < 32; ++i) digest += "78";
  EXPECT_THAT(output, HasSubstr("3 1 1 " + digest + "\n"));
}

TEST_F(Command, IsAsWideAsColumnsSays) {
  const auto longest = [&](const std::string& columns) {
    size_t most = 0;
    std::istringstream lines(
        Lookup({"mx.example:smptp"}, {"", {"COLUMNS=" + columns}}).output);
    for (std::string line; std::getline(lines, line);) {
      most = std::max(most, line.size());
    }
    return most;
  };
  EXPECT_LE(longest("60"), 60U);
  EXPECT_GT(longest("200"), 80U);
}

TEST_F(Command, TakesNamesOfServicesAndServiceLabels) {
  const auto objects = JsonLines(
      Lookup({"--json", "mx.example:submission", "_465._tcp.mx.example"})
          .output);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0]["port"], 587);
  EXPECT_EQ(objects[1]["next_hop"], "[mx.example]");
  EXPECT_EQ(objects[1]["port"], 465);
  EXPECT_EQ(RunCommand({"flush", "a.example:smtp", "--socket", path_}).output,
            "1 verdict dropped\n");
  const CommandResult bad = Lookup({"--wide", "mx.example:smptp"});
  EXPECT_EQ(bad.exit_code, 4);
  EXPECT_THAT(bad.output, HasSubstr("no TCP service of /etc/services"));
}

// Nobody, of the group 65534, may look into the folder and not use the socket.
TEST_F(Command, SaysWhichGroupMayOpenTheSocket) {
  const std::string folder = path_.substr(0, path_.rfind('/'));
  chmod(folder.c_str(), 0711);
  chmod(path_.c_str(), geteuid() == 0 ? 0660 : 0060);
  const CommandInput nobody = {"", {}, true};
  constexpr gid_t kDaemon = 1;
  const gid_t group = geteuid() == 0 ? kDaemon : getegid();
  ASSERT_EQ(chown(folder.c_str(), geteuid(), group), 0);
  ASSERT_EQ(chown(path_.c_str(), geteuid(), group), 0);
  const std::string advice =
      absl::StrCat(path_, " is for the group ", getgrgid(group)->gr_name,
                   ": as root, adduser ");
  const CommandResult lookup = Lookup({"--wide", "a.example"}, nobody);
  EXPECT_EQ(lookup.exit_code, 4);
  EXPECT_THAT(lookup.output, HasSubstr(advice));
  for (const char* command : {"stats", "self-test"}) {
    EXPECT_THAT(RunCommand({command, "--socket", path_}, nobody).errors,
                HasSubstr(advice));
  }
  EXPECT_THAT(RunCommand({"flush", "--all", "--socket", path_}, nobody).errors,
              HasSubstr(advice));
  const CommandInput table = {
      "table|0.1|1.0|dane|check|domain|1|a.example\n", {}, true};
  EXPECT_THAT(RunCommand({"opensmtpd-table", "--socket", path_}, table).errors,
              HasSubstr(advice));
  if (geteuid() == 0) {  // whose group nobody is to join
    ASSERT_EQ(chown(path_.c_str(), 0, 0), 0);
    EXPECT_THAT(RunCommand({"stats", "--socket", path_}, nobody).errors,
                HasSubstr("is for the user root alone"));
  }
  chmod(path_.c_str(), 0600);
  if (geteuid() != 0) chmod(path_.c_str(), 0);
  EXPECT_THAT(RunCommand({"stats", "--socket", path_}, nobody).errors,
              HasSubstr("alone; socket_mode in module.conf"));
  EXPECT_THAT(RunCommand({"opensmtpd-table", "--socket", path_}, table).errors,
              HasSubstr("alone; mode of its [[listen]] in serve.conf"));
  chmod(folder.c_str(), geteuid() == 0 ? 0710 : 0010);
  EXPECT_THAT(RunCommand({"stats", "--socket", path_}, nobody).errors,
              HasSubstr(folder + " is for the group "));
  chmod(folder.c_str(), 0700);
}

TEST_F(Command, KeepsTheBracketsOfHostsAndLiterals) {
  const auto objects =
      JsonLines(Lookup({"--json", "[mx.example]", "[192.0.2.1]",
                        "[192.0.2.1]:26", "[IPv6:2001:db8::1]"})
                    .output);
  ASSERT_EQ(objects.size(), 4U);
  EXPECT_EQ(objects[0]["next_hop"], "[mx.example]");
  EXPECT_EQ(objects[1]["next_hop"], "[192.0.2.1]");
  EXPECT_EQ(objects[2]["port"], 26);
  EXPECT_EQ(objects[3]["kind"], "address");
}

TEST_F(Command, TakesThePortFromTheDomainElseFromItsOption) {
  const auto objects = JsonLines(
      Lookup({"--json", "--port", "587", "a.example", "b.example:465"}).output);
  EXPECT_EQ(objects[0]["port"], 587);
  EXPECT_EQ(objects[1]["port"], 465);
}

// RFC 7672 2.2.1
TEST_F(Command, AppliesTheInsecureMxChoice) {
  const std::vector<std::pair<std::string, std::string>> duties = {
      {"opportunistic", "opportunistic"},
      {"encrypt", "encrypt"},
      {"authenticate", "authenticate"}};
  for (const auto& [choice, duty] : duties) {
    const auto object = JsonLines(
        Lookup({"--json", "--insecure-mx", choice, "insecure.example"})
            .output)[0];
    EXPECT_EQ(object["hosts"][0]["duty"], duty);
    EXPECT_EQ(object["insecure_mx"], true);
  }
}

// RFC 7672 6
TEST_F(Command, AppliesRequire) {
  const CommandResult result =
      Lookup({"--json", "--require", "insecure.example"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(JsonLines(result.output)[0]["hosts"][0]["cause"], "dane-required");
}

// RFC 5321 5.1
TEST_F(Command, AppliesOwnNames) {
  const CommandResult result =
      Lookup({"--json", "--own-name", "other.example", "--own-name",
              "mx1.example.org", "example.org"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(JsonLines(result.output)[0]["dsn"], "5.4.6");
}

TEST_F(Command, AsksTheCacheAloneWhenTold) {
  const CommandResult result = Lookup({"--cached", "example.org"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.output, HasSubstr("not-cached"));
}

TEST_F(Command, TakesTheSocketFromTheEnvironment) {
  const std::string variable = absl::StrCat("DANEBOUND_SOCKET=", path_);
  EXPECT_EQ(RunCommand({"lookup", "example.org"}, {"", {variable}}).exit_code,
            0);
  const CommandResult other = RunCommand(
      {"lookup", "--socket", "/nowhere", "--timeout", "0.1", "example.org"},
      {"", {variable}});
  EXPECT_EQ(other.exit_code, 4);
  EXPECT_THAT(other.output, HasSubstr("/nowhere"));
}

TEST(NoModule, IsNoVerdictAndNeverInsecure) {
  const CommandResult result =
      RunCommand({"lookup", "--json", "--socket", "/nowhere", "--timeout",
                  "0.1", "a.example", "b.example"});
  EXPECT_EQ(result.exit_code, 4);
  const auto objects = JsonLines(result.output);
  ASSERT_EQ(objects.size(), 2U);
  for (const auto& object : objects) {
    EXPECT_EQ(object["disposition"], "defer");
    EXPECT_THAT(object["error"].get<std::string>(), HasSubstr("/nowhere"));
    EXPECT_FALSE(object.contains("security"));
  }
}

TEST(NoModule, IsADocumentWhereJsonIsWanted) {
  const std::vector<std::vector<std::string>> commands = {
      {"stats"}, {"flush", "--all"}, {"self-test"}};
  for (std::vector<std::string> arguments : commands) {
    arguments.insert(arguments.end(),
                     {"--json", "--socket", "/nowhere", "--timeout", "0.1"});
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 4);
    const auto objects = JsonLines(result.output);
    ASSERT_EQ(objects.size(), 1U) << arguments[0];
    EXPECT_EQ(objects[0].size(), 1U);
    EXPECT_THAT(objects[0]["error"].get<std::string>(),
                HasSubstr("/nowhere: cannot connect"));
    EXPECT_THAT(result.errors, HasSubstr("/nowhere: cannot connect"));
  }
}

TEST(NoModule, IsSaidByEveryCommand) {
  const std::vector<std::vector<std::string>> commands = {
      {"stats"}, {"flush", "--all"}, {"flush", "a.example"}, {"self-test"}};
  for (std::vector<std::string> arguments : commands) {
    arguments.insert(arguments.end(),
                     {"--socket", "/nowhere", "--timeout", "0.1"});
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_THAT(result.output, IsEmpty());
    EXPECT_THAT(result.errors, HasSubstr("danebound: "));
    EXPECT_THAT(result.errors, HasSubstr("/nowhere: cannot connect"));
  }
}

TEST(Embedded, IsNeverChosenSilently) {
  const CommandResult result = RunCommand(
      {"lookup", "--socket", "/nowhere", "--timeout", "0.1", "a.example"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.output, HasSubstr("/nowhere: cannot connect"));
}

TEST(Embedded, NamesAFileThatIsNotThere) {
  for (const char* command : {"lookup", "self-test"}) {
    std::vector<std::string> arguments = {
        command, "--embedded", "--unbound-conf", "/nowhere/unbound.conf"};
    if (arguments[0] == "lookup") arguments.emplace_back("a.example");
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 4);
    EXPECT_THAT(result.output + result.errors,
                HasSubstr("/nowhere/unbound.conf"));
  }
}

TEST_F(Command, PrintsStatsByName) {
  EXPECT_EQ(RunCommand({"stats", "--socket", path_}).output,
            "cache.bytes   12\nlookups.left  0\nlookups.open  7\n");
}

TEST_F(Command, PrintsStatsAsJson) {
  const auto json = nlohmann::json::parse(
      RunCommand({"stats", "--json", "--socket", path_}).output);
  EXPECT_EQ(json, nlohmann::json({{"lookups.open", 7},
                                  {"cache.bytes", 12},
                                  {"lookups.left", 0}}));
}

TEST_F(Command, Flushes) {
  EXPECT_EQ(RunCommand({"flush", "--all", "--socket", path_}).output,
            "99 verdicts dropped\n");
  EXPECT_EQ(RunCommand({"flush", "a.example", "--socket", path_}).output,
            "1 verdict dropped\n");
  EXPECT_EQ(RunCommand({"flush", "a.example", "[b.example]", "--json",
                        "--socket", path_})
                .output,
            "{\"flushed\":2}\n");
  EXPECT_EQ(RunCommand({"flush", "a..b", "--socket", path_}).exit_code, 4);
}

TEST_F(Command, PrintsTheSelfTest) {
  const CommandResult result = RunCommand({"self-test", "--socket", path_});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output,
            "danebound-module 9, unbound 8\n"
            "  passed   validator: there\n"
            "  warning  val-log-level: is 1\n");
  const auto json =
      JsonLines(RunCommand({"self-test", "--json", "--socket", path_}).output);
  EXPECT_EQ(json[0]["resolver"], "danebound-module 9, unbound 8");
  EXPECT_EQ(json[0]["checks"][1]["result"], "warning");
}

TEST_F(Command, SaysInTheSelfTestWhetherDebiansUnboundIsNewer) {
  const std::string older = FileWith("1.17.1-2 1.17.1-3 older\n");
  EXPECT_THAT(RunCommand({"self-test", "--socket", path_},
                         {"", {"DANEBOUND_UNBOUND_VERSIONS=" + older}})
                  .output,
              HasSubstr("  warning  package: built from Unbound 1.17.1-2, and "
                        "Debian's is 1.17.1-3"));
  const std::string current = FileWith("1.17.1-3 1.17.1-3 current\n");
  EXPECT_THAT(
      RunCommand({"self-test", "--socket", path_},
                 {"", {"DANEBOUND_UNBOUND_VERSIONS=" + current}})
          .output,
      HasSubstr("  passed   package: built from Unbound 1.17.1-3; Debian's is "
                "1.17.1-3\n"));
  unlink(older.c_str());
  unlink(current.c_str());
}

TEST(ServeCheckConfig, KeepsThePathFromTheTerminal) {
  const std::string path = FileWith("") + "\033[2J";
  std::ofstream(path) << "module_socket = \"/run/danebound/socket\"\n";
  const CommandResult result =
      RunCommand({"serve", "--check-config", "--config", path});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("?[2J: good\n"), Not(HasSubstr("\033"))));
  unlink(path.c_str());
  unlink(path.substr(0, path.find('\033')).c_str());
}

// What the unit of Unbound runs before a reload.
TEST(SelfTestCheckConfig, SaysThatTheModulesSettingsAreGood) {
  const std::string path = FileWith("prefetch = false\nmax_prefetches = 1\n");
  const CommandResult result = RunCommand({"self-test", "--check-config"},
                                          {"", {"DANEBOUND_CONF=" + path}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, path + ": good\n");
  EXPECT_EQ(result.errors,
            "danebound: " + path +
                ":2:18: max_prefetches has no effect: mesh_share "
                "bounds lookups\n");
  unlink(path.c_str());
}

TEST(SelfTestCheckConfig, TakesNothingThatItWouldPassOver) {
  const std::string path = FileWith("prefetch = false\n");
  const std::vector<std::vector<std::string>> others = {
      {"--json"},
      {"--embedded"},
      {"--mta"},
      {"--socket", "/nowhere"},
      {"--timeout", "3"}};
  for (const std::vector<std::string>& other : others) {
    std::vector<std::string> arguments = {"self-test", "--check-config",
                                          "--config", path};
    EXPECT_EQ(RunCommand(arguments).exit_code, 0);
    arguments.insert(arguments.end(), other.begin(), other.end());
    const CommandResult result = RunCommand(arguments);
    EXPECT_EQ(result.exit_code, 1) << other[0];
    EXPECT_THAT(result.errors, HasSubstr(other[0]));
    EXPECT_THAT(result.output, IsEmpty());
  }
  unlink(path.c_str());
}

TEST(SelfTestCheckConfig, FailsWithTheLineOfABadSetting) {
  const std::string path = FileWith("prefetch = true\nsokcet = \"/x\"\n");
  const CommandResult result =
      RunCommand({"self-test", "--check-config", "--config", path});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(result.errors,
            "danebound: " + path + ":2:10: unknown key \"sokcet\"\n");
  unlink(path.c_str());
}

TEST(SelfTestCheckConfig, FailsWhereAFileThatWasNamedIsMissingOrEmpty) {
  EXPECT_EQ(RunCommand({"self-test", "--check-config", "--config",
                        "/nonexistent/module.conf"})
                .errors,
            "danebound: /nonexistent/module.conf: No such file or directory\n");
  const std::string path = FileWith("\n");
  const CommandResult result =
      RunCommand({"self-test", "--check-config", "--config", path});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_EQ(result.errors, "danebound: " + path + ": is empty\n");
  unlink(path.c_str());
}

TEST(SelfTest, FailsWhenACheckFailsOrNoneWasMade) {
  for (const SelfTestReply& reply :
       {SelfTestReply{{SelfTestCheck()}}, SelfTestReply()}) {
    TemporaryFolder folder;
    ModuleServer server(
        folder.SocketPath(), [&reply](AcceptedClient& peer, int) {
          peer.Send(peer.Read()->id, HelloReply{"module", "unbound"});
          peer.Send(peer.Read()->id, reply);
          peer.WaitForClose();
        });
    EXPECT_EQ(
        RunCommand({"self-test", "--socket", folder.SocketPath()}).exit_code,
        4);
  }
}

TEST_F(Command, LetsNothingSteerTheTerminal) {
  const CommandResult result = Lookup({"failed.example", "a\033[2J.example"});
  EXPECT_THAT(result.output, Not(HasSubstr("\033")));
  EXPECT_THAT(result.output, HasSubstr("?[31mred"));
}

TEST_F(Command, PrintsJsonThatIsUtf8WhateverTheTextIs) {
  const auto object = JsonLines(Lookup({"--json", "failed.example"}).output)[0];
  EXPECT_EQ(object["reasons"][0]["text"],
            "failed.example MX: \033[31mred\xef\xbf\xbd");
}

TEST_F(Command, SaysSoWhenTheOutputCannotBeWritten) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    execl(DANEBOUND_COMMAND, "danebound", "lookup", "--socket", path_.c_str(),
          "example.org", nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 1);
}

TEST(Silence, EndsAtTheTimeout) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { peer.WaitForClose(); });
  const absl::Time start = absl::Now();
  const CommandResult result =
      RunCommand({"lookup", "--socket", folder.SocketPath(), "--timeout", "0.3",
                  "a.example", "b.example"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  EXPECT_THAT(result.output, HasSubstr("no reply within 300ms"));
}

}  // namespace
}  // namespace danebound
