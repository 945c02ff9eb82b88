// What Exim is told of a message and of a host.
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <list>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/facts.h"
#include "stub/wire/message.h"
#include "tests/client/module_server.h"

extern "C" {

int disposition(unsigned char** yield, int argc, unsigned char** argv);
int duty(unsigned char** yield, int argc, unsigned char** argv);

// Exim's own.
void log_write(unsigned selector, int flags, const char* format, ...);
unsigned char* string_copy_function(const unsigned char* text);

}  // extern "C"

namespace danebound {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> logged;
std::list<std::string> copied;  // what string_copy gave stays where it is

constexpr int kOk = 0;
constexpr int kFail = 2;

struct Said {
  int code = -1;
  std::string text;
};

using Function = int (*)(unsigned char**, int, unsigned char**);

Said Call(Function function, std::vector<std::string> arguments) {
  std::vector<unsigned char*> argv;
  argv.reserve(arguments.size());
  for (std::string& each : arguments) {
    argv.push_back(reinterpret_cast<unsigned char*>(each.data()));
  }
  unsigned char* yield = nullptr;
  const int code = function(&yield, static_cast<int>(argv.size()), argv.data());
  return {code, yield == nullptr ? "" : reinterpret_cast<char*>(yield)};
}

Name NameOf(absl::string_view text) { return Name::ParseText(text).value(); }

HostFacts Host(absl::string_view name, absl::string_view expanded,
               HostState state, absl::string_view address) {
  HostFacts host;
  host.name = host.base_domain = NameOf(name);
  host.expanded = NameOf(expanded);
  host.state = state;
  host.security = Security::kSecure;
  host.addresses = {{Address::ParseText(address).value(), Security::kSecure}};
  if (state == HostState::kTlsa) {
    host.tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x')};
  }
  host.expires = kNoEnd;
  if (state == HostState::kTlsaFailed) {
    host.reasons = {{ReasonId::kTlsaBogus, "signature expired", 7}};
  }
  return host;
}

Facts Hosts(const NextHop& next_hop, std::vector<HostFacts> hosts) {
  Facts facts;
  facts.next_hop = next_hop;
  facts.expanded = next_hop.name;
  facts.kind = Kind::kMx;
  facts.security = Security::kSecure;
  facts.expires = kNoEnd;
  facts.hosts = std::move(hosts);
  return facts;
}

// A module that answers each lookup with these hosts, and counts. It closes
// each connection, as the client of the process outlives it.
class Exim : public testing::Test {
 protected:
  Exim() {
    logged.clear();
    copied.clear();
  }

  Said Disposition(const std::string& next_hop,
                   const std::string& choice = "") {
    return Call(disposition, {next_hop, socket_, choice});
  }

  std::string Duty(const std::string& host, const std::string& address,
                   const std::string& choice = "") {
    const Said said =
        Call(duty, {"example.org", host, address, socket_, choice});
    EXPECT_EQ(said.code, kOk);
    return said.text;
  }

  std::vector<HostFacts> hosts_ = {Host("mx1.example.org", "real1.example.net",
                                        HostState::kTlsa, "192.0.2.1"),
                                   Host("mx2.example.org", "mx2.example.org",
                                        HostState::kNoTlsa, "2001:db8::2"),
                                   Host("mx3.example.org", "mx3.example.org",
                                        HostState::kTlsaFailed, "192.0.2.3"),
                                   // Two names for one host.
                                   Host("mx4.example.org", "shared.example.org",
                                        HostState::kNoTlsa, "192.0.2.4"),
                                   Host("mx5.example.org", "shared.example.org",
                                        HostState::kTlsa, "192.0.2.4")};
  std::atomic<int> lookups_ = 0;

 private:
  TemporaryFolder folder_;
  std::string socket_ = "socket=" + folder_.SocketPath();
  ModuleServer server_{
      folder_.SocketPath(), [this](AcceptedClient& peer, int) {
        if (auto request = peer.ReadLookup()) {
          ++lookups_;
          const auto& lookup = std::get<LookupRequest>(request->message);
          peer.Send(request->id,
                    LookupReply{Hosts(lookup.next_hop, hosts_), false});
        }
      }};
};

TEST_F(Exim, FindsAHostByItsMxName) {
  EXPECT_EQ(Duty("mx1.example.org", "198.51.100.1"), "authenticate");
  EXPECT_EQ(Duty("MX2.Example.ORG", "198.51.100.1"), "opportunistic");
}

TEST_F(Exim, FindsAHostByTheEndOfItsCnames) {
  EXPECT_EQ(Duty("real1.example.net", "198.51.100.1"), "authenticate");
}

TEST_F(Exim, FindsAHostByItsAddress) {
  EXPECT_EQ(Duty("another.example", "192.0.2.1"), "authenticate");
  EXPECT_EQ(Duty("", "2001:DB8:0::2"), "opportunistic");
}

// RFC 7672 2.2.1: only hosts of the MX records are used.
TEST_F(Exim, SkipsAHostThatTheVerdictDoesNotHave) {
  EXPECT_EQ(Duty("attacker.example", "198.51.100.1"), "skip");
  EXPECT_EQ(Duty("", "no address"), "skip");
  EXPECT_THAT(logged.front(),
              "danebound: attacker.example [198.51.100.1] skip: not among the "
              "hosts of the verdict");
}

TEST_F(Exim, TakesTheStrictestDutyOfAHostWithSeveralNames) {
  EXPECT_EQ(Duty("shared.example.org", "192.0.2.4"), "authenticate");
  EXPECT_EQ(Duty("unknown.example", "192.0.2.4"), "authenticate");
}

TEST_F(Exim, LogsOnceWhyAHostIsSkipped) {
  EXPECT_EQ(Duty("mx3.example.org", "192.0.2.3"), "skip");
  EXPECT_EQ(Duty("mx3.example.org", "192.0.2.3"), "skip");
  EXPECT_THAT(logged, ElementsAre("danebound: mx3.example.org [192.0.2.3] "
                                  "skip: signature expired"));
}

// RFC 7672 3.1.2; docs/mta/exim.md says what Exim leaves out.
TEST_F(Exim, SkipsWhereEximCannotVerifyTheAnchorAndThatIsChosen) {
  const std::string anchor =
      std::string("\x02\x00\x01", 3) + std::string(32, 'y');
  hosts_[4].tlsa.push_back(anchor);
  EXPECT_EQ(Duty("mx5.example.org", "192.0.2.5"), "authenticate");
  EXPECT_EQ(Duty("mx5.example.org", "192.0.2.5", "ee-only"), "skip");
  EXPECT_THAT(logged, ElementsAre(HasSubstr("ee-only is chosen")));
  EXPECT_EQ(Duty("mx1.example.org", "192.0.2.1", "ee-only"), "authenticate");
  EXPECT_EQ(Duty("mx2.example.org", "192.0.2.2", "ee-only"), "opportunistic");
  EXPECT_EQ(Disposition("example.org", "ee-only").text, "deliver");
}

TEST_F(Exim, AsksOnceForAllThatOneAttemptWantsToKnow) {
  EXPECT_EQ(Disposition("example.org").text, "deliver");
  EXPECT_EQ(Disposition("example.org").text, "deliver");
  EXPECT_EQ(lookups_, 1);
  EXPECT_EQ(Disposition("example.net").text, "deliver");
  EXPECT_EQ(Disposition("example.net", "require").text, "deliver");
  EXPECT_EQ(lookups_, 3);
}

// RFC 7672 6
TEST_F(Exim, DefersWhereDaneIsRequiredAndCannotBeHad) {
  hosts_.resize(2);
  hosts_.erase(hosts_.begin());
  EXPECT_EQ(Disposition("example.org").text, "deliver");
  EXPECT_EQ(Disposition("example.org", "require").code, kFail);
}

TEST_F(Exim, DefersWhereEveryHostIsSkipped) {
  hosts_ = {hosts_[2]};
  const Said said = Disposition("example.org");
  EXPECT_EQ(said.code, kFail);
  EXPECT_EQ(said.text, "danebound: tlsa-bogus: signature expired");
}

TEST_F(Exim, DefersAfterAMistakeInTheConfiguration) {
  for (const char* choice : {"requires", "insecure-mx=", "insecure-mx=off"}) {
    const Said said = Disposition("example.org", choice);
    EXPECT_EQ(said.code, kFail) << choice;
    EXPECT_THAT(said.text, HasSubstr("danebound: no verdict: ")) << choice;
  }
  EXPECT_EQ(Disposition("a..b").code, kFail);
  EXPECT_EQ(Call(disposition, {}).code, kFail);
  EXPECT_EQ(lookups_, 0);
}

TEST_F(Exim, SkipsAfterAMistakeInTheConfiguration) {
  EXPECT_EQ(Call(duty, {"example.org", "mx1.example.org"}).text, "skip");
  EXPECT_EQ(Call(duty, {}).text, "skip");
  EXPECT_EQ(
      Call(duty, {"example.org", "mx1.example.org", "192.0.2.1", "yes"}).text,
      "skip");
}

// RFC 7672 2.1.2
TEST(EximWithoutVerdict, DefersAndSkips) {
  logged.clear();
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    if (auto request = peer.ReadLookup()) {
      peer.Send(request->id,
                ErrorReply{ErrorCode::kNotValidating, "permissive mode"});
    }
  });
  const std::string socket = "socket=" + folder.SocketPath();
  const Said said = Call(disposition, {"example.org", socket});
  EXPECT_EQ(said.code, kFail);
  EXPECT_THAT(said.text, HasSubstr("danebound: no verdict: "));
  EXPECT_THAT(said.text, HasSubstr("permissive mode"));
  const Said host = Call(duty, {"example.org", "mx", "192.0.2.1", socket});
  EXPECT_EQ(host.code, kOk);
  EXPECT_EQ(host.text, "skip");
  EXPECT_THAT(logged, ElementsAre(HasSubstr("permissive mode")));
  // The failure counts for the whole attempt too.
  EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace danebound

void log_write(unsigned, int, const char* format, ...) {
  char line[1000];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof(line), format, arguments);
  va_end(arguments);
  danebound::logged.emplace_back(line);
}

unsigned char* string_copy_function(const unsigned char* text) {
  danebound::copied.emplace_back(reinterpret_cast<const char*>(text));
  return reinterpret_cast<unsigned char*>(danebound::copied.back().data());
}
