// What C's getters say of a verdict, of NULL, and of what is not there.
#include "stub/c/verdict.h"

#include <cstdint>
#include <functional>
#include <future>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/dane/conclude.h"
#include "stub/dane/facts.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"

namespace danebound {
namespace {

using testing::StrEq;

constexpr size_t kBeyond = std::numeric_limits<size_t>::max();

Name NameOf(absl::string_view text) { return Name::ParseText(text).value(); }

HostFacts SecureHost() {
  HostFacts host;
  host.name = host.base_domain = NameOf("mx.example.org");
  host.expanded = NameOf("host.example.net");
  host.preference = 10;
  host.state = HostState::kTlsa;
  host.security = Security::kSecure;
  host.addresses = {
      {Address::ParseText("192.0.2.1").value(), Security::kSecure},
      {Address::ParseText("2001:db8::1").value(), Security::kInsecure}};
  host.tlsa = {std::string("\x03\x01\x02") + std::string(64, 'y'),
               std::string("\x03\x01\x01") + std::string(32, 'x'),
               std::string("\x00\x01\x01", 3) + std::string(32, 'x'), "\x03"};
  host.expires = 1234;
  host.reasons = {{ReasonId::kTlsaBogus, "signature expired", 7}};
  return host;
}

HostFacts FailedHost() {
  HostFacts host;
  host.name = host.expanded = NameOf("failed.example.org");
  host.preference = 20;
  host.state = HostState::kTlsaFailed;
  host.security = Security::kSecure;
  host.addresses = {
      {Address::ParseText("192.0.2.2").value(), Security::kSecure}};
  return host;
}

// Lives are those of facts of second 0.
CVerdictPtr VerdictOf(const Facts& facts, const Choices& choices = {}) {
  std::mt19937 random;
  return CVerdictPtr(
      c::NewVerdict(FoundFacts::Encode(facts, 0).value(), choices, random));
}

Facts ExampleFacts() {
  Facts facts;
  facts.next_hop.name = facts.expanded = NameOf("example.org");
  facts.next_hop.port = 26;
  facts.kind = Kind::kMx;
  facts.security = Security::kSecure;
  facts.expires = 5678;
  facts.truncated = true;
  facts.reasons = {{ReasonId::kHostsNotEvaluated, "too many", {}}};
  facts.hosts = {SecureHost(), FailedHost()};
  return facts;
}

CVerdictPtr ExampleVerdict() { return VerdictOf(ExampleFacts()); }

TEST(CVerdict, SaysWhatTheVerdictSays) {
  const CVerdictPtr verdict = ExampleVerdict();
  EXPECT_EQ(danebound_verdict_disposition(verdict.get()),
            DANEBOUND_DISPOSITION_DELIVER);
  EXPECT_THAT(danebound_verdict_dsn(verdict.get()), StrEq(""));
  EXPECT_THAT(danebound_verdict_next_hop(verdict.get()), StrEq("example.org"));
  EXPECT_EQ(danebound_verdict_port(verdict.get()), 26);
  EXPECT_EQ(danebound_verdict_kind(verdict.get()), DANEBOUND_KIND_MX);
  EXPECT_EQ(danebound_verdict_security(verdict.get()),
            DANEBOUND_SECURITY_SECURE);
  EXPECT_THAT(danebound_verdict_expanded(verdict.get()), StrEq("example.org"));
  EXPECT_EQ(danebound_verdict_insecure_mx(verdict.get()), 0);
  EXPECT_EQ(danebound_verdict_require(verdict.get()), 0);
  EXPECT_EQ(danebound_verdict_truncated(verdict.get()), 1);
  EXPECT_EQ(danebound_verdict_expires(verdict.get()), 1234);
  EXPECT_EQ(danebound_verdict_reason_count(verdict.get()), 1U);
  EXPECT_EQ(danebound_verdict_host_count(verdict.get()), 2U);
}

TEST(CVerdict, SaysWhatIsKnownOfAHost) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  EXPECT_EQ(danebound_host_duty(host), DANEBOUND_DUTY_AUTHENTICATE);
  EXPECT_EQ(danebound_host_cause(host), DANEBOUND_CAUSE_NONE);
  EXPECT_THAT(danebound_host_name(host), StrEq("mx.example.org"));
  EXPECT_THAT(danebound_host_expanded(host), StrEq("host.example.net"));
  EXPECT_EQ(danebound_host_preference(host), 10);
  EXPECT_EQ(danebound_host_port(host), 26);
  EXPECT_EQ(danebound_host_security(host), DANEBOUND_SECURITY_SECURE);
  EXPECT_THAT(danebound_host_base_domain(host), StrEq("mx.example.org"));
  EXPECT_THAT(danebound_host_tlsa_name(host), StrEq("_26._tcp.mx.example.org"));
  EXPECT_THAT(danebound_host_sni(host), StrEq("mx.example.org"));
  ASSERT_EQ(danebound_host_reference_name_count(host), 2U);
  EXPECT_THAT(danebound_host_reference_name(host, 1), StrEq("example.org"));
  EXPECT_EQ(std::string(danebound_host_tls_key(host)).size(), 64U);
  EXPECT_THAT(danebound_host_policy_type(host), StrEq("tlsa"));
  EXPECT_THAT(danebound_host_policy_domain(host), StrEq("mx.example.org"));
  EXPECT_EQ(danebound_host_policy_string_count(host), 4U);
  EXPECT_EQ(danebound_host_expires(host), 1234);
}

TEST(CVerdict, SaysWhyAHostIsSkipped) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 1);
  EXPECT_EQ(danebound_host_duty(host), DANEBOUND_DUTY_SKIP);
  EXPECT_EQ(danebound_host_cause(host), DANEBOUND_CAUSE_TLSA_FAILED);
  EXPECT_EQ(danebound_host_permanent(host), 0);
  EXPECT_THAT(danebound_host_base_domain(host), StrEq(""));
  EXPECT_THAT(danebound_host_tlsa_name(host), StrEq(""));
}

TEST(CVerdict, HandsOutAddressesAsTextAndOctets) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  ASSERT_EQ(danebound_host_address_count(host), 2U);
  EXPECT_THAT(danebound_host_address(host, 0), StrEq("192.0.2.1"));
  EXPECT_THAT(danebound_host_address(host, 1), StrEq("2001:db8::1"));
  EXPECT_EQ(danebound_host_address_security(host, 0),
            DANEBOUND_SECURITY_SECURE);
  EXPECT_EQ(danebound_host_address_security(host, 1),
            DANEBOUND_SECURITY_INSECURE);
  size_t length = 0;
  const uint8_t* octets = danebound_host_address_octets(host, 1, &length);
  ASSERT_EQ(length, 16U);
  EXPECT_EQ(octets[0], 0x20);
  EXPECT_EQ(octets[15], 0x01);
}

TEST(CVerdict, SaysWhatEachRecordIsGoodFor) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  ASSERT_EQ(danebound_host_tlsa_count(host), 4U);
  const danebound_tlsa* strong = danebound_host_tlsa(host, 0);
  EXPECT_EQ(danebound_tlsa_usage(strong), 3);
  EXPECT_EQ(danebound_tlsa_selector(strong), 1);
  EXPECT_EQ(danebound_tlsa_matching(strong), 2);
  EXPECT_EQ(danebound_tlsa_counts(strong), 1);
  EXPECT_THAT(danebound_tlsa_text(strong), testing::StartsWith("3 1 2 7979"));
  const danebound_tlsa* weak = danebound_host_tlsa(host, 1);
  EXPECT_EQ(danebound_tlsa_usable(weak), 1);
  EXPECT_EQ(danebound_tlsa_superseded(weak), 1);
  EXPECT_EQ(danebound_tlsa_counts(weak), 0);
  const danebound_tlsa* pkix = danebound_host_tlsa(host, 2);
  EXPECT_EQ(danebound_tlsa_usable(pkix), 0);
  EXPECT_EQ(danebound_tlsa_why_not(pkix), DANEBOUND_WHY_NOT_PKIX_USAGE);
}

TEST(CVerdict, HandsOutRecordsOfAnyLength) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  size_t length = 0;
  const uint8_t* data =
      danebound_tlsa_data(danebound_host_tlsa(host, 1), &length);
  EXPECT_EQ(std::string(data, data + length), std::string(32, 'x'));
  EXPECT_NE(danebound_tlsa_data(danebound_host_tlsa(host, 1), nullptr),
            nullptr);
  const danebound_tlsa* cut = danebound_host_tlsa(host, 3);
  EXPECT_EQ(danebound_tlsa_why_not(cut), DANEBOUND_WHY_NOT_TOO_SHORT);
  danebound_tlsa_data(cut, &length);
  EXPECT_EQ(length, 0U);
  danebound_tlsa_rdata(cut, &length);
  EXPECT_EQ(length, 1U);
}

TEST(CVerdict, GivesReasonsWithTheirCodes) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  ASSERT_GE(danebound_host_reason_count(host), 1U);
  const danebound_reason* bogus = danebound_host_reason(host, 0);
  EXPECT_EQ(danebound_reason_identifier(bogus), DANEBOUND_REASON_TLSA_BOGUS);
  EXPECT_THAT(danebound_reason_text(bogus), StrEq("signature expired"));
  EXPECT_EQ(danebound_reason_ede(bogus), 7);
  EXPECT_THAT(danebound_reason_tlsrpt(bogus), StrEq("dnssec-invalid"));
  const danebound_reason* many = danebound_verdict_reason(verdict.get(), 0);
  EXPECT_EQ(danebound_reason_ede(many), -1);
  EXPECT_THAT(danebound_reason_tlsrpt(many), StrEq(""));
}

// What a name server writes into an extended error reaches the log as one line.
TEST(CVerdict, MakesLinesOfUtf8OfReasons) {
  Facts facts = ExampleFacts();
  facts.reasons = {{ReasonId::kMxFailed, "bad\xC0\xAF", absl::nullopt}};
  facts.hosts[0].reasons = {
      {ReasonId::kTlsaFailed, std::string("a\0b\x1b[31m\xC2\x85", 10), 22}};
  const CVerdictPtr made = VerdictOf(facts);
  EXPECT_THAT(danebound_reason_text(danebound_verdict_reason(made.get(), 0)),
              StrEq("bad??"));
  EXPECT_THAT(danebound_reason_text(danebound_host_reason(
                  danebound_verdict_host(made.get(), 0), 0)),
              StrEq("a?b?[31m?"));
}

// Facts with something of everything, in which the rules find something to add.
std::vector<Facts> ManyFacts() {
  std::vector<Facts> many = {ExampleFacts()};
  Facts facts = ExampleFacts();
  facts.expanded = NameOf("elsewhere.example");
  facts.security = Security::kInsecure;
  facts.hosts[1].name = facts.hosts[1].expanded = NameOf("o\\.w\\000n.example");
  many.push_back(facts);
  facts = ExampleFacts();
  facts.hosts[0].tlsa = {std::string("\0\1\1x", 4), ""};
  many.push_back(facts);
  facts.hosts = {facts.hosts[0]};
  facts.kind = Kind::kImplicitMx;
  many.push_back(facts);
  facts.kind = Kind::kHost;
  facts.next_hop.form = NextHopForm::kHost;
  many.push_back(facts);
  facts = ExampleFacts();
  facts.hosts[0].state = HostState::kNoAddress;
  facts.hosts[0].security = Security::kInsecure;
  facts.hosts[0].addresses.clear();
  facts.hosts[0].tlsa.clear();
  facts.hosts[0].base_domain = Name();
  facts.hosts.pop_back();
  facts.truncated = false;
  many.push_back(facts);
  facts.hosts.clear();
  for (const Kind kind : {Kind::kNullMx, Kind::kNoSuchDomain}) {
    facts.kind = kind;
    facts.security = Security::kInsecure;
    many.push_back(facts);
  }
  facts.kind = Kind::kFailed;
  facts.security = Security::kBogus;
  many.push_back(facts);
  return many;
}

std::vector<Choices> ManyChoices() {
  std::vector<Choices> many;
  for (const InsecureMx insecure_mx :
       {InsecureMx::kOpportunistic, InsecureMx::kEncrypt,
        InsecureMx::kAuthenticate}) {
    for (const bool require : {false, true}) {
      for (const char* own : {"", "failed.example.org", "mx.example.org"}) {
        Choices choices;
        choices.insecure_mx = insecure_mx;
        choices.require = require;
        if (*own != '\0') choices.own_names = {NameOf(own)};
        if (require) choices.digest_order = {kSha256};
        many.push_back(choices);
      }
    }
  }
  return many;
}

void ExpectReasons(const std::vector<Reason>& reasons, size_t count,
                   const std::function<const danebound_reason*(size_t)>& at) {
  ASSERT_EQ(count, reasons.size());
  for (size_t i = 0; i < count; ++i) {
    EXPECT_EQ(danebound_reason_identifier(at(i)),
              static_cast<danebound_reason_id>(reasons[i].id));
    EXPECT_THAT(danebound_reason_text(at(i)), StrEq(reasons[i].text));
    EXPECT_EQ(danebound_reason_ede(at(i)),
              reasons[i].ede.has_value() ? *reasons[i].ede : -1);
  }
}

void ExpectRecord(const Tlsa& record, const danebound_tlsa* seen) {
  size_t length = 0;
  const uint8_t* rdata = danebound_tlsa_rdata(seen, &length);
  EXPECT_EQ(std::string(rdata, rdata + length), record.rdata);
  EXPECT_EQ(danebound_tlsa_usage(seen), record.usage);
  EXPECT_EQ(danebound_tlsa_selector(seen), record.selector);
  EXPECT_EQ(danebound_tlsa_matching(seen), record.matching);
  EXPECT_EQ(danebound_tlsa_why_not(seen),
            static_cast<danebound_why_not>(record.why_not));
  EXPECT_EQ(danebound_tlsa_superseded(seen), record.superseded ? 1 : 0);
  EXPECT_EQ(danebound_tlsa_counts(seen), record.counts() ? 1 : 0);
  EXPECT_THAT(danebound_tlsa_text(seen), StrEq(ToText(record)));
}

void ExpectHost(const HostVerdict& host, const danebound_host* seen) {
  EXPECT_EQ(danebound_host_duty(seen), static_cast<danebound_duty>(host.duty));
  EXPECT_EQ(danebound_host_cause(seen),
            static_cast<danebound_cause>(host.cause));
  EXPECT_EQ(danebound_host_permanent(seen), host.permanent ? 1 : 0);
  EXPECT_THAT(danebound_host_name(seen), StrEq(host.name.ToText()));
  EXPECT_THAT(danebound_host_expanded(seen), StrEq(host.expanded.ToText()));
  EXPECT_EQ(danebound_host_preference(seen), host.preference);
  EXPECT_EQ(danebound_host_security(seen),
            static_cast<danebound_security>(host.security));
  EXPECT_EQ(danebound_host_expires(seen), host.expires);
  EXPECT_THAT(danebound_host_sni(seen), StrEq(host.sni));
  EXPECT_THAT(danebound_host_tls_key(seen), StrEq(host.tls_key));
  EXPECT_THAT(danebound_host_policy_type(seen), StrEq(host.policy_type));
  EXPECT_THAT(danebound_host_policy_domain(seen), StrEq(host.policy_domain));
  if (!host.tlsa.empty()) {
    EXPECT_THAT(danebound_host_base_domain(seen),
                StrEq(host.base_domain.ToText()));
    EXPECT_THAT(danebound_host_tlsa_name(seen), StrEq(host.tlsa_name.ToText()));
  }
  ASSERT_EQ(danebound_host_reference_name_count(seen), host.names.size());
  for (size_t i = 0; i < host.names.size(); ++i) {
    EXPECT_THAT(danebound_host_reference_name(seen, i), StrEq(host.names[i]));
  }
  ASSERT_EQ(danebound_host_policy_string_count(seen),
            host.policy_strings.size());
  for (size_t i = 0; i < host.policy_strings.size(); ++i) {
    EXPECT_THAT(danebound_host_policy_string(seen, i),
                StrEq(host.policy_strings[i]));
  }
  ASSERT_EQ(danebound_host_tlsa_count(seen), host.tlsa.size());
  for (size_t i = 0; i < host.tlsa.size(); ++i) {
    ExpectRecord(host.tlsa[i], danebound_host_tlsa(seen, i));
  }
  ASSERT_EQ(danebound_host_address_count(seen), host.addresses.size());
  for (size_t i = 0; i < host.addresses.size(); ++i) {
    EXPECT_THAT(danebound_host_address(seen, i),
                StrEq(host.addresses[i].address.ToText()));
  }
  ExpectReasons(host.reasons, danebound_host_reason_count(seen),
                [seen](size_t i) { return danebound_host_reason(seen, i); });
}

// What C makes of the octets is what Conclude makes of the values.
TEST(CVerdict, IsTheConclusion) {
  for (const Facts& facts : ManyFacts()) {
    for (const Choices& choices : ManyChoices()) {
      SCOPED_TRACE(ToText(facts.kind));
      const Verdict verdict = Conclude(facts, choices);
      const CVerdictPtr made = VerdictOf(facts, choices);
      const danebound_verdict* seen = made.get();
      EXPECT_EQ(danebound_verdict_disposition(seen),
                static_cast<danebound_disposition>(verdict.disposition));
      EXPECT_THAT(danebound_verdict_dsn(seen), StrEq(verdict.dsn));
      EXPECT_THAT(danebound_verdict_next_hop(seen),
                  StrEq(ToText(verdict.next_hop)));
      EXPECT_THAT(danebound_verdict_expanded(seen),
                  StrEq(verdict.expanded.ToText()));
      EXPECT_EQ(danebound_verdict_insecure_mx(seen),
                verdict.insecure_mx ? 1 : 0);
      EXPECT_EQ(danebound_verdict_require(seen), verdict.require ? 1 : 0);
      EXPECT_EQ(danebound_verdict_expires(seen), verdict.expires);
      ExpectReasons(
          verdict.reasons, danebound_verdict_reason_count(seen),
          [seen](size_t i) { return danebound_verdict_reason(seen, i); });
      ASSERT_EQ(danebound_verdict_host_count(seen), verdict.hosts.size());
      for (size_t i = 0; i < verdict.hosts.size(); ++i) {
        ExpectHost(verdict.hosts[i], danebound_verdict_host(seen, i));
      }
    }
  }
}

// Names of octets that are no letters take four for each.
TEST(CVerdict, HasRoomForTheLongestNames) {
  Facts facts = ExampleFacts();
  std::string label(63, '\x01');
  Name name;
  for (const size_t size : {61, 63, 63, 63}) {
    name = name.WithLabel(label.substr(0, size)).value();
  }
  ASSERT_EQ(name.wire().size(), 255U);
  facts.next_hop.name = facts.expanded = name;
  for (HostFacts& host : facts.hosts) host.name = host.expanded = name;
  facts.hosts[0].base_domain = name;
  facts.hosts[0].tlsa = {"\x03"};
  Choices choices;
  for (const bool require : {false, true}) {
    choices.require = require;
    const Verdict verdict = Conclude(facts, choices);
    const CVerdictPtr made = VerdictOf(facts, choices);
    for (size_t i = 0; i < verdict.hosts.size(); ++i) {
      ExpectHost(verdict.hosts[i], danebound_verdict_host(made.get(), i));
    }
  }
  choices.own_names = {name};
  const Verdict verdict = Conclude(facts, choices);
  const CVerdictPtr made = VerdictOf(facts, choices);
  ExpectReasons(
      verdict.reasons, danebound_verdict_reason_count(made.get()),
      [&made](size_t i) { return danebound_verdict_reason(made.get(), i); });
}

TEST(CVerdict, ShufflesHostsOfEqualPreference) {
  Facts facts = ExampleFacts();
  facts.hosts.push_back(facts.hosts[0]);
  facts.hosts[2].name = facts.hosts[2].base_domain =
      NameOf("third.example.org");
  std::swap(facts.hosts[1], facts.hosts[2]);
  std::mt19937 random;
  std::set<std::string> firsts;
  for (int i = 0; i < 100; ++i) {
    const CVerdictPtr made(
        c::NewVerdict(FoundFacts::Encode(facts, 0).value(), Choices(), random));
    firsts.insert(danebound_host_name(danebound_verdict_host(made.get(), 0)));
    EXPECT_THAT(danebound_host_name(danebound_verdict_host(made.get(), 2)),
                StrEq("failed.example.org"));
  }
  EXPECT_EQ(firsts,
            (std::set<std::string>{"mx.example.org", "third.example.org"}));
}

// Getters of one verdict may run side by side: each text is made once.
TEST(CVerdict, MakesTextsInSeveralThreadsAtOnce) {
  for (int round = 0; round < 50; ++round) {
    const CVerdictPtr verdict = ExampleVerdict();
    const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
    const auto read = [&verdict, host] {
      std::vector<std::string> texts = {
          danebound_verdict_next_hop(verdict.get()),
          danebound_verdict_expanded(verdict.get()),
          danebound_host_tls_key(host),
          danebound_host_name(host),
          danebound_host_sni(host),
          danebound_host_tlsa_name(host),
          danebound_host_policy_domain(host),
          danebound_host_policy_string(host, 0),
          danebound_host_reference_name(host, 1),
          danebound_host_address(host, 1),
          danebound_reason_text(danebound_host_reason(host, 0))};
      return texts;
    };
    std::vector<std::future<std::vector<std::string>>> readers;
    for (int i = 0; i < 4; ++i) {
      readers.push_back(std::async(std::launch::async, read));
    }
    const std::vector<std::string> texts = read();
    for (auto& reader : readers) EXPECT_EQ(reader.get(), texts);
  }
}

TEST(CVerdict, HasNoNamesForAnAddress) {
  const ClientPtr client(danebound_client_new(nullptr));
  const LookupEnd end = Lookup(client.get(), "[192.0.2.7]");
  ASSERT_EQ(end.error, DANEBOUND_OK) << end.why;
  EXPECT_THAT(danebound_verdict_expanded(end.verdict.get()), StrEq(""));
  const danebound_host* host = danebound_verdict_host(end.verdict.get(), 0);
  EXPECT_THAT(danebound_host_name(host), StrEq(""));
  EXPECT_THAT(danebound_host_expanded(host), StrEq(""));
  EXPECT_THAT(danebound_host_sni(host), StrEq(""));
}

// Every getter that takes an index, far and just out of range.
TEST(CVerdict, IsSafeBeyondTheEndOfEachList) {
  const CVerdictPtr verdict = ExampleVerdict();
  const danebound_host* host = danebound_verdict_host(verdict.get(), 0);
  for (const size_t index : {size_t{4}, size_t{5}, size_t{1} << 32, kBeyond}) {
    size_t length = 9;
    EXPECT_EQ(danebound_verdict_host(verdict.get(), index), nullptr);
    EXPECT_EQ(danebound_verdict_reason(verdict.get(), index), nullptr);
    EXPECT_EQ(danebound_host_tlsa(host, index), nullptr);
    EXPECT_EQ(danebound_host_reason(host, index), nullptr);
    EXPECT_THAT(danebound_host_address(host, index), StrEq(""));
    EXPECT_THAT(danebound_host_reference_name(host, index), StrEq(""));
    EXPECT_THAT(danebound_host_policy_string(host, index), StrEq(""));
    EXPECT_EQ(danebound_host_address_security(host, index),
              DANEBOUND_SECURITY_FAILED);
    EXPECT_EQ(danebound_host_address_octets(host, index, &length), nullptr);
    EXPECT_EQ(length, 0U);
    EXPECT_EQ(danebound_host_address_octets(host, index, nullptr), nullptr);
  }
}

TEST(CVerdict, IsDeferAndSkipWhereThereIsNone) {
  EXPECT_EQ(danebound_verdict_disposition(nullptr),
            DANEBOUND_DISPOSITION_DEFER);
  EXPECT_EQ(danebound_verdict_kind(nullptr), DANEBOUND_KIND_FAILED);
  EXPECT_EQ(danebound_verdict_security(nullptr), DANEBOUND_SECURITY_FAILED);
  EXPECT_EQ(danebound_verdict_host_count(nullptr), 0U);
  EXPECT_EQ(danebound_verdict_host(nullptr, 0), nullptr);
  EXPECT_EQ(danebound_host_duty(nullptr), DANEBOUND_DUTY_SKIP);
  EXPECT_EQ(danebound_host_cause(nullptr), DANEBOUND_CAUSE_NOT_EVALUATED);
  EXPECT_EQ(danebound_host_security(nullptr), DANEBOUND_SECURITY_FAILED);
  EXPECT_EQ(danebound_host_tlsa(nullptr, 0), nullptr);
  EXPECT_EQ(danebound_tlsa_usable(nullptr), 0);
  EXPECT_EQ(danebound_tlsa_counts(nullptr), 0);
  EXPECT_NE(danebound_tlsa_why_not(nullptr), DANEBOUND_WHY_NOT_NONE);
}

TEST(CVerdict, HasEmptyValuesWhereThereIsNone) {
  for (const char* text :
       {danebound_verdict_dsn(nullptr), danebound_verdict_next_hop(nullptr),
        danebound_verdict_expanded(nullptr), danebound_host_name(nullptr),
        danebound_host_expanded(nullptr), danebound_host_address(nullptr, 0),
        danebound_host_base_domain(nullptr), danebound_host_tlsa_name(nullptr),
        danebound_host_sni(nullptr), danebound_host_reference_name(nullptr, 0),
        danebound_host_tls_key(nullptr), danebound_host_policy_type(nullptr),
        danebound_host_policy_domain(nullptr),
        danebound_host_policy_string(nullptr, 0), danebound_tlsa_text(nullptr),
        danebound_reason_text(nullptr), danebound_reason_tlsrpt(nullptr)}) {
    EXPECT_THAT(text, StrEq(""));
  }
  EXPECT_EQ(danebound_verdict_port(nullptr) + danebound_host_port(nullptr), 0);
  EXPECT_EQ(danebound_verdict_insecure_mx(nullptr), 0);
  EXPECT_EQ(danebound_verdict_require(nullptr), 0);
  EXPECT_EQ(danebound_verdict_truncated(nullptr), 0);
  EXPECT_EQ(danebound_verdict_expires(nullptr), 0);
  EXPECT_EQ(danebound_verdict_reason_count(nullptr), 0U);
  EXPECT_EQ(danebound_verdict_reason(nullptr, 0), nullptr);
  EXPECT_EQ(danebound_host_permanent(nullptr), 0);
  EXPECT_EQ(danebound_host_preference(nullptr), 0);
  EXPECT_EQ(danebound_host_address_count(nullptr), 0U);
  EXPECT_EQ(danebound_host_address_octets(nullptr, 0, nullptr), nullptr);
  EXPECT_EQ(danebound_host_tlsa_count(nullptr), 0U);
  EXPECT_EQ(danebound_host_reference_name_count(nullptr), 0U);
  EXPECT_EQ(danebound_host_policy_string_count(nullptr), 0U);
  EXPECT_EQ(danebound_host_expires(nullptr), 0);
  EXPECT_EQ(danebound_host_reason_count(nullptr), 0U);
  EXPECT_EQ(danebound_host_reason(nullptr, 0), nullptr);
  EXPECT_EQ(danebound_tlsa_usage(nullptr), 0);
  EXPECT_EQ(danebound_tlsa_selector(nullptr), 0);
  EXPECT_EQ(danebound_tlsa_matching(nullptr), 0);
  EXPECT_EQ(danebound_tlsa_superseded(nullptr), 0);
  size_t length = 9;
  EXPECT_EQ(danebound_tlsa_data(nullptr, &length), nullptr);
  EXPECT_EQ(length, 0U);
  EXPECT_EQ(danebound_tlsa_rdata(nullptr, nullptr), nullptr);
  EXPECT_EQ(danebound_reason_identifier(nullptr), DANEBOUND_REASON_NONE);
  EXPECT_EQ(danebound_reason_ede(nullptr), -1);
  danebound_verdict_free(nullptr);
}

TEST(CWords, AreThoseOfTheDocuments) {
  EXPECT_THAT(danebound_duty_text(DANEBOUND_DUTY_ENCRYPT), StrEq("encrypt"));
  EXPECT_THAT(danebound_disposition_text(DANEBOUND_DISPOSITION_DEFER),
              StrEq("defer"));
  EXPECT_THAT(danebound_cause_text(DANEBOUND_CAUSE_NO_ADDRESS),
              StrEq("no-address"));
  EXPECT_THAT(danebound_security_text(DANEBOUND_SECURITY_BOGUS),
              StrEq("bogus"));
  EXPECT_THAT(danebound_kind_text(DANEBOUND_KIND_NULL_MX), StrEq("null-mx"));
  EXPECT_THAT(danebound_why_not_text(DANEBOUND_WHY_NOT_PKIX_USAGE),
              StrEq("pkix-usage"));
  EXPECT_THAT(danebound_reason_id_text(DANEBOUND_REASON_ALL_UNUSABLE),
              StrEq("all-unusable"));
  EXPECT_THAT(danebound_next_hop_form_text(DANEBOUND_NEXT_HOP_HOST),
              StrEq("host"));
  EXPECT_THAT(danebound_check_result_text(DANEBOUND_CHECK_WARNING),
              StrEq("warning"));
}

TEST(CWords, AreEmptyForNumbersOfNoEnum) {
  for (const int number : {-1, 99, 256, 257, std::numeric_limits<int>::min(),
                           std::numeric_limits<int>::max()}) {
    for (const char* text :
         {danebound_duty_text(number), danebound_disposition_text(number),
          danebound_cause_text(number), danebound_security_text(number),
          danebound_kind_text(number), danebound_why_not_text(number),
          danebound_reason_id_text(number),
          danebound_next_hop_form_text(number),
          danebound_check_result_text(number)}) {
      EXPECT_THAT(text, StrEq("")) << number;
    }
  }
}

TEST(CWords, HaveATextForEveryError) {
  for (int error = DANEBOUND_ERROR_INTERNAL; error <= DANEBOUND_OK; ++error) {
    EXPECT_THAT(danebound_error_text(error),
                testing::Not(testing::HasSubstr("unknown")));
  }
  for (const int number :
       {1, DANEBOUND_ERROR_INTERNAL - 1, std::numeric_limits<int>::min()}) {
    EXPECT_THAT(danebound_error_text(number), testing::HasSubstr("defer"));
  }
}

}  // namespace
}  // namespace danebound
