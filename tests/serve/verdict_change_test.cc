#include "stub/serve/json/verdict_change.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/tlsa.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kMx = "mx.example";

HostVerdict Host(absl::string_view name, Duty duty,
                 const std::vector<std::string>& tlsa) {
  HostVerdict host;
  host.name = N(name);
  host.duty = duty;
  host.cause = Cause::kNone;
  host.tlsa = JudgeTlsa(tlsa, DefaultDigestOrder());
  return host;
}

HostVerdict Good(absl::string_view name = kMx) {
  return Host(name, Duty::kAuthenticate, {Tlsa311()});
}

HostVerdict WithoutTlsa() { return Host(kMx, Duty::kOpportunistic, {}); }

HostVerdict Failed(Cause cause = Cause::kTlsaFailed) {
  HostVerdict host = Host(kMx, Duty::kSkip, {});
  host.cause = cause;
  return host;
}

Verdict Mx(std::vector<HostVerdict> hosts,
           Security security = Security::kSecure) {
  Verdict verdict;
  verdict.kind = Kind::kMx;
  verdict.security = security;
  verdict.disposition = Disposition::kDeliver;
  verdict.hosts = std::move(hosts);
  return verdict;
}

// Of each step from one verdict to the next; the first one is "first".
std::vector<std::vector<std::string>> Steps(
    const std::vector<Verdict>& verdicts) {
  std::vector<std::vector<std::string>> steps;
  WatchedVerdict remembered = WatchedOf(verdicts.front());
  for (size_t i = 1; i < verdicts.size(); ++i) {
    const WatchedVerdict now = WatchedOf(verdicts[i]);
    std::vector<std::string> step;
    for (const VerdictChange& change : ChangesBetween(remembered, now)) {
      step.push_back(
          absl::StrCat(ToText(change.id), change.host.IsRoot() ? "" : " ",
                       change.host.IsRoot() ? "" : change.host.ToText()));
    }
    steps.push_back(std::move(step));
    remembered = Remember(remembered, now);
  }
  return steps;
}

TEST(VerdictChange, IsNoneBetweenEqualVerdicts) {
  EXPECT_THAT(Steps({Mx({Good()}), Mx({Good()})}), ElementsAre(IsEmpty()));
}

TEST(VerdictChange, KnowsNoOrderOfHostsAndRecords) {
  const HostVerdict two =
      Host(kMx, Duty::kAuthenticate, {Tlsa311(1), Tlsa311(2)});
  const HostVerdict turned =
      Host(kMx, Duty::kAuthenticate, {Tlsa311(2), Tlsa311(1)});
  EXPECT_THAT(
      Steps({Mx({two, Good("b.example")}), Mx({Good("b.example"), turned})}),
      ElementsAre(IsEmpty()));
}

// RFC 7672 2.2.1
TEST(VerdictChange, TellsThatSecureBecameInsecureAndBack) {
  EXPECT_THAT(Steps({Mx({Good()}), Mx({WithoutTlsa()}, Security::kInsecure),
                     Mx({Good()})}),
              ElementsAre(ElementsAre("became-insecure", "tlsa-gone mx.example",
                                      "duty-changed mx.example"),
                          ElementsAre("became-secure", "tlsa-added mx.example",
                                      "duty-changed mx.example")));
}

TEST(VerdictChange, TellsNewRecords) {
  EXPECT_THAT(
      Steps({Mx({Good()}),
             Mx({Host(kMx, Duty::kAuthenticate, {Tlsa311(), Tlsa311(2)})})}),
      ElementsAre(ElementsAre("tlsa-changed mx.example")));
}

TEST(VerdictChange, TellsHostsThatComeAndGo) {
  EXPECT_THAT(Steps({Mx({Good("a.example")}), Mx({Good("b.example")})}),
              ElementsAre(ElementsAre("host-removed a.example",
                                      "host-added b.example")));
}

TEST(VerdictChange, TellsADomainThatTakesNoMailAnyMore) {
  Verdict null_mx = Mx({});
  null_mx.kind = Kind::kNullMx;
  EXPECT_THAT(
      Steps({Mx({Good()}), null_mx}),
      ElementsAre(ElementsAre("kind-changed", "host-removed mx.example")));
}

// RFC 7672 2.1.2: a failure is no "insecure" and no "no TLSA".
TEST(VerdictChange, TellsAFailedLookupAsThatAlone) {
  EXPECT_THAT(Steps({Mx({Good()}), Verdict(), Verdict(), Mx({Good()})}),
              ElementsAre(ElementsAre("lookup-failed"), IsEmpty(),
                          ElementsAre("lookup-recovered")));
  EXPECT_THAT(
      Steps({Mx({Good()}), Mx({Failed()}), Mx({Failed()}), Mx({Good()})}),
      ElementsAre(ElementsAre("host-failed mx.example"), IsEmpty(),
                  ElementsAre("host-recovered mx.example")));
}

TEST(VerdictChange, TellsAfterAFailureWhatHasChangedSinceBefore) {
  EXPECT_THAT(Steps({Mx({Good()}), Verdict(),
                     Mx({WithoutTlsa()}, Security::kInsecure)}),
              ElementsAre(ElementsAre("lookup-failed"),
                          ElementsAre("lookup-recovered", "became-insecure",
                                      "tlsa-gone mx.example",
                                      "duty-changed mx.example")));
  EXPECT_THAT(
      Steps({Mx({Good()}), Mx({Failed()}), Verdict(), Mx({WithoutTlsa()})}),
      ElementsAre(
          ElementsAre("host-failed mx.example"), ElementsAre("lookup-failed"),
          ElementsAre("lookup-recovered", "host-recovered mx.example",
                      "tlsa-gone mx.example", "duty-changed mx.example")));
}

TEST(VerdictChange, ComparesNothingWithWhatWasNeverKnown) {
  EXPECT_THAT(Steps({Verdict(), Mx({Good()})}),
              ElementsAre(ElementsAre("lookup-recovered")));
  EXPECT_THAT(Steps({Mx({Failed(Cause::kAddressFailed)}), Mx({Good()})}),
              ElementsAre(ElementsAre("host-recovered mx.example")));
}

// A host that was not looked at has no records here, and may have some.
TEST(VerdictChange, TakesAHostThatWasNotEvaluatedForUnknown) {
  EXPECT_THAT(Steps({Mx({Good()}), Mx({Failed(Cause::kNotEvaluated)})}),
              ElementsAre(ElementsAre("host-failed mx.example")));
}

TEST(VerdictChange, TakesAHostWithoutAddressesForKnown) {
  EXPECT_THAT(Steps({Mx({Good()}), Mx({Failed(Cause::kNoAddress)})}),
              ElementsAre(ElementsAre("tlsa-gone mx.example",
                                      "duty-changed mx.example")));
}

}  // namespace
}  // namespace danebound
