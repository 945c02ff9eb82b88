#include "stub/serve/settings.h"

#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::Contains;
using ::testing::SizeIs;

std::string ErrorOf(absl::string_view text) {
  const auto settings = ParseServeSettings(text, "serve.conf");
  return settings.ok() ? "" : std::string(settings.status().message());
}

std::string ExampleFile() {
  std::ifstream file(DANEBOUND_EXAMPLE_SETTINGS);
  return std::string((std::istreambuf_iterator<char>(file)),
                     std::istreambuf_iterator<char>());
}

Destination DestinationOf(const ServeSettings& settings,
                          absl::string_view next_hop) {
  return settings.destinations.For(*ParseNextHop(next_hop));
}

TEST(ServeSettings, ListenOnUnixAndTcp) {
  const auto settings = ParseServeSettings(R"(
[[listen]]
protocol = "socketmap"
unix = "/run/map.sock"
mode = "0600"
user = "postfix"
group = "mail"
[[listen]]
protocol = "json"
tcp = "[::1]:8461"
)",
                                           "serve.conf");
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->listen.size(), 2u);
  const ListenAddress& map = settings->listen[0];
  EXPECT_EQ(map.protocol, ServeProtocol::kSocketmap);
  EXPECT_EQ(ToText(map), "/run/map.sock");
  EXPECT_EQ(map.mode, 0600u);
  EXPECT_EQ(map.user, "postfix");
  EXPECT_EQ(map.group, "mail");
  EXPECT_EQ(settings->listen[1].protocol, ServeProtocol::kJson);
  EXPECT_EQ(ToText(settings->listen[1]), "[::1]:8461");
}

TEST(ServeSettings, HoldWhatTheOperatorDecides) {
  const auto settings = ParseServeSettings(R"(
[default]
policy = "audit"
[destinations."example.org"]
policy = "require"
insecure_mx = "encrypt"
[destinations.".example.org"]
policy = "off"
)",
                                           "serve.conf");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(DestinationOf(*settings, "other.example").enforcement,
            Enforcement::kAudit);
  EXPECT_EQ(DestinationOf(*settings, "example.org").enforcement,
            Enforcement::kRequire);
  EXPECT_EQ(DestinationOf(*settings, "example.org").insecure_mx,
            InsecureMx::kEncrypt);
  EXPECT_EQ(DestinationOf(*settings, "a.b.example.org").enforcement,
            Enforcement::kOff);
}

TEST(ServeSettings, EnforceByDefault) {
  EXPECT_EQ(DestinationOf(ServeSettings(), "example.org").enforcement,
            Enforcement::kEnforce);
}

TEST(ServeSettings, NameLineAndColumnOfEachError) {
  EXPECT_EQ(ErrorOf("max_lookups = 0\n\n  nonsense = 1\n"),
            "serve.conf:1:15: max_lookups must be a whole number from 1 to "
            "100000\nserve.conf:3:14: unknown key \"nonsense\"");
  EXPECT_EQ(ErrorOf("a = \n").substr(0, 14), "serve.conf:1:5");
}

TEST(ServeSettings, AreReadByTheNamesTheyHadAndSaySo) {
  const auto old = ParseServeSettings(
      "max_lookups = 9\nmax_lookups_per_peer = 7\n"
      "max_watched_per_peer = 8\nmax_connections_per_peer = 6\n",
      "serve.conf");
  ASSERT_TRUE(old.ok()) << old.status();
  EXPECT_EQ(old->max_connections_per_user, 6);
  EXPECT_EQ(old->max_lookups_per_user, 7);
  EXPECT_EQ(old->max_watched_per_user, 8);
  EXPECT_THAT(old->notes,
              Contains("serve.conf:2:24: max_lookups_per_peer is called "
                       "max_lookups_per_user now: rename it"));
  EXPECT_THAT(old->notes, SizeIs(3));
  const auto both = ParseServeSettings(
      "max_lookups_per_user = 5\nmax_lookups_per_peer = 7\n", "serve.conf");
  EXPECT_EQ(both->max_lookups_per_user, 5);
}

TEST(ServeSettings, AreRefusedWhenTheyAreWrong) {
  for (const absl::string_view text :
       {"module_socket = \"relative\"",
        "log_format = \"xml\"",
        "unenforced = \"none\"",
        "unenforced = 1",
        "postfix_word = \"fingerprint\"",
        "mta_resolv_conf = \"resolv.conf\"",
        "mta_resolv_conf = \"\"",
        "mta_resolv_conf = false",
        "mta_trusted_resolvers = \"192.0.2.53\"",
        "mta_trusted_resolvers = [\"ns.example\"]",
        "mta_trusted_resolvers = [53]",
        "json_deadline_ms = 4000",
        "socketmap_deadline_ms = 100000",
        "max_lookups = \"1\"",
        "listen = 1",
        "listen = [1]",
        "[listen]",
        "[[listen]]\nprotocol = \"json\"",
        "[[listen]]\nunix = \"/a\"",
        "[[listen]]\nprotocol = \"smtp\"\nunix = \"/a\"",
        "[[listen]]\nprotocol = \"json\"\nunix = \"/a\"\ntcp = \"[::1]:1\"",
        "[[listen]]\nprotocol = \"json\"\nunix = \"/a\"\nmode = \"888\"",
        "[[listen]]\nprotocol = \"json\"\nunix = \"/a\"\nmode = 660",
        "[[listen]]\nprotocol = \"json\"\ntcp = \"192.0.2.1:8461\"",
        "[[listen]]\nprotocol = \"json\"\ntcp = \"0.0.0.0:8461\"",
        "[[listen]]\nprotocol = \"json\"\ntcp = \"127.0.0.1\"",
        "[[listen]]\nprotocol = \"json\"\ntcp = \"127.0.0.1:0\"",
        "[[listen]]\nprotocol = \"json\"\ntcp = \"[::1]:1\"\nmode = \"0660\"",
        "[default]\npolicy = \"none\"",
        "[default]\ninsecure_mx = \"dane\"",
        "[default]\npolicy = true",
        "default = \"audit\"",
        "[destinations.\"a..b\"]",
        "[destinations.\"example.org:25\"]",
        "[destinations.\".[mx.example]\"]",
        "[destinations.\"example.org\"]\npolicies = \"off\"",
        "[destinations]\nexample = \"off\"",
        "[destinations.\"a.org\"]\n[destinations.\"A.org\"]",
        "retest_hours = -1",
        "exceptions = 1",
        "exceptions = [1]",
        "[exceptions]"}) {
    EXPECT_NE(ErrorOf(text), "") << text;
  }
}

std::string ExceptionWith(absl::string_view keys) {
  return absl::StrCat("[[exceptions]]\n", keys);
}

TEST(ServeSettings, HoldExceptionsToTheEndOfTheirDayInUtc) {
  const auto settings = ParseServeSettings(
      ExceptionWith("next_hop = \"example.org\"\nuntil = 2026-12-31\n"
                    "reason = \"ticket 1234\"\n"),
      "serve.conf");
  ASSERT_TRUE(settings.ok()) << settings.status();
  ASSERT_EQ(settings->exceptions.all().size(), 1u);
  const Exception& exception = settings->exceptions.all()[0];
  EXPECT_EQ(exception.until, "2026-12-31");
  EXPECT_EQ(exception.end, 1798761600);  // 2027-01-01 00:00:00 UTC
  EXPECT_EQ(exception.reason, "ticket 1234");
  EXPECT_EQ(exception.enforcement, Enforcement::kAudit);
}

TEST(ServeSettings, RefuseAnExceptionThatIsNotWhole) {
  const std::string good =
      "next_hop = \"a.org\"\nuntil = 2026-12-31\nreason = \"a\"\n";
  EXPECT_EQ(ErrorOf(ExceptionWith(good)), "");
  EXPECT_EQ(ErrorOf(ExceptionWith("next_hop = \"a.org\"\nreason = \"a\"")),
            "serve.conf:1:1: [[exceptions]] needs next_hop, until and reason");
  EXPECT_EQ(ErrorOf(ExceptionWith("until = \"2026-12-31\"")),
            "serve.conf:2:9: until must be a date, 2026-12-31, without quotes");
  EXPECT_EQ(ErrorOf(ExceptionWith("policy = \"require\"")),
            "serve.conf:2:10: policy of an exception must be \"audit\" or "
            "\"off\"");
  EXPECT_EQ(ErrorOf(ExceptionWith(good) + ExceptionWith(good)),
            "serve.conf:6:12: \"a.org\" is there twice: remove one of them");
  for (const absl::string_view keys :
       {"until = 2026-02-30", "until = 2026-12-31T00:00:00Z", "reason = \"\"",
        "reason = 1", "next_hop = \"a..b\"\nuntil = 2026-12-31\nreason = \"a\"",
        "policy = \"enforce\"", "policy = 1", "end = 2026-12-31"}) {
    EXPECT_NE(ErrorOf(ExceptionWith(keys)), "") << keys;
  }
}

// A date that is no more is not a fault of the file.
TEST(ServeSettings, TakeAnExceptionWhoseDayHasPassed) {
  EXPECT_EQ(ErrorOf(ExceptionWith(
                "next_hop = \"a.org\"\nuntil = 1999-12-31\nreason = \"a\"")),
            "");
}

// As it is, and with every line that shows a default.
TEST(ServeSettings, AreThoseOfTheExample) {
  const std::string text = ExampleFile();
  const auto settings = ParseServeSettings(text, "serve.conf");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_TRUE(settings->listen.empty());
  const auto all = ParseServeSettings(
      std::regex_replace(text, std::regex("(^|\n)#(\\[.*\\]|[a-z_]+ = .*)"),
                         "$1$2"),
      "serve.conf");
  ASSERT_TRUE(all.ok()) << all.status();
  const ServeSettings defaults;
  EXPECT_EQ(all->module_socket, defaults.module_socket);
  EXPECT_EQ(all->log_format, defaults.log_format);
  EXPECT_EQ(all->unenforced, defaults.unenforced);
  EXPECT_EQ(all->postfix_word, defaults.postfix_word);
  EXPECT_EQ(all->mta_resolv_conf, defaults.mta_resolv_conf);
  EXPECT_EQ(all->mta_trusted_resolvers, defaults.mta_trusted_resolvers);
  EXPECT_EQ(all->socketmap_deadline_ms, defaults.socketmap_deadline_ms);
  EXPECT_EQ(all->json_deadline_ms, defaults.json_deadline_ms);
  EXPECT_EQ(all->idle_seconds, defaults.idle_seconds);
  EXPECT_EQ(all->write_seconds, defaults.write_seconds);
  EXPECT_EQ(all->max_connections, defaults.max_connections);
  EXPECT_EQ(all->max_connections_per_user, defaults.max_connections_per_user);
  EXPECT_EQ(all->max_pending_per_connection,
            defaults.max_pending_per_connection);
  EXPECT_EQ(all->max_lookups, defaults.max_lookups);
  EXPECT_EQ(all->retest_hours, defaults.retest_hours);
  ASSERT_EQ(all->exceptions.all().size(), 1u);
  EXPECT_EQ(all->exceptions.all()[0].enforcement, Exception().enforcement);
  ASSERT_EQ(all->listen.size(), 2u);
  EXPECT_EQ(all->listen[0].mode, ListenAddress().mode);
  EXPECT_EQ(DestinationOf(*all, "example.org").enforcement,
            Enforcement::kRequire);
  EXPECT_EQ(DestinationOf(*all, "a.example.net").enforcement,
            Enforcement::kAudit);
}

TEST(Destinations, PreferTheMostSpecial) {
  Destinations destinations;
  const auto add = [&](absl::string_view pattern, Enforcement enforcement) {
    ASSERT_TRUE(destinations.Add(pattern, {enforcement, {}}).ok()) << pattern;
  };
  add(".org", Enforcement::kOff);
  add(".example.org", Enforcement::kAudit);
  add("sub.example.org", Enforcement::kRequire);
  add("[mx.example.org]", Enforcement::kOff);
  add("[192.0.2.1]", Enforcement::kAudit);
  const auto of = [&](absl::string_view next_hop) {
    return ToText(destinations.For(*ParseNextHop(next_hop)).enforcement);
  };
  EXPECT_EQ(of("example.org"), "off");
  EXPECT_EQ(of("SUB.Example.org:26"), "require");
  EXPECT_EQ(of("a.sub.example.org"), "audit");
  EXPECT_EQ(of("mx.example.org"), "audit");
  EXPECT_EQ(of("[mx.example.org]"), "off");
  EXPECT_EQ(of("[other.example.org]"), "audit");
  EXPECT_EQ(of("[192.0.2.1]"), "audit");
  EXPECT_EQ(of("[192.0.2.2]"), "enforce");
  EXPECT_EQ(of("badexample.net"), "enforce");
}

}  // namespace
}  // namespace danebound
