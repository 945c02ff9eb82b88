#include "stub/check/outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "made_reports.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr int64_t kDay = 86400;

AddressEvidence AfterEhlo(Trouble trouble) {
  AddressEvidence evidence = Failed(trouble);
  evidence.smtp.starttls_offers = 1;
  return evidence;
}

TEST(Outcome, IsDeferredAndUnknownByDefault) {
  EXPECT_EQ(DomainReport().outcome, Outcome::kDeferred);
  EXPECT_EQ(DomainReport().health, Health::kUnknown);
  EXPECT_EQ(HostReport().outcome, Outcome::kDeferred);
  EXPECT_EQ(AddressReport().outcome, Outcome::kDeferred);
}

// RFC 7672 2.2: what each duty becomes
TEST(Outcome, FollowsFromDutyAndTls) {
  struct Case {
    Duty duty;
    TlsOutcome tls;
    Outcome outcome;
    Health health;
  };
  const std::vector<Case> cases = {
      {Duty::kAuthenticate, TlsOutcome::kAuthenticated, Outcome::kAuthenticated,
       Health::kGood},
      {Duty::kAuthenticate, TlsOutcome::kFailed, Outcome::kDeferred,
       Health::kBroken},
      {Duty::kAuthenticate, TlsOutcome::kEncrypted, Outcome::kEncrypted,
       Health::kWarning},  // OpenSSL refused every record
      {Duty::kEncrypt, TlsOutcome::kEncrypted, Outcome::kEncrypted,
       Health::kWarning},
      {Duty::kOpportunistic, TlsOutcome::kEncrypted, Outcome::kOpportunistic,
       Health::kWarning},
      {Duty::kOpportunistic, TlsOutcome::kFailed, Outcome::kOpportunistic,
       Health::kWarning}};
  for (const Case& each : cases) {
    const DomainReport report = ReportOn(each.duty, Reached(each.tls));
    EXPECT_EQ(report.outcome, each.outcome) << ToText(each.outcome);
    EXPECT_EQ(report.health, each.health) << ToText(each.outcome);
  }
}

// RFC 7672 2.2, 1.3.1: clear text never where TLSA promises TLS
TEST(Outcome, IsNeverClearTextUnderTlsa) {
  for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
    for (const Trouble trouble :
         {Trouble::kLocal, Trouble::kNoConnection, Trouble::kTimeout,
          Trouble::kClosed, Trouble::kNotSmtp, Trouble::kRefused,
          Trouble::kNoStartTls, Trouble::kStartTlsRefused, Trouble::kPlaintext,
          Trouble::kTls, Trouble::kNotProbed}) {
      EXPECT_EQ(ReportOn(duty, AfterEhlo(trouble)).outcome, Outcome::kDeferred)
          << ToText(trouble);
    }
  }
}

// RFC 7672 2.2: pre-DANE opportunistic TLS retries in clear text
TEST(Outcome, IsOpportunisticWithoutTlsaWhereClearTextWouldDo) {
  for (const Trouble trouble : {Trouble::kNoStartTls, Trouble::kStartTlsRefused,
                                Trouble::kTls, Trouble::kClosed}) {
    EXPECT_EQ(ReportOn(Duty::kOpportunistic, AfterEhlo(trouble)).outcome,
              Outcome::kOpportunistic)
        << ToText(trouble);
  }
  for (const Trouble trouble :
       {Trouble::kNoConnection, Trouble::kRefused, Trouble::kTimeout}) {
    EXPECT_EQ(ReportOn(Duty::kOpportunistic, Failed(trouble)).outcome,
              Outcome::kDeferred)
        << ToText(trouble);
  }
}

// RFC 7672 1.3.1, RFC 8460 4.3.1
TEST(Finding, CallsADowngradeByItsName) {
  for (const Duty duty : {Duty::kAuthenticate, Duty::kEncrypt}) {
    for (const Trouble trouble :
         {Trouble::kNoStartTls, Trouble::kStartTlsRefused}) {
      const DomainReport report = ReportOn(duty, AfterEhlo(trouble));
      ASSERT_THAT(IdsOf(report), ElementsAre("downgrade"));
      EXPECT_EQ(AllFindings(report)[0]->tlsrpt, "starttls-not-supported");
      EXPECT_EQ(report.health, Health::kBroken);
    }
  }
  EXPECT_THAT(
      IdsOf(ReportOn(Duty::kOpportunistic, AfterEhlo(Trouble::kNoStartTls))),
      AllOf(Contains("no-starttls"), Contains("no-dane")));
}

TEST(Finding, IsBrokenForInjectedClearTextWhateverTheDuty) {
  for (const Duty duty :
       {Duty::kAuthenticate, Duty::kEncrypt, Duty::kOpportunistic}) {
    const DomainReport report = ReportOn(duty, AfterEhlo(Trouble::kPlaintext));
    EXPECT_EQ(report.health, Health::kBroken);
    EXPECT_EQ(report.outcome, Outcome::kDeferred);
    EXPECT_THAT(IdsOf(report), Contains("plaintext-injected"));
  }
}

// RFC 8460 4.3.1
TEST(Finding, HasTheTlsrptResultOfTheMismatch) {
  AddressEvidence evidence = Reached(TlsOutcome::kFailed);
  evidence.tls.result.why = "no record matches";
  evidence.tls.result.tlsrpt = "validation-failure";
  const DomainReport report = ReportOn(Duty::kAuthenticate, evidence);
  ASSERT_THAT(IdsOf(report), ElementsAre("not-authenticated"));
  EXPECT_EQ(AllFindings(report)[0]->text, "no record matches");
  EXPECT_EQ(AllFindings(report)[0]->tlsrpt, "validation-failure");
}

TEST(Finding, SaysWhoseRecordsAreThatAFailingServerDoesNotMatch) {
  Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  JudgeOptions options = {kTestNow};
  options.known_records = {{verdict.hosts[0].tlsa[0].rdata, "the next one"}};
  const DomainEvidence failed = Seen({Reached(TlsOutcome::kFailed)});
  const DomainReport report = Judge(verdict, failed, options);
  ASSERT_THAT(IdsOf(report), ElementsAre("record-known", "not-authenticated"));
  EXPECT_EQ(AllFindings(report)[0]->text, "record 0 is of the next one");
  EXPECT_EQ(AllFindings(report)[0]->health, Health::kGood);
  const DomainEvidence good = Seen({Reached(TlsOutcome::kAuthenticated)});
  EXPECT_THAT(IdsOf(Judge(verdict, good, options)), IsEmpty());
}

// RFC 7672 2.2.1: never to be called secure delivery to the domain
TEST(Outcome, IsHostOnlyBehindAnInsecureMx) {
  Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  verdict.insecure_mx = true;
  verdict.reasons = {{ReasonId::kInsecureMx, "insecure", {}}};
  const DomainReport report =
      Judge(verdict, Seen({Reached(TlsOutcome::kAuthenticated)}), {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kAuthenticatedHostOnly);
  EXPECT_EQ(report.hosts[0].outcome, Outcome::kAuthenticatedHostOnly);
  EXPECT_EQ(report.health, Health::kWarning);
}

// RFC 7672 2.2.1: security does not preempt preference
TEST(Outcome, IsThatOfTheFirstHostThatTakesMail) {
  const Verdict verdict =
      Domain({Host("a.example.org", Duty::kAuthenticate, 10),
              Host("b.example.org", Duty::kOpportunistic, 20),
              Host("c.example.org", Duty::kAuthenticate, 30)});
  const AddressEvidence fine = Reached(TlsOutcome::kAuthenticated);
  const AddressEvidence plain = Reached(TlsOutcome::kEncrypted);
  EXPECT_EQ(Judge(verdict, Seen({fine, plain, fine}), {kTestNow}).outcome,
            Outcome::kAuthenticated);
  const DomainReport report = Judge(
      verdict, Seen({Failed(Trouble::kRefused), plain, fine}), {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kOpportunistic);
  EXPECT_EQ(report.health, Health::kBroken);
}

// RFC 7672 2.2.1: an MTA may choose any of equal preference
TEST(Outcome, IsTheWeakestOfEqualPreference) {
  const Verdict verdict = Domain({Host("a.example.org", Duty::kAuthenticate),
                                  Host("b.example.org", Duty::kOpportunistic)});
  EXPECT_EQ(Judge(verdict,
                  Seen({Reached(TlsOutcome::kAuthenticated),
                        Reached(TlsOutcome::kEncrypted)}),
                  {kTestNow})
                .outcome,
            Outcome::kOpportunistic);
}

TEST(Outcome, OfAHostIsThatOfItsBestAddress) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.addresses.push_back({AddressOf("2001:db8::1"), Security::kSecure});
  DomainEvidence evidence;
  evidence.hosts = {
      {{Failed(Trouble::kTimeout), Reached(TlsOutcome::kAuthenticated)}}};
  const DomainReport report = Judge(Domain({host}), evidence, {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kAuthenticated);
  EXPECT_EQ(report.hosts[0].addresses[0].outcome, Outcome::kDeferred);
}

// A host of two addresses, the second of which takes mail.
DomainReport ReportBeside(const AddressEvidence& bad, bool strict) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.addresses.push_back({AddressOf("2001:db8::1"), Security::kSecure});
  DomainEvidence evidence;
  evidence.hosts = {{{bad, Reached(TlsOutcome::kAuthenticated)}}};
  JudgeOptions options = {kTestNow};
  options.strict = strict;
  return Judge(Domain({host}), evidence, options);
}

// RFC 5321 5.1: a client tries each address of a host
TEST(Health, IsAWarningForABadAddressBesideAGoodOne) {
  for (const AddressEvidence& bad :
       {Failed(Trouble::kNoConnection), Failed(Trouble::kTimeout),
        Failed(Trouble::kRefused), Failed(Trouble::kNoStartTls),
        Reached(TlsOutcome::kFailed)}) {
    const DomainReport report = ReportBeside(bad, /*strict=*/false);
    EXPECT_EQ(report.health, Health::kWarning) << ToText(bad.trouble);
    EXPECT_THAT(IdsOf(report), Contains("mail-flows"));
    const DomainReport strict = ReportBeside(bad, /*strict=*/true);
    EXPECT_EQ(strict.health, bad.trouble == Trouble::kTimeout
                                 ? Health::kUnknown
                                 : Health::kBroken);
    EXPECT_THAT(IdsOf(strict), Not(Contains("mail-flows")));
  }
  const DomainReport report =
      ReportBeside(Failed(Trouble::kNoConnection), /*strict=*/false);
  EXPECT_EQ(report.hosts[0].findings.at(0).text,
            "mail flows, but no way was found through 192.0.2.1");
}

// RFC 5321 5.1: and the next host
TEST(Health, IsAWarningForABadHostBesideAGoodOne) {
  const Verdict verdict =
      Domain({Host("a.example.org", Duty::kAuthenticate, 10),
              Host("b.example.org", Duty::kAuthenticate, 20)});
  const DomainEvidence evidence =
      Seen({Reached(TlsOutcome::kFailed), Reached(TlsOutcome::kAuthenticated)});
  const DomainReport report = Judge(verdict, evidence, {kTestNow});
  EXPECT_EQ(report.health, Health::kWarning);
  EXPECT_EQ(report.findings.at(0).id, "mail-flows");
  EXPECT_EQ(report.findings[0].text,
            "mail flows, but no way was found through a.example.org");
  JudgeOptions strict = {kTestNow};
  strict.strict = true;
  EXPECT_EQ(Judge(verdict, evidence, strict).health, Health::kBroken);
}

TEST(Health, IsAWarningForASkippedHostBesideAGoodOne) {
  HostVerdict skipped = Host("a.example.org", Duty::kSkip);
  skipped.reasons = {{ReasonId::kTlsaBogus, "signature expired", {}}};
  const DomainReport report = Judge(
      Domain({skipped, Host("b.example.org", Duty::kAuthenticate, 20)}),
      Seen({Failed(Trouble::kNotProbed), Reached(TlsOutcome::kAuthenticated)}),
      {kTestNow});
  EXPECT_EQ(report.health, Health::kWarning);
  EXPECT_THAT(IdsOf(report), ElementsAre("mail-flows", "tlsa-failed"));
}

// RFC 7672 2.1.2, 6: it may have TLSA records, and who makes its lookups fail
// would have mail in clear text.
TEST(Health, IsBrokenWhereMailFlowsInClearTextAroundAHostOfFailedLookups) {
  const auto health_for = [](Cause cause) {
    HostVerdict skipped = Host("a.example.org", Duty::kSkip);
    skipped.cause = cause;
    skipped.reasons = {{ReasonId::kTlsaBogus, "signature expired", {}}};
    return Judge(Domain({skipped,
                         Host("b.example.org", Duty::kOpportunistic, 20)}),
                 Seen({Failed(Trouble::kNotProbed),
                       Reached(TlsOutcome::kEncrypted)}),
                 {kTestNow})
        .health;
  };
  for (const Cause cause :
       {Cause::kTlsaFailed, Cause::kAddressFailed, Cause::kDaneRequired}) {
    EXPECT_EQ(health_for(cause), Health::kBroken) << ToText(cause);
  }
  for (const Cause cause : {Cause::kNoAddress, Cause::kMxIsAddress}) {
    EXPECT_EQ(health_for(cause), Health::kWarning) << ToText(cause);
  }
}

// Who breaks the hosts that authenticate would have mail in clear text.
TEST(Health, IsBrokenWhereMailFlowsLessSafelyThanTheHostOwesIt) {
  const Verdict verdict =
      Domain({Host("a.example.org", Duty::kAuthenticate, 10),
              Host("b.example.org", Duty::kOpportunistic, 20)});
  EXPECT_EQ(Judge(verdict,
                  Seen({Reached(TlsOutcome::kFailed),
                        Reached(TlsOutcome::kEncrypted)}),
                  {kTestNow})
                .health,
            Health::kBroken);
}

// Whose patience ended is who asked.
TEST(Health, IsUnknownWhereThisClientsTimeoutCame) {
  for (const Duty duty : {Duty::kAuthenticate, Duty::kOpportunistic}) {
    EXPECT_EQ(ReportOn(duty, Failed(Trouble::kTimeout)).health,
              Health::kUnknown);
  }
  HostVerdict host = Host("mx.example.org", Duty::kSkip);
  Verdict verdict = Domain({host});
  verdict.disposition = Disposition::kDefer;
  const auto health_for = [&](const std::string& text) {
    verdict.hosts[0].reasons = {{ReasonId::kTlsaFailed, text, {}}};
    return Judge(verdict, Seen({Failed(Trouble::kNotProbed)}), {kTestNow})
        .health;
  };
  EXPECT_EQ(health_for("_25._tcp.mx.example.org TLSA: no answer within 5s"),
            Health::kUnknown);
  EXPECT_EQ(health_for("_25._tcp.mx.example.org TLSA: SERVFAIL"),
            Health::kBroken);
}

// RFC 7672 2.1.2: a fault that one lookup proved, another does not hide.
TEST(Health, IsBrokenWhereAnyLookupProvedAFault) {
  HostVerdict host = Host("mx.example.org", Duty::kSkip);
  host.cause = Cause::kAddressFailed;
  const Reason bogus = {
      ReasonId::kAddressBogus, "mx.example.org A: signature expired", {}};
  const Reason late = {
      ReasonId::kAddressFailed, "mx.example.org AAAA: no answer within 5s", {}};
  const auto report_on = [&host](const std::vector<Reason>& reasons) {
    host.reasons = reasons;
    Verdict verdict = Domain({host});
    verdict.disposition = Disposition::kDefer;
    return Judge(verdict, Seen({Failed(Trouble::kNotProbed)}), {kTestNow});
  };
  const DomainReport both = report_on({bogus, late});
  EXPECT_EQ(both.health, Health::kBroken);
  EXPECT_EQ(both.hosts[0].findings.at(0).text,
            "mx.example.org A: signature expired; mx.example.org AAAA: no "
            "answer within 5s");
  EXPECT_EQ(report_on({late, late}).health, Health::kUnknown);
}

TEST(Health, ForgivesAnAddressThatOnlyThisMachineCannotReach) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.addresses.push_back({AddressOf("2001:db8::1"), Security::kSecure});
  DomainEvidence evidence;
  evidence.hosts = {
      {{Reached(TlsOutcome::kAuthenticated), Failed(Trouble::kLocal)}}};
  EXPECT_EQ(Judge(Domain({host}), evidence, {kTestNow}).health, Health::kGood);
  evidence.hosts = {{{Failed(Trouble::kLocal), Failed(Trouble::kLocal)}}};
  EXPECT_EQ(Judge(Domain({host}), evidence, {kTestNow}).health,
            Health::kUnknown);
}

// RFC 7672 2.1.2
TEST(Outcome, OfASkippedHostIsDeferredAndSaysWhy) {
  HostVerdict host = Host("mx.example.org", Duty::kSkip);
  host.reasons = {{ReasonId::kTlsaBogus, "signature expired", {}}};
  Verdict verdict = Domain({host});
  verdict.disposition = Disposition::kDefer;
  const DomainReport report =
      Judge(verdict, Seen({Failed(Trouble::kNotProbed)}), {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kDeferred);
  EXPECT_EQ(report.health, Health::kBroken);
  ASSERT_THAT(IdsOf(report), ElementsAre("tlsa-failed"));
  EXPECT_EQ(AllFindings(report)[0]->text, "signature expired");
  EXPECT_EQ(AllFindings(report)[0]->tlsrpt, "dnssec-invalid");
}

TEST(Health, TellsABrokenDomainFromOneThatCouldNotBeLookedUp) {
  Verdict verdict = Domain({});
  verdict.kind = Kind::kFailed;
  verdict.disposition = Disposition::kDefer;
  verdict.reasons = {{ReasonId::kMxFailed, "no name server answers", {}}};
  EXPECT_EQ(Judge(verdict, {}, {kTestNow}).health, Health::kUnknown);
  verdict.reasons = {{ReasonId::kMxBogus, "signature expired", {}}};
  EXPECT_EQ(Judge(verdict, {}, {kTestNow}).health, Health::kBroken);
  verdict.reasons.clear();
  EXPECT_EQ(Judge(verdict, {}, {kTestNow}).health, Health::kUnknown);
}

// RFC 7505 3
TEST(Outcome, IsUndeliverableWhereTheVerdictSaysSo) {
  Verdict verdict = Domain({});
  verdict.kind = Kind::kNoSuchDomain;
  verdict.disposition = Disposition::kUndeliverable;
  const DomainReport report = Judge(verdict, {}, {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kUndeliverable);
  EXPECT_EQ(report.health, Health::kBroken);
}

// RFC 7505: it takes no mail, and says so
TEST(Health, IsGoodForANullMx) {
  Verdict verdict = Domain({});
  verdict.kind = Kind::kNullMx;
  verdict.disposition = Disposition::kUndeliverable;
  verdict.reasons = {{ReasonId::kInsecureMx, "insecure", {}},
                     {ReasonId::kNullMx, "null MX", {}}};
  const DomainReport report = Judge(verdict, {}, {kTestNow});
  EXPECT_EQ(report.outcome, Outcome::kUndeliverable);
  EXPECT_EQ(report.health, Health::kGood);
  EXPECT_THAT(IdsOf(report), ElementsAre("null-mx"));
  // RFC 7672 6: not on the word of an insecure answer
  verdict.disposition = Disposition::kDefer;
  verdict.reasons.push_back({ReasonId::kDaneRequired, "required", {}});
  EXPECT_EQ(Judge(verdict, {}, {kTestNow}).health, Health::kBroken);
}

// RFC 7672 3.1.1: the dates of a DANE-EE(3) certificate do not count; 3.1.2
TEST(Certificates, WarnBeforeTheirEndOnlyWhereDatesCount) {
  for (const uint8_t usage : {uint8_t{2}, uint8_t{3}}) {
    HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
    host.tlsa = {Record(usage, 1, 1)};
    AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
    evidence.tls.result.depth = usage == 2 ? 1 : 0;
    evidence.tls.verified_ends = {kTestNow + 5 * kDay, kTestNow + 90 * kDay,
                                  kTestNow - kDay};  // above the anchor
    const DomainReport report =
        Judge(Domain({host}), Seen({evidence}), {kTestNow, 14});
    if (usage == 2) {
      EXPECT_EQ(report.hosts[0].certificates_end, kTestNow + 5 * kDay);
      EXPECT_THAT(IdsOf(report), ElementsAre("certificate-ends"));
      EXPECT_EQ(Judge(Domain({host}), Seen({evidence}), {kTestNow, 5}).health,
                Health::kGood);
    } else {
      EXPECT_EQ(report.hosts[0].certificates_end, absl::nullopt);
      EXPECT_THAT(IdsOf(report), IsEmpty());
    }
  }
}

TEST(Signatures, WarnTwoDaysBeforeTheyEnd) {
  DomainEvidence evidence = Seen({Reached(TlsOutcome::kAuthenticated)});
  const Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  for (const int64_t days : {1, 2}) {
    evidence.hosts[0].signatures_end = kTestNow + days * kDay;
    const DomainReport report = Judge(verdict, evidence, {kTestNow, 14});
    EXPECT_EQ(report.hosts[0].signatures_end, kTestNow + days * kDay);
    if (days == 1) {
      EXPECT_THAT(IdsOf(report), ElementsAre("signature-ends"));
      EXPECT_EQ(report.health, Health::kWarning);
    } else {
      EXPECT_THAT(IdsOf(report), IsEmpty());
    }
  }
}

// They are renewed long before: --at is for certificates.
TEST(Signatures, AreJudgedAtTheTimeOfTheCheck) {
  DomainEvidence evidence = Seen({Reached(TlsOutcome::kAuthenticated)});
  const Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  evidence.hosts[0].signatures_end = kTestNow + 10 * kDay;
  JudgeOptions options = {kTestNow + 30 * kDay};
  options.checked = kTestNow;
  EXPECT_THAT(IdsOf(Judge(verdict, evidence, options)), IsEmpty());
}

TEST(Signatures, AreNeverBroken) {
  DomainEvidence evidence = Seen({Reached(TlsOutcome::kAuthenticated)});
  const Verdict verdict = Domain({Host("mx.example.org", Duty::kAuthenticate)});
  evidence.hosts[0].signatures_end = kTestNow - 3 * kDay;
  const DomainReport report = Judge(verdict, evidence, {kTestNow});
  EXPECT_EQ(report.health, Health::kWarning);
  ASSERT_THAT(IdsOf(report), ElementsAre("signature-ends"));
  EXPECT_EQ(AllFindings(report)[0]->text,
            "a signature of the TLSA records has ended");
}

TEST(KeyTypes, WarnWhereOnlyOneOfTwoCertificatesIsAuthenticated) {
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.other_key = TlsSeen();
  evidence.other_key->key_type = KeyType::kRsa;
  evidence.other_key->result.why = "no record matches";
  const DomainReport report = ReportOn(Duty::kAuthenticate, evidence);
  EXPECT_THAT(IdsOf(report), ElementsAre("other-key-not-authenticated"));
  EXPECT_EQ(report.health, Health::kWarning);
  EXPECT_EQ(report.outcome, Outcome::kAuthenticated);
  evidence.other_key->result.outcome = TlsOutcome::kAuthenticated;
  EXPECT_THAT(IdsOf(ReportOn(Duty::kAuthenticate, evidence)), IsEmpty());
}

// A handshake in which a certificate was shown that matches these records.
TlsSeen ShownTls(KeyType type, const std::vector<size_t>& records,
                 TlsOutcome outcome) {
  TlsSeen tls = Reached(outcome).tls;
  tls.key_type = type;
  CertificateSeen& leaf = tls.chain.emplace_back();
  leaf.records = records;
  if (!records.empty()) tls.vouching = {{3, 1, 1}};
  leaf.spki_sha256 = std::string(64, type == KeyType::kRsa ? 'a' : 'b');
  return tls;
}

AddressEvidence ShowsTwoKeys(const std::vector<size_t>& ecdsa,
                             const std::vector<size_t>& rsa) {
  const auto outcome_for = [](const std::vector<size_t>& records) {
    return records.empty() ? TlsOutcome::kFailed : TlsOutcome::kAuthenticated;
  };
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.tls = ShownTls(KeyType::kEcdsa, ecdsa, outcome_for(ecdsa));
  evidence.other_key = ShownTls(KeyType::kRsa, rsa, outcome_for(rsa));
  return evidence;
}

DomainReport ReportExpecting(const std::vector<TlsaParameters>& expected,
                             const AddressEvidence& evidence) {
  JudgeOptions options = {kTestNow};
  options.expected = expected;
  return Judge(Domain({Host("mx.example.org", Duty::kAuthenticate)}),
               Seen({evidence}), options);
}

// RFC 7671 8
TEST(Expected, MustBePublishedAndMatchEachKey) {
  EXPECT_THAT(IdsOf(ReportExpecting({{3, 1, 1}}, ShowsTwoKeys({0}, {0}))),
              IsEmpty());
  const DomainReport missing =
      ReportExpecting({{3, 1, 1}, {2, 1, 1}}, ShowsTwoKeys({0}, {0}));
  EXPECT_EQ(missing.health, Health::kBroken);
  ASSERT_THAT(IdsOf(missing), ElementsAre("expected-missing"));
  EXPECT_EQ(AllFindings(missing)[0]->text, "there is no usable record 2 1 1");
  const DomainReport half = ReportExpecting({{3, 1, 1}}, ShowsTwoKeys({0}, {}));
  EXPECT_EQ(half.health, Health::kBroken);
  ASSERT_THAT(IdsOf(half),
              ElementsAre("expected-missing", "other-key-not-authenticated"));
  EXPECT_EQ(AllFindings(half)[0]->text,
            "no record 3 1 1 vouches for the RSA certificate of 192.0.2.1");
}

// The probe tries each combination alone: that one matches is not enough.
TEST(Expected, MustVouchForTheServerByItself) {
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.tls = ShownTls(KeyType::kEcdsa, {0}, TlsOutcome::kAuthenticated);
  evidence.tls.vouching.clear();
  EXPECT_THAT(IdsOf(ReportExpecting({{3, 1, 1}}, evidence)),
              ElementsAre("expected-missing"));
}

// No way to a host says nothing of its records.
TEST(Expected, MustBePublishedAlsoWhereNoMailGoesThroughTheHost) {
  JudgeOptions options = {kTestNow};
  options.expected = {{3, 1, 1}};
  HostVerdict without = Host("b.example.org", Duty::kAuthenticate, 20);
  without.tlsa = {Record(2, 1, 1)};
  AddressEvidence fine = Reached(TlsOutcome::kAuthenticated);
  fine.tls = ShownTls(KeyType::kEcdsa, {0}, TlsOutcome::kAuthenticated);
  for (const Trouble trouble : {Trouble::kLocal, Trouble::kNoConnection}) {
    const DomainReport report =
        Judge(Domain({Host("a.example.org", Duty::kAuthenticate), without}),
              Seen({fine, Failed(trouble)}), options);
    EXPECT_THAT(IdsOf(report), Contains("expected-missing"));
    EXPECT_EQ(report.health, Health::kBroken) << ToText(trouble);
  }
}

// What could not be looked up may be missing, also where mail flows elsewhere.
TEST(Expected, IsUnknownOfAHostWhoseLookupsFailed) {
  JudgeOptions options = {kTestNow};
  options.expected = {{3, 1, 1}};
  AddressEvidence fine = Reached(TlsOutcome::kAuthenticated);
  fine.tls = ShownTls(KeyType::kEcdsa, {0}, TlsOutcome::kAuthenticated);
  const auto report_with = [&](Cause cause) {
    HostVerdict skipped = Host("b.example.org", Duty::kSkip, 20);
    skipped.cause = cause;
    return Judge(Domain({Host("a.example.org", Duty::kAuthenticate), skipped}),
                 Seen({fine, AddressEvidence()}), options);
  };
  for (const Cause cause :
       {Cause::kAddressFailed, Cause::kTlsaFailed, Cause::kNotEvaluated}) {
    const DomainReport report = report_with(cause);
    EXPECT_THAT(IdsOf(report), Contains("expected-unknown")) << ToText(cause);
    EXPECT_EQ(report.health, Health::kUnknown) << ToText(cause);
  }
  EXPECT_THAT(IdsOf(report_with(Cause::kDaneRequired)),
              Contains("expected-missing"));
  EXPECT_THAT(IdsOf(report_with(Cause::kNoAddress)),
              Not(Contains("expected-unknown")));
}

// RFC 8020 2
TEST(Finding, NamesTheServersThatDenyWhatStandsAboveTheRecords) {
  HostVerdict skipped = Host("mx.example.org", Duty::kSkip);
  skipped.cause = Cause::kTlsaFailed;
  skipped.reasons = {{ReasonId::kTlsaBogus, "bogus", {}}};
  DomainEvidence evidence = Seen({AddressEvidence()});
  evidence.hosts[0].deniers = "ns1 denies";
  const DomainReport report = Judge(Domain({skipped}), evidence, {kTestNow});
  EXPECT_EQ(AllFindings(report)[0]->text, "bogus; ns1 denies");
}

// RFC 6698 2.1.3
TEST(Finding, SaysWhyAllRecordsAreUnusable) {
  HostVerdict host = Host("mx.example.org", Duty::kEncrypt);
  host.tlsa = JudgeTlsa({std::string("\3\1\1", 3) + std::string(64, 'a')});
  host.reasons = {{ReasonId::kAllUnusable, "none is usable", {}}};
  AddressEvidence evidence = Reached(TlsOutcome::kEncrypted);
  const auto text_with = [&](const AddressEvidence& seen) {
    return AllFindings(Judge(Domain({host}), Seen({seen}), {kTestNow}))[0]
        ->text;
  };
  EXPECT_EQ(text_with(evidence),
            "none is usable: record 0 (3 1 1) is unusable "
            "(wrong-digest-length): it has the length of a SHA2-512 digest, "
            "under matching type 1");
  evidence.tls.why_unusable = "seen";
  EXPECT_EQ(text_with(evidence), "none is usable: seen");
}

TEST(RecordsNow, AreOfEachCertificateThatNoRecordVouchesFor) {
  const auto records_for = [](const HostVerdict& host,
                              const AddressEvidence& evidence) {
    return Judge(Domain({host}), Seen({evidence}), {kTestNow})
        .hosts[0]
        .records_now;
  };
  const HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  const std::string ecdsa = "3 1 1 " + std::string(64, 'b');
  const std::string rsa = "3 1 1 " + std::string(64, 'a');
  EXPECT_THAT(records_for(host, ShowsTwoKeys({0}, {0})), IsEmpty());
  EXPECT_THAT(records_for(host, ShowsTwoKeys({0}, {})), ElementsAre(rsa));
  EXPECT_THAT(records_for(host, ShowsTwoKeys({}, {})), ElementsAre(ecdsa, rsa));
  HostVerdict without = Host("mx.example.org", Duty::kOpportunistic);
  EXPECT_THAT(records_for(without, ShowsTwoKeys({}, {})),
              ElementsAre(ecdsa, rsa));
  without.security = Security::kInsecure;  // where none would count
  EXPECT_THAT(records_for(without, ShowsTwoKeys({}, {})), IsEmpty());
}

TEST(Certificates, AreBrokenBelowTheCriticalDays) {
  HostVerdict host = Host("mx.example.org", Duty::kAuthenticate);
  host.tlsa = {Record(2, 1, 1)};
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.tls.verified_ends = {kTestNow + 5 * kDay};
  JudgeOptions options = {kTestNow};
  options.critical_days = 5;
  EXPECT_EQ(Judge(Domain({host}), Seen({evidence}), options).health,
            Health::kWarning);
  options.critical_days = 6;
  EXPECT_EQ(Judge(Domain({host}), Seen({evidence}), options).health,
            Health::kBroken);
}

TEST(KeyTypes, AreNotBlamedForASecondConnectionThatFails) {
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.other_key_why = "banner: 421 too many connections";
  const DomainReport report = ReportOn(Duty::kAuthenticate, evidence);
  EXPECT_EQ(report.health, Health::kGood);
  ASSERT_THAT(IdsOf(report), ElementsAre("other-key-unknown"));
  EXPECT_THAT(AllFindings(report)[0]->text, HasSubstr("421"));
}

TEST(Health, ForgivesAHostThatOnlyThisMachineCannotReach) {
  const Verdict verdict =
      Domain({Host("a.example.org", Duty::kAuthenticate, 10),
              Host("b.example.org", Duty::kAuthenticate, 20)});
  EXPECT_EQ(Judge(verdict,
                  Seen({Failed(Trouble::kLocal),
                        Reached(TlsOutcome::kAuthenticated)}),
                  {kTestNow})
                .health,
            Health::kGood);
}

// RFC 7672 2.2.1: who breaks the other hosts has mail in clear text by this
// one, wherever it is seen from.
TEST(Health, KeepsWhatDnsProvesOfAHostThatOnlyThisMachineCannotReach) {
  const DomainReport report = Judge(
      Domain({Host("a.example.org", Duty::kAuthenticate, 10),
              Host("b.example.org", Duty::kOpportunistic, 20)}),
      Seen({Reached(TlsOutcome::kAuthenticated), Failed(Trouble::kLocal)}),
      {kTestNow});
  EXPECT_EQ(report.health, Health::kWarning);
  EXPECT_EQ(report.hosts[1].findings.at(0).id, "no-dane");
  EXPECT_EQ(report.hosts[1].findings[0].health, Health::kWarning);
  EXPECT_EQ(report.hosts[1].addresses[0].findings.at(0).health, Health::kGood);
  // A host without an address of the kind to connect to is one of those.
  DomainEvidence evidence = Seen({Reached(TlsOutcome::kAuthenticated)});
  evidence.hosts.emplace_back();
  HostVerdict other_family = Host("b.example.org", Duty::kAuthenticate, 20);
  other_family.addresses.clear();
  const auto health_for = [&](const HostVerdict& host) {
    return Judge(Domain({Host("a.example.org", Duty::kAuthenticate, 10), host}),
                 evidence, {kTestNow})
        .health;
  };
  EXPECT_EQ(health_for(other_family), Health::kGood);
  other_family.duty = Duty::kOpportunistic;
  EXPECT_EQ(health_for(other_family), Health::kWarning);
}

TEST(Finding, NamesTheRecordThatOpensslRefuses) {
  AddressEvidence evidence = Reached(TlsOutcome::kEncrypted);
  evidence.tls.setup.refused = {{0, "bad certificate"}};
  EXPECT_THAT(IdsOf(ReportOn(Duty::kAuthenticate, evidence)),
              ElementsAre("record-refused"));
}

TEST(Finding, WarnsOfStartTlsOfferedTwice) {
  AddressEvidence evidence = Reached(TlsOutcome::kAuthenticated);
  evidence.smtp.starttls_offers = 2;
  EXPECT_THAT(IdsOf(ReportOn(Duty::kAuthenticate, evidence)),
              ElementsAre("starttls-twice"));
}

TEST(Health, HasTheExitCodesOfMonitoring) {
  EXPECT_EQ(ExitCodeOf(Health::kGood), 0);
  EXPECT_EQ(ExitCodeOf(Health::kWarning), 1);
  EXPECT_EQ(ExitCodeOf(Health::kBroken), 2);
  EXPECT_EQ(ExitCodeOf(Health::kUnknown), 3);
}

}  // namespace
}  // namespace danebound
