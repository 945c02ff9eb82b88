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
using ::testing::Not;
using Result = SelfTestCheck::Result;

constexpr const char* kMap = "socketmap:unix:map.sock:QUERY";

// Settings that pass, of one SMTP client.
PostfixSettings Settings(const std::string& maps = kMap) {
  PostfixSettings settings;
  settings.version = "3.7.11";
  settings.queue = "/var/spool/postfix";
  settings.values = {{"smtp_dns_support_level", "dnssec"},
                     {"smtp_host_lookup", "dns"},
                     {"ignore_mx_lookup_error", "no"},
                     {"smtp_tls_security_level", "may"},
                     {"smtp_tls_dane_insecure_mx_policy", "dane"},
                     {"smtp_tls_fingerprint_digest", "sha256"},
                     {"smtp_tls_policy_maps", maps}};
  settings.clients = {{"smtp", false, settings.values, {}}};
  settings.uses = {{"smtp", "default_transport", Carries::kGeneral}};
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

TEST(PolicyMapsOf, SplitsAtTheLastColonAsPostfixDoes) {
  auto maps = PolicyMapsOf(Settings("socketmap:inet:[::1]:8461:QUERY"));
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_EQ(maps[0].host, "::1");
  EXPECT_EQ(maps[0].port, "8461");
  EXPECT_EQ(maps[0].map, "QUERY");
  maps = PolicyMapsOf(Settings("socketmap:unix:/a:b/c:QUERYwithTLSRPT"));
  ASSERT_EQ(maps.size(), 1U);
  EXPECT_EQ(maps[0].path, "/a:b/c");
  EXPECT_TRUE(maps[0].is_danebounds);
}

TEST(PolicyMapsOf, FindsThoseInsideOtherTables) {
  const auto maps =
      PolicyMapsOf(Settings("proxy:unionmap:{inline:{a.example=may b},\n"
                            " socketmap:unix:/run/map.sock:QUERY}, "
                            "pipemap:{socketmap:inet:[::1]:1:QUERY, "
                            "socketmap:inet:[::1]:2:QUERY}"));
  ASSERT_EQ(maps.size(), 3U);
  EXPECT_EQ(maps[0].path, "/run/map.sock");
  EXPECT_TRUE(maps[0].is_danebounds);
  EXPECT_EQ(maps[1].port, "1");
  EXPECT_TRUE(maps[1].is_danebounds);
  EXPECT_EQ(maps[2].port, "2");
  EXPECT_FALSE(maps[2].is_danebounds);  // its key is what the first one found
}

TEST(PolicyMapsOf, TellsDaneboundsFromOtherServices) {
  for (const char* map : {"postfix", "sendmail", "query", ""}) {
    const auto maps = PolicyMapsOf(
        Settings(std::string("socketmap:inet:127.0.0.1:8461:") + map));
    ASSERT_EQ(maps.size(), 1U);
    EXPECT_FALSE(maps[0].is_danebounds) << map;
  }
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
  settings.uses = {{"out", "default_transport", Carries::kGeneral}};
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
  EXPECT_THAT(check.text, AllOf(HasSubstr("slow (not seen to be used): "),
                                Not(HasSubstr("Run:"))));
  settings.uses.push_back(
      {"slow", "transport_maps: a.example", Carries::kNamed});
  check = Named(settings, lack.check);
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text,
              HasSubstr("slow (used by transport_maps: a.example): "));
  settings.uses.back().carries = Carries::kGeneral;
  EXPECT_EQ(Named(settings, lack.check).result, lack.result);
}

// A filter on this machine that takes no TLS is as it should be.
TEST_P(EachLack, OfWhatLeadsToAFilterAloneIsNone) {
  const Lack& lack = GetParam();
  PostfixSettings settings = Settings();
  AddClient("filter", lack.name, lack.value, &settings);
  settings.uses.push_back({"filter", "content_filter", Carries::kFilter});
  EXPECT_EQ(Named(settings, lack.check).result, Result::kPassed);
  settings.uses.push_back({"filter", "relay_transport", Carries::kNamed});
  EXPECT_EQ(Named(settings, lack.check).result, Result::kWarning);
}

TEST_P(EachLack, IsMendedInTheFolderThatWasAskedFor) {
  const Lack& lack = GetParam();
  PostfixSettings settings = SettingsWith(lack.name, lack.value);
  settings.asked_folder = "/etc/postfix-out";
  EXPECT_THAT(Named(settings, lack.check).text,
              HasSubstr(std::string("Run: postconf -c /etc/postfix-out ") +
                        lack.name + "="));
  settings = Settings();
  settings.clients.clear();
  settings.asked_folder = "/etc/it's";
  AddClient("smtp", lack.name, lack.value, &settings);
  EXPECT_THAT(
      Named(settings, lack.check).text,
      HasSubstr(std::string("Run: postconf -c '/etc/it'\\''s' -PX smtp/unix/") +
                lack.name));
}

INSTANTIATE_TEST_SUITE_P(
    CheckPostfix, EachLack,
    ::testing::Values(
        Lack{"dns-support", "smtp_dns_support_level", "", Result::kFailed},
        Lack{"dns-support", "smtp_dns_support_level", "enabled",
             Result::kFailed},
        Lack{"dns-support", "ignore_mx_lookup_error", "yes", Result::kFailed},
        Lack{"dns-support", "ignore_mx_lookup_error", "YES", Result::kFailed},
        Lack{"dns-support", "smtp_dns_resolver_options", "res_dnsrch",
             Result::kFailed},
        Lack{"host-lookup", "smtp_host_lookup", "native", Result::kFailed},
        Lack{"host-lookup", "smtp_host_lookup", "dns, native",
             Result::kWarning},
        Lack{"pin-digest", "smtp_tls_fingerprint_digest", "md5",
             Result::kWarning},
        Lack{"tls-level", "smtp_tls_security_level", "", Result::kWarning},
        Lack{"tls-level", "smtp_tls_security_level", "none", Result::kWarning},
        Lack{"tls-level", "smtp_tls_security_level", "None", Result::kWarning},
        Lack{"insecure-mx", "smtp_tls_dane_insecure_mx_policy", "may",
             Result::kWarning},
        Lack{"insecure-mx", "smtp_tls_dane_insecure_mx_policy", "",
             Result::kWarning}));

class EachGood : public ::testing::TestWithParam<Lack> {};

TEST_P(EachGood, PassesInCapitals) {
  const Lack& good = GetParam();
  EXPECT_EQ(Named(SettingsWith(good.name, good.value), good.check).result,
            Result::kPassed);
}

INSTANTIATE_TEST_SUITE_P(
    CheckPostfix, EachGood,
    ::testing::Values(
        Lack{"dns-support", "smtp_dns_support_level", "DNSSEC", {}},
        Lack{"dns-support", "ignore_mx_lookup_error", "NO", {}},
        Lack{"host-lookup", "smtp_host_lookup", "DNS", {}},
        Lack{"tls-level", "smtp_tls_security_level", "MAY", {}},
        Lack{"insecure-mx", "smtp_tls_dane_insecure_mx_policy", "DANE", {}}));

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

TEST(CheckPostfix, FailsWhenNobodyAsksDanebound) {
  for (const char* maps :
       {"", "hash:/etc/postfix/tls", "socketmap:inet:127.0.0.1:8461:postfix",
        "pipemap:{inline:{a=b}, socketmap:unix:map.sock:QUERY}"}) {
    const SelfTestCheck check = Named(Settings(maps), "policy-map");
    EXPECT_EQ(check.result, Result::kFailed) << maps;
    EXPECT_THAT(check.text, HasSubstr("Add it in main.cf"));
  }
}

// tests/mta shows that each Postfix does as said here.
TEST(CheckPostfix, FailsWhereTheMapSaysMoreThanThisPostfixKnows) {
  PostfixSettings settings = Settings("socketmap:unix:m.sock:QUERYwithTLSRPT");
  for (const char* version : {"3.7.11", "3.9.1", "2.11.0", ""}) {
    settings.version = version;
    const SelfTestCheck check = Named(settings, "policy-map");
    EXPECT_EQ(check.result, Result::kFailed) << version;
    EXPECT_THAT(check.text, HasSubstr("Name the map QUERY instead"));
  }
  for (const char* version : {"3.10.0", "3.10-20250101", "3.11.2", "4.0.0"}) {
    settings.version = version;
    EXPECT_EQ(Named(settings, "policy-map").result, Result::kPassed) << version;
  }
}

TEST(CheckPostfix, FailsWhenThereIsNoSmtpClient) {
  PostfixSettings settings = Settings();
  settings.clients.clear();
  EXPECT_EQ(Named(settings, "policy-map").result, Result::kFailed);
}

TEST(CheckPostfix, FailsWhenFiltersAloneAskDanebound) {
  PostfixSettings settings = Settings();
  settings.uses = {{"smtp", "content_filter", Carries::kFilter}};
  EXPECT_EQ(Named(settings, "policy-map").result, Result::kFailed);
}

TEST(CheckPostfix, PassesWhenAnotherServiceIsAskedBeside) {
  EXPECT_EQ(Named(Settings("socketmap:unix:map.sock:QUERY, "
                           "socketmap:inet:127.0.0.1:8461:postfix"),
                  "policy-map")
                .result,
            Result::kPassed);
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
  settings.other_services = {{"uucp", "pipe", ""}};
  settings.uses = {{"uucp", "default_transport", Carries::kGeneral}};
  EXPECT_THAT(Named(settings, "transport").text,
              HasSubstr("default_transport = uucp: that is not"));
  settings.uses = {{"gone", "default_transport", Carries::kGeneral}};
  EXPECT_THAT(Named(settings, "transport").text,
              HasSubstr("default_transport = gone: master.cf has no such"));
}

TEST(CheckPostfix, LooksAtWhatLmtpAsks) {
  PostfixSettings settings = Settings();
  settings.other_services = {{"out", "lmtp", "hash:/etc/postfix/tls"}};
  settings.uses = {{"out", "default_transport", Carries::kGeneral}};
  EXPECT_THAT(Named(settings, "transport").text,
              HasSubstr("lmtp_tls_policy_maps does not ask danebound"));
  settings.other_services[0].policy_maps = kMap;
  EXPECT_THAT(Named(settings, "transport").text, HasSubstr("asks danebound"));
}

TEST(CheckPostfix, SaysNothingOfTransportsThatSendNothing) {
  PostfixSettings settings = Settings();
  settings.other_services = {{"error", "error", ""}, {"drop", "discard", ""}};
  settings.uses.push_back({"error", "transport_maps: *", Carries::kGeneral});
  settings.uses.push_back({"drop", "sender: @a", Carries::kGeneral});
  EXPECT_EQ(Named(settings, "transport").text, "default_transport = smtp");
}

TEST(CheckPostfix, HasOneCheckForAllSendersOfATransport) {
  PostfixSettings settings = Settings();
  settings.uses.clear();
  for (const char* key : {"@a", "@b", "@c", "@d", "@e"}) {
    settings.uses.push_back({"gone", key, Carries::kGeneral});
  }
  size_t count = 0;
  for (const SelfTestCheck& check : CheckPostfix(settings)) {
    if (check.name != "transport") continue;
    ++count;
    EXPECT_EQ(check.text,
              "@a, @b, @c and 2 more = gone: master.cf has no such service");
  }
  EXPECT_EQ(count, 1U);
}

TEST(CheckPostfix, SaysWhichTablesCannotBeListedAndWhy) {
  PostfixSettings settings = Settings();
  settings.unread_tables = {{"transport_maps = ldap:/etc/x", "no sequence"}};
  AddClient("slow", "smtp_host_lookup", "native", &settings);
  const SelfTestCheck check = Named(settings, "transport");
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text, HasSubstr("transport_maps = ldap:/etc/x: it cannot "
                                    "be listed (no sequence)"));
  EXPECT_THAT(Named(settings, "host-lookup").text,
              HasSubstr("slow (may be used by a table"));
}

TEST(CheckPostfix, NamesOtherInstances) {
  PostfixSettings settings = Settings();
  settings.folder = "/etc/postfix";
  EXPECT_EQ(Named(settings, "instances").text, "none");
  settings.values["multi_instance_directories"] =
      "/etc/postfix-a, /etc/postfix /etc/postfix-b";
  const SelfTestCheck check = Named(settings, "instances");
  EXPECT_EQ(check.result, Result::kWarning);
  EXPECT_THAT(check.text,
              AllOf(HasSubstr("/etc/postfix-a, /etc/postfix-b, run"),
                    HasSubstr("self-test --mta --postfix-config FOLDER")));
}

std::vector<std::string> PathsOf(const std::vector<ClientResolvConf>& confs) {
  std::vector<std::string> paths;
  for (const ClientResolvConf& each : confs) paths.push_back(each.path);
  return paths;
}

TEST(ResolvConfsOf, AreThoseOfClientsInUse) {
  PostfixSettings settings = Settings();
  settings.clients[0].chrooted = true;
  AddClient("slow", "smtp_tls_security_level", "may", &settings);
  EXPECT_THAT(PathsOf(ResolvConfsOf(settings)),
              ElementsAre("/var/spool/postfix/etc/resolv.conf"));
  settings.uses.push_back(
      {"slow", "transport_maps: a.example", Carries::kNamed});
  EXPECT_THAT(
      PathsOf(ResolvConfsOf(settings)),
      ElementsAre("/etc/resolv.conf", "/var/spool/postfix/etc/resolv.conf"));
  settings.uses.back().carries = Carries::kFilter;
  EXPECT_THAT(PathsOf(ResolvConfsOf(settings)),
              ElementsAre("/var/spool/postfix/etc/resolv.conf"));
}

// A file that is not there fails without a question.
TEST(CheckResolvConfs, WarnsWhenNamedDestinationsAloneReadIt) {
  PostfixSettings settings = Settings();
  settings.queue = "/nonexistent";
  settings.clients[0].chrooted = true;
  auto checks = CheckResolvConfs(settings, {}, absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, Result::kFailed);
  settings.uses = {{"smtp", "transport_maps: a.example", Carries::kNamed}};
  checks = CheckResolvConfs(settings, {}, absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, Result::kWarning);
  EXPECT_EQ(checks[0].text,
            "master.cf, smtp (used by transport_maps: a.example): "
            "/nonexistent/etc/resolv.conf: No such file or directory");
  settings.uses.clear();
  checks = CheckResolvConfs(settings, {}, absl::Seconds(1));
  ASSERT_EQ(checks.size(), 1U);
  EXPECT_EQ(checks[0].result, Result::kFailed);
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
  std::vector<OtherService> others;
  const auto clients = ParseServices(kServices, false, &others);
  EXPECT_THAT(ServicesOf(clients), ElementsAre("out", "smtp"));
  ASSERT_EQ(others.size(), 2U);
  EXPECT_EQ(others[0].service, "lists");
  EXPECT_EQ(others[0].program, "pipe");
  EXPECT_EQ(others[1].service, "lmtp");
  EXPECT_EQ(others[1].program, "lmtp");
}

TEST(ParseServices, TakesADashForTheDefaultOfTheCompatibilityLevel) {
  std::vector<OtherService> others;
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
  EXPECT_EQ(TransportIn("DUNNO"), "DUNNO");  // of transport_maps: a name
}

std::string TextOf(const std::vector<TransportUse>& uses) {
  std::string text;
  for (const TransportUse& use : uses) {
    text += use.by + " = " + use.transport +
            (use.carries == Carries::kGeneral ? "!; " : "; ");
  }
  return text;
}

TEST(AddSenderUse, PassesOverDunnoInAnyCase) {
  std::vector<TransportUse> uses;
  for (const char* value : {"DUNNO", "dunno", "Dunno", ":[mx.example]"}) {
    AddSenderUse("@a", value, &uses);
  }
  EXPECT_THAT(uses, IsEmpty());
  AddSenderUse("@a", "slow:", &uses);
  EXPECT_EQ(TextOf(uses),
            "sender_dependent_default_transport_maps: @a = slow!; ");
}

TEST(AddFilters, FindsThoseOfMainCfAndOfServices) {
  std::vector<TransportUse> uses;
  AddFilters("amavis:[127.0.0.1]:10024",
             "127.0.0.1:10025/inet/content_filter =\n"
             "smtp/inet/content_filter = spamd:[::1]:783\n"
             "smtp/inet/smtpd_proxy_filter = [::1]:25\n",
             &uses);
  ASSERT_EQ(TextOf(uses),
            "content_filter = amavis; content_filter of smtp/inet = spamd; ");
  EXPECT_EQ(uses[0].carries, Carries::kFilter);
  EXPECT_EQ(uses[1].carries, Carries::kFilter);
}

// transport(5): "*" stands before the default, entries of names before it.
TEST(DropOverridden, LeavesGeneralWhatTheTransportForAllNames) {
  std::vector<TransportUse> uses = {
      {"smtp", "default_transport", Carries::kGeneral},
      {"smtp", "sender_dependent_default_transport_maps: @a",
       Carries::kGeneral},
      {"slow", "transport_maps = regexp:/x", Carries::kGeneral}};
  const std::string before = TextOf(uses);
  DropOverridden(&uses);
  EXPECT_EQ(TextOf(uses), before);
  uses.push_back({"out", "transport_maps: *", Carries::kGeneral});
  DropOverridden(&uses);
  EXPECT_EQ(TextOf(uses),
            "default_transport = smtp; "
            "sender_dependent_default_transport_maps: @a = smtp; "
            "transport_maps = regexp:/x = slow!; transport_maps: * = out!; ");
}

TEST(TablesIn, TakesWhatBracesHoldForOneWord) {
  EXPECT_THAT(TablesIn("hash:/a,unionmap:{b, {c d}}\tinline:{x=y z} "),
              ElementsAre("hash:/a", "unionmap:{b, {c d}}", "inline:{x=y z}"));
  EXPECT_THAT(TablesIn(" ,\n"), IsEmpty());
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
