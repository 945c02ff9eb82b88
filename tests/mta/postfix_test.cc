// Postfix's settings as `danebound self-test --mta` reads them.
#include "stub/mta/postfix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

#include "stub/mta/postfix_settings.h"
#include "stub/mta/run_program.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Result = SelfTestCheck::Result;

constexpr const char* kMap = "socketmap:unix:map.sock:QUERY";

// Settings that pass, of one SMTP client.
PostfixSettings Settings(const std::string& maps = kMap) {
  PostfixSettings settings;
  settings.queue = "/var/spool/postfix";
  settings.values = {{"smtp_dns_support_level", "dnssec"},
                     {"smtp_host_lookup", "dns"},
                     {"ignore_mx_lookup_error", "no"},
                     {"smtp_tls_security_level", "may"},
                     {"smtp_tls_dane_insecure_mx_policy", "dane"},
                     {"smtp_tls_policy_maps", maps}};
  settings.clients = {{"smtp", false, settings.values, {}}};
  settings.uses = {{"smtp", "default_transport", true}};
  return settings;
}

PostfixSettings SettingsWith(const std::string& name,
                             const std::string& value) {
  PostfixSettings settings = Settings();
  settings.values[name] = settings.clients[0].values[name] = value;
  return settings;
}

// Adds a service with an option of its own: "-o NAME=VALUE".
void AddClient(const std::string& service, const std::string& name,
               const std::string& value, PostfixSettings* settings) {
  SmtpClient client{service, false, settings->values, {{name, value}}};
  client.values[name] = value;
  settings->clients.push_back(client);
}

std::string PathOf(const PostfixSettings& settings) {
  const auto maps = PolicyMapsOf(settings);
  return maps.empty() ? "none" : maps.front().path;
}

// The worst check of the name, passed where there is none.
SelfTestCheck Named(const PostfixSettings& settings, const std::string& name) {
  SelfTestCheck worst{name, Result::kPassed, "none"};
  for (const SelfTestCheck& check : CheckPostfix(settings)) {
    if (check.name != name) continue;
    if (worst.text == "none" || check.result == Result::kFailed ||
        worst.result == Result::kPassed) {
      worst = check;
    }
  }
  return worst;
}

TEST(PolicyMapsOf, FindsRelativePathsInTheQueue) {
  EXPECT_EQ(PathOf(Settings("socketmap:unix:danebound/map.sock:QUERY")),
            "/var/spool/postfix/danebound/map.sock");
}

TEST(PolicyMapsOf, FindsAbsolutePathsInTheChrootWhenTheClientIsChrooted) {
  PostfixSettings settings = Settings("socketmap:unix:/run/map.sock:QUERY");
  EXPECT_EQ(PathOf(settings), "/run/map.sock");
  settings.clients[0].chrooted = true;
  EXPECT_EQ(PathOf(settings), "/var/spool/postfix/run/map.sock");
}

TEST(PolicyMapsOf, FindsAbsolutePathsOutsideWhenProxymapOpensThem) {
  PostfixSettings settings =
      Settings("proxy:socketmap:unix:/run/map.sock:QUERY");
  settings.clients[0].chrooted = true;
  EXPECT_EQ(PathOf(settings), "/run/map.sock");
}

TEST(PolicyMapsOf, FindsTcpAmongOtherTables) {
  const auto maps = PolicyMapsOf(
      Settings("hash:/etc/postfix/tls, socketmap:inet:127.0.0.1:8461:QUERY"));
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_EQ(maps[0].host, "127.0.0.1");
  EXPECT_EQ(maps[0].port, "8461");
  EXPECT_EQ(maps[0].map, "QUERY");
  EXPECT_THAT(PolicyMapsOf(Settings("hash:/etc/postfix/tls")), IsEmpty());
}

TEST(PolicyMapsOf, FindsThoseOfEveryClientOnce) {
  PostfixSettings settings = Settings();
  AddClient("slow", "smtp_tls_policy_maps", "socketmap:unix:other:QUERY",
            &settings);
  AddClient("slower", "smtp_tls_security_level", "may", &settings);
  EXPECT_EQ(PolicyMapsOf(settings).size(), 2U);
}

TEST(CheckPostfix, PassesWhenAllIsSet) {
  for (const SelfTestCheck& check : CheckPostfix(Settings())) {
    EXPECT_EQ(check.result, Result::kPassed) << check.text;
  }
}

struct Lack {
  const char* check;
  const char* name;
  const char* value;
  Result result;
};

void PrintTo(const Lack& lack, std::ostream* out) {
  *out << lack.name << "=" << lack.value;
}

class EachLack : public ::testing::TestWithParam<Lack> {};

TEST_P(EachLack, IsSaidWithTheCommandThatMendsIt) {
  const Lack& lack = GetParam();
  const SelfTestCheck check =
      Named(SettingsWith(lack.name, lack.value), lack.check);
  EXPECT_EQ(check.result, lack.result);
  EXPECT_THAT(check.text, AllOf(HasSubstr(std::string(lack.name) + " ="),
                                HasSubstr(std::string("Run: postconf ") +
                                          lack.name + "=")));
}

TEST_P(EachLack, OfTheDefaultTransportAloneCountsAsMuch) {
  const Lack& lack = GetParam();
  PostfixSettings settings = Settings();
  AddClient("out", lack.name, lack.value, &settings);
  settings.uses = {{"out", "default_transport", true}};
  const SelfTestCheck check = Named(settings, lack.check);
  EXPECT_EQ(check.result, lack.result);
  EXPECT_THAT(
      check.text,
      AllOf(HasSubstr("master.cf, out (used by default_transport): "),
            HasSubstr(std::string("Run: postconf -PX out/unix/") + lack.name)));
}

// What carries mail of named domains only is the operator's own choice.
TEST_P(EachLack, OfATransportForSomeIsAWarning) {
  const Lack& lack = GetParam();
  PostfixSettings settings = Settings();
  AddClient("slow", lack.name, lack.value, &settings);
  SelfTestCheck check = Named(settings, lack.check);
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text, HasSubstr("slow (not seen to be used): "));
  settings.uses.push_back({"slow", "transport_maps: a.example", false});
  check = Named(settings, lack.check);
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text,
              HasSubstr("slow (used by transport_maps: a.example): "));
  settings.uses.back().general = true;
  EXPECT_EQ(Named(settings, lack.check).result, lack.result);
}

INSTANTIATE_TEST_SUITE_P(
    CheckPostfix, EachLack,
    ::testing::Values(
        Lack{"dns-support", "smtp_dns_support_level", "", Result::kFailed},
        Lack{"dns-support", "smtp_dns_support_level", "enabled",
             Result::kFailed},
        Lack{"dns-support", "ignore_mx_lookup_error", "yes", Result::kFailed},
        Lack{"dns-support", "smtp_dns_resolver_options", "res_dnsrch",
             Result::kFailed},
        Lack{"host-lookup", "smtp_host_lookup", "native", Result::kFailed},
        Lack{"host-lookup", "smtp_host_lookup", "dns, native",
             Result::kWarning},
        Lack{"tls-level", "smtp_tls_security_level", "", Result::kWarning},
        Lack{"tls-level", "smtp_tls_security_level", "none", Result::kWarning},
        Lack{"insecure-mx", "smtp_tls_dane_insecure_mx_policy", "may",
             Result::kWarning},
        Lack{"insecure-mx", "smtp_tls_dane_insecure_mx_policy", "",
             Result::kWarning}));

TEST(CheckPostfix, SaysOnceWhatAllClientsLack) {
  PostfixSettings settings = SettingsWith("smtp_host_lookup", "native");
  settings.clients.push_back(settings.clients[0]);
  settings.clients[1].service = "relay";
  size_t count = 0;
  for (const SelfTestCheck& check : CheckPostfix(settings)) {
    if (check.name != "host-lookup") continue;
    ++count;
    EXPECT_EQ(check.result, Result::kFailed);
    EXPECT_EQ(check.text.find("smtp_host_lookup = native"), 0U);
  }
  EXPECT_EQ(count, 1U);
}

TEST(CheckPostfix, WarnsWhenNobodyAsksDanebound) {
  EXPECT_EQ(Named(Settings(""), "policy-map").result, Result::kWarning);
}

TEST(CheckPostfix, FailsWhenTheDefaultTransportAloneDoesNotAsk) {
  PostfixSettings settings = Settings();
  settings.clients.clear();
  AddClient("smtp", "smtp_tls_policy_maps", "", &settings);
  const SelfTestCheck check = Named(settings, "policy-map");
  EXPECT_EQ(check.result, Result::kFailed);
  EXPECT_THAT(check.text,
              HasSubstr("Run: postconf -PX smtp/unix/smtp_tls_policy_maps"));
}

TEST(CheckPostfix, WarnsWhenMailGoesPastTheSmtpClient) {
  PostfixSettings settings = Settings();
  settings.other_services = {"uucp"};
  settings.uses = {{"uucp", "default_transport", true}};
  EXPECT_THAT(Named(settings, "transport").text,
              HasSubstr("default_transport = uucp: that is not"));
  settings.uses = {{"gone", "default_transport", true}};
  EXPECT_THAT(Named(settings, "transport").text,
              HasSubstr("default_transport = gone: master.cf has no such"));
}

TEST(CheckPostfix, SaysWhichTablesCannotBeListed) {
  PostfixSettings settings = Settings();
  settings.unread_tables = {"transport_maps = ldap:/etc/x"};
  AddClient("slow", "smtp_host_lookup", "native", &settings);
  const SelfTestCheck check = Named(settings, "transport");
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text, HasSubstr("transport_maps = ldap:/etc/x: it cannot"));
  EXPECT_THAT(Named(settings, "host-lookup").text,
              HasSubstr("slow (may be used by a table"));
}

TEST(ResolvConfsOf, AreThoseOfClientsInUse) {
  PostfixSettings settings = Settings();
  settings.clients[0].chrooted = true;
  AddClient("slow", "smtp_tls_security_level", "may", &settings);
  EXPECT_THAT(ResolvConfsOf(settings),
              ElementsAre("/var/spool/postfix/etc/resolv.conf"));
  settings.uses.push_back({"slow", "transport_maps: a.example", false});
  EXPECT_THAT(
      ResolvConfsOf(settings),
      ElementsAre("/etc/resolv.conf", "/var/spool/postfix/etc/resolv.conf"));
}

std::vector<std::string> ServicesOf(const std::vector<SmtpClient>& clients) {
  std::vector<std::string> services;
  for (const SmtpClient& each : clients) services.push_back(each.service);
  return services;
}

constexpr const char* kServices = R"(out/unix/command = /usr/lib/smtp -v -o a=
lmtp/unix/command = lmtp
lists/unix/command = pipe argv=/usr/lib smtp
smtp/inet/command = smtp
smtp/unix/command = smtp
smtp/unix/chroot = -
out/unix/chroot = y
)";

TEST(ParseServices, FindsThoseThatRunTheSmtpClient) {
  std::vector<std::string> others;
  const auto clients = ParseServices(kServices, false, &others);
  EXPECT_THAT(ServicesOf(clients), ElementsAre("out", "smtp"));
  EXPECT_THAT(others, ElementsAre("lists", "lmtp"));
}

TEST(ParseServices, TakesADashForTheDefaultOfTheCompatibilityLevel) {
  std::vector<std::string> others;
  auto clients = ParseServices(kServices, false, &others);
  ASSERT_EQ(clients.size(), 2U);
  EXPECT_TRUE(clients[0].chrooted);
  EXPECT_FALSE(clients[1].chrooted);
  clients = ParseServices(kServices, true, &others);
  EXPECT_TRUE(clients[1].chrooted);
}

TEST(AddOverrides, GivesEachClientItsOwn) {
  std::vector<SmtpClient> clients(2);
  clients[1].service = "slow";
  AddOverrides(
      "slow/unix/smtp_host_lookup = dns, native\n"
      "slow/inet/syslog_name = x\n",
      &clients);
  EXPECT_THAT(clients[0].overrides, IsEmpty());
  EXPECT_THAT(clients[1].overrides,
              ElementsAre(std::make_pair("smtp_host_lookup", "dns, native")));
}

TEST(TransportIn, IsWhatStandsBeforeTheColon) {
  EXPECT_EQ(TransportIn("smtp"), "smtp");
  EXPECT_EQ(TransportIn("slow:[mx.example]:25"), "slow");
  EXPECT_EQ(TransportIn(":[mx.example]"), absl::nullopt);
  EXPECT_EQ(TransportIn("DUNNO"), absl::nullopt);
}

TEST(RunProgram, EndsWhatDoesNotEnd) {
  EXPECT_EQ(
      RunProgram({"sleep", "600"}, absl::Milliseconds(50)).status().code(),
      absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(RunProgram({"yes"}, absl::Seconds(60)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(RunProgram, SaysWhyAProgramFails) {
  EXPECT_EQ(RunProgram({"echo", "a b"}, absl::Seconds(60)).value(), "a b\n");
  EXPECT_EQ(RunProgram({"no-such-program"}, absl::Seconds(60)).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_THAT(
      RunProgram({"ls", "/nonexistent"}, absl::Seconds(60)).status().message(),
      HasSubstr("/nonexistent"));
}

TEST(CheckPolicyMap, FailsWhenNobodyListens) {
  PolicyMap map;
  map.text = "socketmap:unix:gone:QUERY";
  map.path = "/nonexistent/gone";
  map.map = "QUERY";
  const SelfTestCheck check = CheckPolicyMap(map, absl::Seconds(1));
  EXPECT_EQ(check.result, Result::kFailed);
  EXPECT_THAT(check.text, HasSubstr("/nonexistent/gone: No such file"));
}

}  // namespace
}  // namespace danebound
