#include "stub/dane/conclude.h"

#include <random>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Choices Insecure(InsecureMx choice) {
  Choices choices;
  choices.insecure_mx = choice;
  return choices;
}

Choices Require() {
  Choices choices;
  choices.require = true;
  return choices;
}

HostVerdict First(const Facts& facts, const Choices& choices = {}) {
  return Conclude(facts, choices).hosts.front();
}

TEST(Verdict, IsSafeByDefault) {
  EXPECT_EQ(HostVerdict().duty, Duty::kSkip);
  EXPECT_EQ(Verdict().disposition, Disposition::kDefer);
  EXPECT_EQ(Verdict().security, Security::kFailed);
}

// RFC 7672 2.2: the four actions.
TEST(Conclude, GivesEachStateItsDuty) {
  struct Row {
    HostState state;
    Duty duty;
    Cause cause;
    bool permanent;
  };
  const std::vector<Row> table = {
      {HostState::kTlsa, Duty::kAuthenticate, Cause::kNone, false},
      {HostState::kNoTlsa, Duty::kOpportunistic, Cause::kNone, false},
      {HostState::kTlsaFailed, Duty::kSkip, Cause::kTlsaFailed, false},
      {HostState::kAddressFailed, Duty::kSkip, Cause::kAddressFailed, false},
      {HostState::kNoAddress, Duty::kSkip, Cause::kNoAddress, true},
      {HostState::kMxIsAddress, Duty::kSkip, Cause::kMxIsAddress, true},
      {HostState::kNotEvaluated, Duty::kSkip, Cause::kNotEvaluated, false},
  };
  for (const Row& row : table) {
    const HostVerdict host = First(Mail({HostIn(row.state)}));
    EXPECT_EQ(host.duty, row.duty);
    EXPECT_EQ(host.cause, row.cause);
    EXPECT_EQ(host.permanent, row.permanent);
  }
}

// RFC 7672 2.2, second action
TEST(Conclude, EncryptsWhenNoTlsaRecordIsUsable) {
  HostFacts facts = HostIn(HostState::kTlsa);
  facts.tlsa = {Hex("00010101")};
  const HostVerdict host = First(Mail({facts}));
  EXPECT_EQ(host.duty, Duty::kEncrypt);
  EXPECT_EQ(host.sni, "mx.example");
  EXPECT_THAT(Ids(host.reasons), ElementsAre("all-unusable"));
}

// RFC 7672 8.1: SNI is the base domain; none where DANE adds nothing.
TEST(Conclude, SendsSniOnlyUnderTlsa) {
  EXPECT_EQ(First(Mail({HostIn(HostState::kTlsa)})).sni, "mx.example");
  EXPECT_EQ(First(Mail({HostIn(HostState::kNoTlsa)})).sni, "");
  EXPECT_EQ(First(Mail({HostIn(HostState::kTlsa)}, Security::kInsecure)).sni,
            "");
}

// RFC 7672 3.2.2
TEST(ReferenceNames, AreBaseNextHopAndExpansionWithASecureMx) {
  Facts facts = Mail({HostIn(HostState::kTlsa)});
  facts.expanded = N("real.example");
  EXPECT_THAT(First(facts).names,
              ElementsAre("mx.example", "example.com", "real.example"));
}

TEST(ReferenceNames, AreTheBaseDomainAloneWithAnInsecureMx) {
  EXPECT_THAT(First(Mail({HostIn(HostState::kTlsa)}, Security::kInsecure),
                    Insecure(InsecureMx::kAuthenticate))
                  .names,
              ElementsAre("mx.example"));
}

TEST(ReferenceNames, HoldTheOriginalNameWhenTheBaseIsItsExpansion) {
  HostFacts host = HostIn(HostState::kTlsa, "example.com");
  EXPECT_THAT(First(Mail({host}, Security::kSecure, Kind::kImplicitMx)).names,
              ElementsAre("example.com"));
  host.expanded = host.base_domain = N("real.example");
  EXPECT_THAT(First(Mail({host}, Security::kSecure, Kind::kHost)).names,
              ElementsAre("real.example", "example.com"));
}

TEST(ReferenceNames, AreListedOnce) {
  EXPECT_THAT(First(Mail({HostIn(HostState::kTlsa, "example.com")})).names,
              ElementsAre("example.com"));
}

// RFC 7672 2.2.1: the caller chooses what TLSA means behind an insecure MX.
TEST(InsecureMx, FollowsTheChoice) {
  const Facts facts = Mail({HostIn(HostState::kTlsa)}, Security::kInsecure);
  EXPECT_EQ(First(facts).duty, Duty::kOpportunistic);
  EXPECT_EQ(First(facts, Insecure(InsecureMx::kEncrypt)).duty, Duty::kEncrypt);
  EXPECT_EQ(First(facts, Insecure(InsecureMx::kAuthenticate)).duty,
            Duty::kAuthenticate);
  EXPECT_TRUE(Conclude(facts).insecure_mx);
}

TEST(InsecureMx, EncryptsWhenNoRecordIsUsableWhateverIsChosen) {
  HostFacts host = HostIn(HostState::kTlsa);
  host.tlsa = {Hex("03")};
  const Facts facts = Mail({host}, Security::kInsecure);
  EXPECT_EQ(First(facts, Insecure(InsecureMx::kAuthenticate)).duty,
            Duty::kEncrypt);
}

// RFC 7672 2.1.2 asks for TLSA of servers found securely; where DANE is not
// attempted its failure defers nothing.
TEST(InsecureMx, SkipsForATlsaFailureOnlyWhereTlsaWouldCount) {
  const Facts facts =
      Mail({HostIn(HostState::kTlsaFailed)}, Security::kInsecure);
  EXPECT_EQ(First(facts).duty, Duty::kOpportunistic);
  EXPECT_EQ(First(facts, Insecure(InsecureMx::kEncrypt)).duty, Duty::kSkip);
  EXPECT_EQ(First(facts, Insecure(InsecureMx::kAuthenticate)).duty,
            Duty::kSkip);
}

// RFC 7672 6
TEST(Require, SkipsEveryHostThatCannotAuthenticate) {
  HostFacts unusable = HostIn(HostState::kTlsa);
  unusable.tlsa = {Hex("03")};
  for (const Facts& facts :
       {Mail({HostIn(HostState::kNoTlsa)}), Mail({unusable}),
        Mail({HostIn(HostState::kTlsa)}, Security::kInsecure),
        Mail({HostIn(HostState::kNoAddress)}, Security::kInsecure)}) {
    const Verdict verdict = Conclude(facts, Require());
    EXPECT_EQ(verdict.hosts[0].duty, Duty::kSkip);
    EXPECT_EQ(verdict.hosts[0].cause, Cause::kDaneRequired);
    EXPECT_FALSE(verdict.hosts[0].permanent);
    EXPECT_EQ(verdict.disposition, Disposition::kDefer);
    EXPECT_EQ(verdict.dsn, "4.7.5");
  }
}

TEST(Require, LeavesAHostThatAuthenticates) {
  EXPECT_EQ(First(Mail({HostIn(HostState::kTlsa)}), Require()).duty,
            Duty::kAuthenticate);
}

TEST(Require, KeepsTheCauseOfAHostThatIsSkippedAnyway) {
  const Verdict verdict =
      Conclude(Mail({HostIn(HostState::kNoAddress)}), Require());
  EXPECT_EQ(verdict.hosts[0].cause, Cause::kNoAddress);
  EXPECT_EQ(verdict.disposition, Disposition::kUndeliverable);
}

TEST(Require, RefusesALiteral) {
  Facts facts =
      Mail({HostIn(HostState::kNoTlsa)}, Security::kInsecure, Kind::kAddress);
  EXPECT_EQ(First(facts, Require()).cause, Cause::kDaneRequired);
}

TEST(Require, DefersWhatAnInsecureAnswerSaysIsUndeliverable) {
  for (const Kind kind : {Kind::kNullMx, Kind::kNoSuchDomain}) {
    EXPECT_EQ(Conclude(Mail({}, Security::kInsecure, kind), Require()).dsn,
              "4.7.5");
    EXPECT_EQ(
        Conclude(Mail({}, Security::kSecure, kind), Require()).disposition,
        Disposition::kUndeliverable);
  }
}

// RFC 7672 2.2.1, 6: what is insecure may be forged.
TEST(Require, DefersWhereOnlyAnInsecureDenialSaysThatAHostHasNoAddress) {
  HostFacts host = HostIn(HostState::kNoAddress);
  for (const Security security : {Security::kInsecure, Security::kSecure}) {
    host.security = security;
    const Verdict verdict = Conclude(Mail({host}), Require());
    EXPECT_EQ(verdict.hosts[0].cause, Cause::kNoAddress);
    EXPECT_EQ(verdict.dsn, security == Security::kSecure ? "5.4.4" : "4.7.5");
  }
}

// RFC 7672 2.2.1, 6
TEST(Require, DefersALoopThatInsecureMxRecordsMake) {
  Choices choices = Require();
  choices.own_names = {N("mx.example")};
  const Verdict verdict =
      Conclude(Mail({HostIn(HostState::kTlsa)}, Security::kInsecure), choices);
  EXPECT_EQ(verdict.disposition, Disposition::kDefer);
  EXPECT_EQ(verdict.dsn, "4.7.5");
  EXPECT_THAT(Ids(verdict.reasons), ElementsAre("own-name", "dane-required"));
}

// A host that is not listed may be there.
TEST(Disposition, IsDeferWhereHostsAreNotListedAndTheOthersAreAbsent) {
  Facts facts = Mail({HostIn(HostState::kNoAddress)});
  facts.truncated = true;
  EXPECT_EQ(Conclude(facts).disposition, Disposition::kDefer);
  EXPECT_EQ(Conclude(facts).dsn, "4.4.3");
}

TEST(Disposition, FollowsFromKindAndHosts) {
  struct Row {
    Facts facts;
    Disposition disposition;
    const char* dsn;
  };
  const std::vector<Row> table = {
      {Mail({HostIn(HostState::kTlsaFailed), HostIn(HostState::kNoTlsa)}),
       Disposition::kDeliver, ""},
      {Mail({HostIn(HostState::kTlsaFailed), HostIn(HostState::kNoAddress)}),
       Disposition::kDefer, "4.4.3"},
      {Mail({HostIn(HostState::kMxIsAddress), HostIn(HostState::kNoAddress)}),
       Disposition::kUndeliverable, "5.4.4"},
      {Mail({}, Security::kFailed, Kind::kFailed), Disposition::kDefer,
       "4.4.3"},
      {Mail({}, Security::kSecure, Kind::kNullMx), Disposition::kUndeliverable,
       "5.1.10"},
      {Mail({}, Security::kInsecure, Kind::kNoSuchDomain),
       Disposition::kUndeliverable, "5.1.2"},
  };
  for (const Row& row : table) {
    const Verdict verdict = Conclude(row.facts);
    EXPECT_EQ(verdict.disposition, row.disposition) << row.dsn;
    EXPECT_EQ(verdict.dsn, row.dsn);
  }
}

// RFC 5321 5.1
TEST(OwnNames, CutHostsThatAreNoBetter) {
  Choices choices;
  choices.own_names = {N("b.example")};
  const Facts facts = Mail({HostIn(HostState::kNoTlsa, "a.example", 10),
                            HostIn(HostState::kNoTlsa, "b.example", 20),
                            HostIn(HostState::kNoTlsa, "c.example", 20),
                            HostIn(HostState::kNoTlsa, "d.example", 30)});
  const Verdict verdict = Conclude(facts, choices);
  ASSERT_EQ(verdict.hosts.size(), 1U);
  EXPECT_EQ(verdict.hosts[0].name, N("a.example"));
  EXPECT_THAT(Ids(verdict.reasons), ElementsAre("own-name"));
}

TEST(OwnNames, LeaveALoopUndeliverable) {
  Choices choices;
  choices.own_names = {N("mx.example")};
  const Verdict verdict = Conclude(Mail({HostIn(HostState::kTlsa)}), choices);
  EXPECT_THAT(verdict.hosts, IsEmpty());
  EXPECT_EQ(verdict.dsn, "5.4.6");
}

// RFC 5321 5.1: no MX records are as one that names the domain.
TEST(OwnNames, LeaveALoopUndeliverableWithoutMxRecords) {
  Choices choices;
  choices.own_names = {N("mx.example")};
  const Verdict verdict = Conclude(
      Mail({HostIn(HostState::kNoTlsa)}, Security::kSecure, Kind::kImplicitMx),
      choices);
  EXPECT_THAT(verdict.hosts, IsEmpty());
  EXPECT_EQ(verdict.dsn, "5.4.6");
}

// The administrator named the host: it is no loop by RFC 5321 5.1.
TEST(OwnNames, LeaveAHostThatTheAdministratorNamed) {
  Choices choices;
  choices.own_names = {N("mx.example")};
  EXPECT_EQ(Conclude(Mail({HostIn(HostState::kNoTlsa)}, Security::kSecure,
                          Kind::kHost),
                     choices)
                .hosts.size(),
            1U);
}

// RFC 8460 4.4
TEST(TlsrptPolicy, IsTheTlsaRrsetWhereItBinds) {
  const HostVerdict host = First(Mail({HostIn(HostState::kTlsa)}));
  EXPECT_EQ(host.policy_type, "tlsa");
  EXPECT_EQ(host.policy_domain, "mx.example");
  EXPECT_THAT(host.policy_strings,
              ElementsAre("3 1 1 " + std::string(64, '1')));
}

TEST(TlsrptPolicy, IsNotFoundWhereDaneAddsNothing) {
  const HostVerdict host = First(Mail({HostIn(HostState::kNoTlsa)}));
  EXPECT_EQ(host.policy_type, "no-policy-found");
  EXPECT_EQ(host.policy_domain, "example.com");
  EXPECT_THAT(host.policy_strings, IsEmpty());
}

TEST(Conclude, EndsAHostsLifeWithTheMxRecords) {
  Facts facts = Mail({HostIn(HostState::kTlsa)});
  facts.expires = kNow + 7;
  EXPECT_EQ(First(facts).expires, kNow + 7);
  EXPECT_EQ(Conclude(facts).expires, kNow + 7);
}

// When to ask again is for the failed lookup to say, and the TTL of the MX
// records may be 0.
TEST(Conclude, SaysWhenToAskAgainForAFailedHostWhateverTheMxRecordsLive) {
  for (const HostState state :
       {HostState::kAddressFailed, HostState::kTlsaFailed}) {
    HostFacts host = HostIn(state);
    host.expires = kNow + kFailureLife;
    Facts facts = Mail({host});
    facts.expires = kNow;
    EXPECT_EQ(First(facts).expires, kNow + kFailureLife);
  }
}

// A host that is used lives no longer than the records that name it.
TEST(Conclude, EndsTheLifeOfAFailedHostThatIsUsedWithTheMxRecords) {
  HostFacts host = HostIn(HostState::kTlsaFailed);
  host.expires = kNow + kFailureLife;
  Facts facts = Mail({host}, Security::kInsecure);
  facts.expires = kNow;
  EXPECT_EQ(First(facts).duty, Duty::kOpportunistic);
  EXPECT_EQ(First(facts).expires, kNow);
}

// RFC 7672 2.1.2: what rests on a failed lookup is a failed lookup.
TEST(Conclude, DefersWhenTheFactsContradictThemselves) {
  HostFacts failed = HostIn(HostState::kNoTlsa);
  failed.security = Security::kFailed;
  HostFacts absent = HostIn(HostState::kNoAddress);
  absent.security = Security::kBogus;
  for (const Security security : {Security::kFailed, Security::kBogus}) {
    for (const Facts& facts :
         {Mail({HostIn(HostState::kNoTlsa)}, security),
          Mail({HostIn(HostState::kNoTlsa)}, security, Kind::kImplicitMx),
          Mail({}, security, Kind::kNullMx),
          Mail({}, security, Kind::kNoSuchDomain), Mail({failed}),
          Mail({absent}), Mail({})}) {
      for (const Choices& choices : {Choices(), Require()}) {
        const Verdict verdict = Conclude(facts, choices);
        EXPECT_EQ(verdict.kind, Kind::kFailed);
        EXPECT_EQ(verdict.security, Security::kFailed);
        EXPECT_EQ(verdict.disposition, Disposition::kDefer);
        EXPECT_EQ(verdict.dsn, "4.4.3");
        EXPECT_THAT(verdict.hosts, IsEmpty());
        EXPECT_THAT(Ids(verdict.reasons), ElementsAre("mx-failed"));
      }
    }
  }
}

// RFC 5321 5.1: load is spread over hosts of equal preference.
TEST(Shuffle, ChangesOnlyTheOrderOfEqualPreferences) {
  std::mt19937 random(1);
  std::set<std::string> seconds;
  for (int i = 0; i < 50; ++i) {
    Verdict verdict =
        Conclude(Mail({HostIn(HostState::kTlsa, "a.example", 10),
                       HostIn(HostState::kTlsa, "b.example", 20),
                       HostIn(HostState::kTlsa, "c.example", 20),
                       HostIn(HostState::kTlsa, "d.example", 30)}));
    ShuffleEqualPreferences(verdict, random);
    EXPECT_EQ(verdict.hosts[0].name, N("a.example"));
    EXPECT_EQ(verdict.hosts[3].name, N("d.example"));
    seconds.insert(verdict.hosts[1].name.ToText());
  }
  EXPECT_THAT(seconds, ElementsAre("b.example", "c.example"));
}

}  // namespace
}  // namespace danebound
