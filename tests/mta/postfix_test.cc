// Postfix's settings as `danebound self-test --mta` reads them.
#include "stub/mta/postfix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stub/mta/run_program.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Result = SelfTestCheck::Result;

PostfixSettings Settings(const std::string& maps) {
  PostfixSettings settings;
  settings.queue = "/var/spool/postfix";
  settings.dns_support = "dnssec";
  settings.tls_level = "may";
  settings.policy_maps = maps;
  return settings;
}

std::string PathOf(const PostfixSettings& settings) {
  const auto maps = PolicyMapsOf(settings);
  return maps.empty() ? "none" : maps.front().path;
}

const SelfTestCheck& Named(const std::vector<SelfTestCheck>& checks,
                           const std::string& name) {
  for (const SelfTestCheck& check : checks) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << "no check " << name;
  return checks.front();
}

TEST(PolicyMapsOf, FindsRelativePathsInTheQueue) {
  EXPECT_EQ(PathOf(Settings("socketmap:unix:danebound/map.sock:QUERY")),
            "/var/spool/postfix/danebound/map.sock");
}

TEST(PolicyMapsOf, FindsAbsolutePathsInTheChrootWhenTheClientIsChrooted) {
  PostfixSettings settings = Settings("socketmap:unix:/run/map.sock:QUERY");
  EXPECT_EQ(PathOf(settings), "/run/map.sock");
  settings.chrooted = true;
  EXPECT_EQ(PathOf(settings), "/var/spool/postfix/run/map.sock");
}

TEST(PolicyMapsOf, FindsAbsolutePathsOutsideWhenProxymapOpensThem) {
  PostfixSettings settings =
      Settings("proxy:socketmap:unix:/run/map.sock:QUERY");
  settings.chrooted = true;
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

TEST(CheckPostfix, FailsWhenDnssecIsNotAskedFor) {
  PostfixSettings settings = Settings("socketmap:unix:map.sock:QUERY");
  EXPECT_EQ(Named(CheckPostfix(settings), "dns-support").result,
            Result::kPassed);
  settings.dns_support = "";
  const SelfTestCheck check = Named(CheckPostfix(settings), "dns-support");
  EXPECT_EQ(check.result, Result::kFailed);
  EXPECT_THAT(check.text, HasSubstr("postconf smtp_dns_support_level=dnssec"));
}

TEST(CheckPostfix, WarnsWhenNoTlsLevelIsSet) {
  for (const char* level : {"", "none"}) {
    PostfixSettings settings = Settings("socketmap:unix:map.sock:QUERY");
    settings.tls_level = level;
    EXPECT_EQ(Named(CheckPostfix(settings), "tls-level").result,
              Result::kWarning);
  }
}

TEST(CheckPostfix, WarnsWhenInsecureMxRecordsMakeDaneWeaker) {
  PostfixSettings settings = Settings("socketmap:unix:map.sock:QUERY");
  for (const char* policy : {"may", "encrypt", ""}) {
    settings.insecure_mx = policy;
    EXPECT_EQ(Named(CheckPostfix(settings), "insecure-mx").result,
              Result::kWarning);
  }
  settings.insecure_mx = "dane";
  EXPECT_EQ(Named(CheckPostfix(settings), "insecure-mx").result,
            Result::kPassed);
}

TEST(CheckPostfix, WarnsWhenNobodyAsksDanebound) {
  EXPECT_EQ(Named(CheckPostfix(Settings("")), "policy-map").result,
            Result::kWarning);
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
