#include "module/self_test.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace danebound {
namespace {

using ::testing::HasSubstr;
using Result = SelfTestCheck::Result;

Probe GoodProbe() {
  Probe probe;
  probe.validation = {.has_validator = true,
                      .has_trust_anchor = true,
                      .is_permissive = false,
                      .accepts_stripped = false,
                      .log_level = 2,
                      .anchor_trouble = ""};
  Answer answer;
  answer.security = Security::kSecure;
  answer.rdata = {"key"};
  probe.keys = {{Name(), answer},
                {Name::ParseText("a.example").value(), answer}};
  return probe;
}

std::map<std::string, SelfTestCheck> Checks(const absl::optional<Probe>& probe,
                                            absl::string_view trouble = "") {
  std::vector<SelfTestCheck> checks;
  AppendResolverChecks({"resolver", Result::kPassed, "unbound 1.26.2"},
                       probe ? 1 : 0, probe, trouble, &checks);
  std::map<std::string, SelfTestCheck> by_name;
  for (const SelfTestCheck& check : checks) by_name[check.name] = check;
  return by_name;
}

TEST(SelfTest, PassesWhereTheResolverValidates) {
  for (const auto& [name, check] : Checks(GoodProbe())) {
    EXPECT_EQ(check.result, Result::kPassed) << name << ": " << check.text;
  }
}

TEST(SelfTest, FailsWithoutAValidator) {
  Probe probe = GoodProbe();
  probe.validation.has_validator = false;
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("validator").result, Result::kFailed);
  EXPECT_THAT(checks.at("validator").text, HasSubstr("module-config"));
}

TEST(SelfTest, FailsWithoutATrustAnchor) {
  Probe probe = GoodProbe();
  probe.validation.has_trust_anchor = false;
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("trust-anchor").result, Result::kFailed);
  EXPECT_THAT(checks.at("trust-anchor").text, HasSubstr("trust-anchor-file"));
}

TEST(SelfTest, FailsInPermissiveMode) {
  Probe probe = GoodProbe();
  probe.validation.is_permissive = true;
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("permissive-mode").result, Result::kFailed);
  EXPECT_EQ(checks.at("validator").result, Result::kPassed);
  EXPECT_EQ(checks.at("trust-anchor").result, Result::kPassed);
}

TEST(SelfTest, FailsWhereStrippedSignaturesPassForNone) {
  Probe probe = GoodProbe();
  probe.validation.accepts_stripped = true;
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("harden-dnssec-stripped").result, Result::kFailed);
  EXPECT_EQ(checks.at("permissive-mode").result, Result::kPassed);
}

TEST(SelfTest, FailsWhenTheTrustAnchorsOwnKeysAreNotSecure) {
  for (const Security security :
       {Security::kInsecure, Security::kBogus, Security::kFailed}) {
    Probe probe = GoodProbe();
    probe.keys[1].answer.security = security;
    const auto checks = Checks(probe);
    EXPECT_EQ(checks.at("known-name-secure").result, Result::kFailed);
    EXPECT_THAT(checks.at("known-name-secure").text, HasSubstr("a.example"));
  }
  Probe probe = GoodProbe();
  probe.keys[1].answer.rdata.clear();
  EXPECT_EQ(Checks(probe).at("known-name-secure").result, Result::kFailed);
  probe.keys.clear();
  EXPECT_EQ(Checks(probe).at("known-name-secure").result, Result::kFailed);
}

TEST(SelfTest, FailsWhereATrustAnchorIsNotUsed) {
  Probe probe = GoodProbe();
  probe.validation.anchor_trouble = "trust-anchor-file /x: no trust anchor";
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("trust-anchor").result, Result::kFailed);
  EXPECT_THAT(checks.at("trust-anchor").text, HasSubstr("/x"));
  EXPECT_EQ(checks.at("known-name-secure").result, Result::kPassed);
}

TEST(SelfTest, WarnsWithoutATrustAnchorAtTheRoot) {
  Probe probe = GoodProbe();
  probe.keys.erase(probe.keys.begin());
  const auto checks = Checks(probe);
  EXPECT_EQ(checks.at("trust-anchor").result, Result::kWarning);
  EXPECT_THAT(checks.at("trust-anchor").text, HasSubstr("at a.example, none"));
}

TEST(SelfTest, WarnsWhereReasonsAreNotCollected) {
  Probe probe = GoodProbe();
  probe.validation.log_level = 1;
  EXPECT_EQ(Checks(probe).at("val-log-level").result, Result::kWarning);
}

TEST(SelfTest, FailsEveryCheckThatNoWorkerCouldMake) {
  const auto checks = Checks(absl::nullopt, "nobody there");
  EXPECT_EQ(checks.at("worker").text, "nobody there");
  for (const char* name :
       {"worker", "validator", "trust-anchor", "permissive-mode",
        "known-name-secure", "val-log-level"}) {
    EXPECT_EQ(checks.at(name).result, Result::kFailed) << name;
  }
}

}  // namespace
}  // namespace danebound
