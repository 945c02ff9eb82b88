#include "stub/dane/facts.h"

#include <vector>

#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

HostFacts Host(HostState state, int64_t expires) {
  HostFacts host;
  host.state = state;
  host.expires = expires;
  return host;
}

TEST(Facts, AreSafeByDefault) {
  EXPECT_EQ(Facts().kind, Kind::kFailed);
  EXPECT_EQ(Facts().security, Security::kFailed);
  EXPECT_EQ(HostFacts().state, HostState::kNotEvaluated);
  EXPECT_EQ(Answer().security, Security::kFailed);
}

TEST(Facts, LiveAsLongAsTheShortestPart) {
  Facts facts;
  facts.expires = 100;
  facts.hosts = {Host(HostState::kTlsa, 90), Host(HostState::kNoTlsa, 80)};
  EXPECT_EQ(ExpiryOf(facts), 80);
  facts.expires = 70;
  EXPECT_EQ(ExpiryOf(facts), 70);
}

TEST(Facts, AreNotShortenedByAFailedHostUnlessAllFailed) {
  Facts facts;
  facts.expires = 100;
  facts.hosts = {Host(HostState::kTlsa, 90), Host(HostState::kTlsaFailed, 5)};
  EXPECT_EQ(ExpiryOf(facts), 90);
  facts.hosts = {Host(HostState::kAddressFailed, 7),
                 Host(HostState::kTlsaFailed, 5)};
  EXPECT_EQ(ExpiryOf(facts), 5);
}

Facts FactsOf(Kind kind, Security security, std::vector<HostFacts> hosts) {
  Facts facts;
  facts.next_hop = Hop(kind == Kind::kHost      ? "[example.com]"
                       : kind == Kind::kAddress ? "[192.0.2.1]"
                                                : "example.com");
  facts.kind = kind;
  facts.security = security;
  facts.hosts = std::move(hosts);
  return facts;
}

bool IsSound(const Facts& facts) { return ContradictionIn(facts).empty(); }

// RFC 7672 2.1.2: records and denials come of answers, never of failures.
TEST(Contradiction, IsAKindThatTheSecurityDoesNotAllow) {
  struct Row {
    Kind kind;
    bool failed;
    bool bogus;
    bool insecure;
    bool secure;
    std::vector<HostFacts> hosts;
  };
  const HostFacts host = HostIn(HostState::kNoTlsa);
  const std::vector<Row> table = {
      {Kind::kFailed, true, true, false, false, {}},
      {Kind::kMx, false, false, true, true, {host}},
      {Kind::kImplicitMx, false, false, true, true, {host}},
      {Kind::kNullMx, false, false, true, true, {}},
      {Kind::kNoSuchDomain, false, false, true, true, {}},
      {Kind::kHost, false, false, false, true, {host}},
      {Kind::kAddress, false, false, true, false, {host}},
  };
  for (const Row& row : table) {
    SCOPED_TRACE(ToText(row.kind));
    EXPECT_EQ(IsSound(FactsOf(row.kind, Security::kFailed, row.hosts)),
              row.failed);
    EXPECT_EQ(IsSound(FactsOf(row.kind, Security::kBogus, row.hosts)),
              row.bogus);
    EXPECT_EQ(IsSound(FactsOf(row.kind, Security::kInsecure, row.hosts)),
              row.insecure);
    EXPECT_EQ(IsSound(FactsOf(row.kind, Security::kSecure, row.hosts)),
              row.secure);
  }
}

TEST(Contradiction, IsAKindWithHostsOrWithoutThem) {
  const HostFacts host = HostIn(HostState::kNoTlsa);
  EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {})));
  EXPECT_FALSE(IsSound(FactsOf(Kind::kHost, Security::kSecure, {})));
  EXPECT_FALSE(IsSound(FactsOf(Kind::kNullMx, Security::kSecure, {host})));
  EXPECT_FALSE(IsSound(FactsOf(Kind::kFailed, Security::kFailed, {host})));
}

// The MX lookup of a domain can't be left out by calling it a host.
TEST(Contradiction, IsAKindOfAnotherFormOfNextHop) {
  Facts facts =
      FactsOf(Kind::kHost, Security::kSecure, {HostIn(HostState::kNoTlsa)});
  EXPECT_TRUE(IsSound(facts));
  facts.next_hop = Hop("example.com");
  EXPECT_FALSE(IsSound(facts));
  facts.kind = Kind::kMx;
  EXPECT_TRUE(IsSound(facts));
  facts.next_hop = Hop("[example.com]");
  EXPECT_FALSE(IsSound(facts));
}

// RFC 7672 2.1.2, 2.2.2: only a failure is a failed lookup, only an answer a
// denial, and no address is left where there is none.
TEST(Contradiction, IsAHostWhoseStateItsSecurityOrAddressesDoNotAllow) {
  for (int number = 0; number <= static_cast<int>(HostState::kTlsa); ++number) {
    const auto state = static_cast<HostState>(number);
    SCOPED_TRACE(number);
    const bool fails = state <= HostState::kAddressFailed;
    for (const Security security : {Security::kFailed, Security::kBogus,
                                    Security::kInsecure, Security::kSecure}) {
      HostFacts host = HostIn(state);
      host.security = security;
      EXPECT_EQ(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})),
                fails == IsFailure(security));
    }
    HostFacts host = HostIn(state);
    host.addresses = HostIn(host.addresses.empty() ? HostState::kNoTlsa
                                                   : HostState::kNoAddress)
                         .addresses;
    EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  }
}

TEST(Contradiction, IsAnAddressOfAFailedLookup) {
  HostFacts host = HostIn(HostState::kNoTlsa);
  host.addresses.push_back(host.addresses[0]);
  EXPECT_TRUE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  for (const Security security : {Security::kFailed, Security::kBogus}) {
    host.addresses[1].security = security;
    EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  }
}

// RFC 7672 2.2.3: the base domain is the host's name or what it expands to.
TEST(Contradiction, IsATlsaRrsetWithoutRecordsOrOfAnotherName) {
  HostFacts host = HostIn(HostState::kTlsa);
  host.expanded = N("real.example");
  EXPECT_TRUE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  host.base_domain = host.expanded;
  EXPECT_TRUE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  host.base_domain = N("other.example");
  EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  host = HostIn(HostState::kTlsa);
  host.tlsa.clear();
  EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
  host = HostIn(HostState::kNoTlsa);
  host.tlsa = {Tlsa311()};
  EXPECT_FALSE(IsSound(FactsOf(Kind::kMx, Security::kSecure, {host})));
}

}  // namespace
}  // namespace danebound
