#include "stub/serve/socketmap/tls_policy.h"

#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {

void PrintTo(TlsPolicy policy, std::ostream* os) { *os << ToText(policy); }

namespace {

HostFacts Host(HostState state) {
  HostFacts host = HostIn(state);
  if (state == HostState::kTlsaFailed) {
    host.reasons.push_back({ReasonId::kTlsaFailed, "SERVFAIL", {}});
  }
  return host;
}

HostFacts Unusable() {
  HostFacts host = Host(HostState::kTlsa);
  host.tlsa = {Hex("010101")};
  return host;
}

Facts InsecureMail(std::vector<HostFacts> hosts) {
  return Mail(std::move(hosts), Security::kInsecure);
}

TlsPolicy PolicyOf(const Facts& facts, Choices choices = {}) {
  return PolicyFor(Conclude(facts, choices), choices.insecure_mx);
}

TlsPolicy PolicyOf(const Facts& facts, InsecureMx choice) {
  Choices choices;
  choices.insecure_mx = choice;
  return PolicyOf(facts, choices);
}

TlsPolicy RequiredPolicyOf(const Facts& facts) {
  Choices choices;
  choices.require = true;
  return PolicyOf(facts, choices);
}

const HostState kAllStates[] = {
    HostState::kNotEvaluated,  HostState::kMxIsAddress,
    HostState::kAddressFailed, HostState::kNoAddress,
    HostState::kTlsaFailed,    HostState::kNoTlsa,
    HostState::kTlsa};

TEST(TlsPolicy, DefersByDefault) {
  EXPECT_EQ(PolicyFor(Verdict(), InsecureMx::kOpportunistic),
            TlsPolicy::kUnknown);
}

// RFC 7672 2.2
TEST(TlsPolicy, IsDaneOnlyWhenEveryHostAuthenticates) {
  const HostFacts tlsa = Host(HostState::kTlsa);
  EXPECT_EQ(PolicyOf(Mail({tlsa})), TlsPolicy::kDaneOnly);
  EXPECT_EQ(PolicyOf(Mail({tlsa, tlsa})), TlsPolicy::kDaneOnly);
  EXPECT_EQ(PolicyOf(Mail({tlsa}, Security::kSecure, Kind::kImplicitMx)),
            TlsPolicy::kDaneOnly);
  EXPECT_EQ(PolicyOf(Mail({tlsa}, Security::kSecure, Kind::kHost)),
            TlsPolicy::kDaneOnly);
}

// Skipped hosts are none that Postfix could use under it.
TEST(TlsPolicy, IsDaneOnlyWhenSomeHostsAuthenticateAndTheRestIsSkipped) {
  for (const HostState state :
       {HostState::kNotEvaluated, HostState::kMxIsAddress,
        HostState::kAddressFailed, HostState::kNoAddress,
        HostState::kTlsaFailed}) {
    EXPECT_EQ(PolicyOf(Mail({Host(HostState::kTlsa), Host(state)})),
              TlsPolicy::kDaneOnly)
        << static_cast<int>(state);
  }
  Facts facts = Mail({Host(HostState::kTlsa)});
  facts.truncated = true;
  EXPECT_EQ(PolicyOf(facts), TlsPolicy::kDaneOnly);
}

// What only looks like a certificate is unusable to the TLS library, and
// encryption is due: under dane-only such mail would wait.
TEST(TlsPolicy, IsDaneWhenAHostHasWholeCertificatesAlone) {
  HostFacts shell = Host(HostState::kTlsa);
  shell.tlsa = {
      Hex("03000030073000"
          "3000030100")};
  EXPECT_EQ(PolicyOf(Mail({shell})), TlsPolicy::kDane);
  EXPECT_EQ(RequiredPolicyOf(Mail({shell})), TlsPolicy::kDaneOnly);
  shell.tlsa.push_back(Host(HostState::kTlsa).tlsa.at(0));
  EXPECT_EQ(PolicyOf(Mail({shell})), TlsPolicy::kDaneOnly);
}

// RFC 7672 2.2: no usable record, hence TLS without authentication
TEST(TlsPolicy, IsEncryptWhenThatIsWhatEveryHostIsOwed) {
  EXPECT_EQ(PolicyOf(Mail({Unusable()})), TlsPolicy::kEncrypt);
  EXPECT_EQ(PolicyOf(Mail({Unusable(), Unusable()})), TlsPolicy::kEncrypt);
  Facts facts = Mail({Unusable()});
  facts.truncated = true;
  EXPECT_EQ(PolicyOf(facts), TlsPolicy::kDane);
}

TEST(TlsPolicy, IsDaneWhenHostsDiffer) {
  const HostFacts tlsa = Host(HostState::kTlsa);
  const HostFacts none = Host(HostState::kNoTlsa);
  EXPECT_EQ(PolicyOf(Mail({tlsa, none})), TlsPolicy::kDane);
  EXPECT_EQ(PolicyOf(Mail({tlsa, Unusable()})), TlsPolicy::kDane);
  EXPECT_EQ(PolicyOf(Mail({Unusable(), none})), TlsPolicy::kDane);
  EXPECT_EQ(PolicyOf(Mail({Unusable(), Host(HostState::kTlsaFailed)})),
            TlsPolicy::kDane);
  EXPECT_EQ(PolicyOf(Mail({none, Host(HostState::kTlsaFailed)})),
            TlsPolicy::kDane);
}

// RFC 7672 2.1.2: a failure is never "no DANE", and Postfix, by a way of its
// own, might find nothing.
TEST(TlsPolicy, IsUnknownWhenNoHostMayBeUsedNow) {
  for (const HostState state :
       {HostState::kTlsaFailed, HostState::kAddressFailed,
        HostState::kNotEvaluated}) {
    EXPECT_EQ(PolicyOf(Mail({Host(state)})), TlsPolicy::kUnknown);
    EXPECT_EQ(PolicyOf(Mail({Host(HostState::kNoAddress), Host(state)})),
              TlsPolicy::kUnknown);
  }
}

TEST(TlsPolicy, IsNoneWhereDaneSaysNothing) {
  EXPECT_EQ(PolicyOf(Mail({Host(HostState::kNoTlsa)})), TlsPolicy::kNone);
  EXPECT_EQ(PolicyOf(InsecureMail({Host(HostState::kNoTlsa)})),
            TlsPolicy::kNone);
  EXPECT_EQ(PolicyOf(Mail({Host(HostState::kNoAddress)})), TlsPolicy::kNone);
  EXPECT_EQ(PolicyOf(Mail({Host(HostState::kMxIsAddress)})), TlsPolicy::kNone);
  EXPECT_EQ(PolicyOf(Mail({}, Security::kSecure, Kind::kNullMx)),
            TlsPolicy::kNone);
  EXPECT_EQ(PolicyOf(Mail({}, Security::kInsecure, Kind::kNoSuchDomain)),
            TlsPolicy::kNone);
}

// RFC 7672 2.2.1
TEST(TlsPolicy, FollowsTheChoiceBehindAnInsecureMx) {
  for (const HostFacts& host : {Host(HostState::kTlsa), Unusable()}) {
    const Facts facts = InsecureMail({host});
    EXPECT_EQ(PolicyOf(facts, InsecureMx::kOpportunistic), TlsPolicy::kNone);
    EXPECT_EQ(PolicyOf(facts, InsecureMx::kEncrypt), TlsPolicy::kEncrypt);
    EXPECT_EQ(PolicyOf(facts, InsecureMx::kAuthenticate), TlsPolicy::kDane);
  }
}

// `encrypt` would have the MTA use the host that the verdict skips.
TEST(TlsPolicy, DoesNotEncryptWhereTlsaFailedBehindAnInsecureMx) {
  const HostFacts failed = Host(HostState::kTlsaFailed);
  const Facts alone = InsecureMail({failed});
  const Facts beside = InsecureMail({Host(HostState::kTlsa), failed});
  EXPECT_EQ(PolicyOf(alone, InsecureMx::kOpportunistic), TlsPolicy::kNone);
  for (const InsecureMx choice :
       {InsecureMx::kEncrypt, InsecureMx::kAuthenticate}) {
    EXPECT_EQ(PolicyOf(alone, choice), TlsPolicy::kUnknown);
    EXPECT_EQ(PolicyOf(beside, choice), TlsPolicy::kDane);
  }
}

TEST(TlsPolicy, DemandsNoTlsOfAnInsecureDomainWithoutTlsa) {
  for (const InsecureMx choice :
       {InsecureMx::kEncrypt, InsecureMx::kAuthenticate}) {
    EXPECT_EQ(PolicyOf(InsecureMail({Host(HostState::kNoTlsa)}), choice),
              TlsPolicy::kNone);
  }
}

// RFC 7672 6. Under dane-only Postfix uses no host of an insecure MX, and
// would say so of each.
TEST(TlsPolicy, IsDaneOnlyOrUnknownWhereDaneIsRequired) {
  for (const HostState state : kAllStates) {
    const bool returns =
        state == HostState::kMxIsAddress || state == HostState::kNoAddress;
    EXPECT_EQ(RequiredPolicyOf(Mail({Host(state)})),
              state == HostState::kTlsa || returns ? TlsPolicy::kDaneOnly
                                                   : TlsPolicy::kUnknown)
        << static_cast<int>(state);
    EXPECT_EQ(RequiredPolicyOf(InsecureMail({Host(state)})),
              TlsPolicy::kUnknown);
  }
  EXPECT_EQ(RequiredPolicyOf(Mail({}, Security::kFailed, Kind::kFailed)),
            TlsPolicy::kUnknown);
  EXPECT_EQ(RequiredPolicyOf(Mail({}, Security::kSecure, Kind::kNullMx)),
            TlsPolicy::kDaneOnly);
}

// RFC 7672 2.1.2
TEST(TlsPolicy, IsUnknownWhenTheMxLookupFailed) {
  Facts facts = Mail({}, Security::kBogus, Kind::kFailed);
  facts.reasons.push_back({ReasonId::kMxBogus, "signature expired", 7});
  const Verdict verdict = Conclude(facts);
  const TlsPolicy policy = PolicyFor(verdict, InsecureMx::kOpportunistic);
  EXPECT_EQ(policy, TlsPolicy::kUnknown);
  EXPECT_EQ(EncodeSocketmapReply(ReplyFor(policy, verdict)),
            "32:TEMP mx-bogus: signature expired,");
}

TEST(TlsPolicy, NamesTheHostThatDefers) {
  const Verdict verdict = Conclude(
      Mail({Host(HostState::kNoAddress), Host(HostState::kTlsaFailed)}));
  EXPECT_EQ(
      EncodeSocketmapReply(ReplyFor(TlsPolicy::kUnknown, verdict)),
      EncodeSocketmapReply(
          {SocketmapStatus::kTemp,
           "tlsa-failed: " + verdict.hosts[1].name.ToText() + ": SERVFAIL"}));
}

TEST(TlsPolicy, IsOneWordOfPostfix) {
  const Verdict verdict;
  EXPECT_EQ(EncodeSocketmapReply(ReplyFor(TlsPolicy::kDaneOnly, verdict)),
            "12:OK dane-only,");
  EXPECT_EQ(EncodeSocketmapReply(ReplyFor(TlsPolicy::kDane, verdict)),
            "7:OK dane,");
  EXPECT_EQ(EncodeSocketmapReply(ReplyFor(TlsPolicy::kEncrypt, verdict)),
            "10:OK encrypt,");
  EXPECT_EQ(EncodeSocketmapReply(ReplyFor(TlsPolicy::kNone, verdict)),
            "9:NOTFOUND ,");
  EXPECT_EQ(ReplyFor(TlsPolicy::kUnknown, verdict).status,
            SocketmapStatus::kTemp);
}

}  // namespace
}  // namespace danebound
