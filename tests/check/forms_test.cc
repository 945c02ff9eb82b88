// The forms in which `danebound check` prints: table, JSON, Nagios,
// OpenMetrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "made_reports.h"
#include "stub/cli/forms/check_json.h"
#include "stub/cli/forms/check_monitor.h"
#include "stub/cli/forms/check_table.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::ordered_json;

constexpr int64_t kDay = 86400;

// One host that a DANE-TA(2) record authenticates, and one without STARTTLS.
CheckedDomain Example() {
  HostVerdict good = Host("mx1.example.org", Duty::kAuthenticate);
  good.tlsa = {Record(2, 0, 1), Record(3, 1, 1)};
  HostVerdict stripped = Host("mx2.example.org", Duty::kAuthenticate, 20);
  HostVerdict skipped = Host("mx3.example.org", Duty::kSkip, 30);
  skipped.reasons = {{ReasonId::kTlsaBogus, "signature expired", {}}};
  AddressEvidence reached = Reached(TlsOutcome::kAuthenticated);
  reached.tls.result.depth = 1;
  reached.tls.result.matched_name = "mx1.example.org";
  reached.tls.setup.refused = {{1, "bad data"}};
  CertificateSeen leaf;
  leaf.subject = "CN=mx1.example.org";
  leaf.issuer = "CN=CA";
  leaf.key = "EC P-256";
  leaf.not_before = kTestNow - kDay;
  leaf.not_after = kTestNow + 10 * kDay;
  CertificateSeen authority = leaf;
  authority.subject = "CN=CA";
  authority.not_after = kTestNow + 900 * kDay;
  authority.records = {0};
  reached.tls.chain = {leaf, authority};
  reached.tls.verified_ends = {leaf.not_after, authority.not_after};
  reached.other_key = TlsSeen();
  reached.other_key->key_type = KeyType::kRsa;
  reached.other_key->chain = {leaf};
  reached.other_key->result.why = "no record matches";
  reached.other_key->result.tlsrpt = "certificate-not-trusted";

  CheckedDomain checked;
  checked.domain = "example.org";
  checked.checked = kTestNow;
  checked.judged_at = kTestNow;
  checked.verdict = Domain({good, stripped, skipped});
  checked.evidence = Seen(
      {reached, Failed(Trouble::kNoStartTls), Failed(Trouble::kNotProbed)});
  checked.report = Judge(*checked.verdict, checked.evidence, {kTestNow});
  checked.advices = {{"RFC 7671 5.1", "mx1.example.org", "publish 3 1 1"}};
  return checked;
}

CheckedDomain WithoutVerdict(const std::string& domain) {
  CheckedDomain checked;
  checked.domain = domain;
  checked.error = "no reply";
  return checked;
}

TEST(CheckTable, ShowsADomainIn80Columns) {
  EXPECT_EQ(ToTable(Example(), TableStyle()),
            R"(example.org: authenticated, warning
  MX records secure, holds 1 h
       warning    mail flows, but no way was found through mx2.example.org,
                  mx3.example.org (mail-flows)
   10  mx1.example.org: authenticated
       TLSA       _25._tcp.mx1.example.org
       record 0   2 0 1 11111111111111111111111111111111111111111111111111111...
       record 1   3 1 1 11111111111111111111111111111111111111111111111111111...
       names      mx1.example.org
       dates      count; the first certificate ends in 10 d
       warning    a certificate that must be valid ends in 10 days
                  (certificate-ends)
       address    192.0.2.1: authenticated, by record 0 at depth 1 under the
                  name mx1.example.org
       banner     mx.example ESMTP
       TLS        TLSv1.3, TLS_AES_256_GCM_SHA384
       cert 0     CN=mx1.example.org; from CN=CA; EC P-256; ends in 10 d;
                  matches no record
       cert 1     CN=CA; self-issued; EC P-256; ends in 900 d; matches record 0
       other key  RSA: failed
       cert 0     CN=mx1.example.org; from CN=CA; EC P-256; ends in 10 d;
                  matches no record
       warning    OpenSSL refuses the record 3 1 1
                  1111111111111111111111111111111111111111111111111111111111111111:
                  bad data (record-refused)
       warning    senders that are shown the RSA certificate do not authenticate
                  it: no record matches (other-key-not-authenticated, TLSRPT
                  certificate-not-trusted)
   20  mx2.example.org: deferred
       TLSA       _25._tcp.mx2.example.org
       record 0   3 1 1 11111111111111111111111111111111111111111111111111111...
       names      mx2.example.org
       address    192.0.2.1: deferred
       warning    as the test wants, which its TLSA records promise: a downgrade
                  (downgrade, TLSRPT starttls-not-supported)
   30  mx3.example.org: deferred
       warning    signature expired (tlsa-failed, TLSRPT dnssec-invalid)
  advice: mx1.example.org: publish 3 1 1 (RFC 7671 5.1)
)");
}

// Of a domain whose first host shows a bare key. RFC 7250
CheckedDomain RawKeyExample() {
  CheckedDomain checked = Example();
  TlsSeen& tls = checked.evidence.hosts[0].addresses[0].tls;
  tls.chain.clear();
  tls.raw_key = RawKeySeen{"EC P-256", std::string(64, 'a'), {1}};
  return checked;
}

TEST(CheckTable, ShowsARawKey) {
  EXPECT_THAT(ToTable(RawKeyExample(), TableStyle()),
              HasSubstr("\n       raw key    EC P-256, without a certificate; "
                        "matches record 1\n"));
}

// RFC 8689, RFC 6531
TEST(CheckTable, ShowsWhatTheServerOffersInsideTls) {
  CheckedDomain checked = Example();
  SmtpSeen& seen = checked.evidence.hosts[0].addresses[0].smtp;
  seen.extensions = {"SIZE 1000", "STARTTLS"};
  EXPECT_THAT(ToTable(checked, TableStyle()),
              HasSubstr("\n       offers     SIZE 1000, STARTTLS\n"));
  seen.tls_extensions = {"REQUIRETLS", "SMTPUTF8"};
  EXPECT_THAT(ToTable(checked, TableStyle()),
              HasSubstr("\n       offers     REQUIRETLS, SMTPUTF8\n"));
  seen.tls_extensions.assign(30, "X");
  EXPECT_THAT(ToTable(checked, TableStyle()), HasSubstr("X and 6 more\n"));
}

TEST(CheckTable, SaysWhyThereIsNoVerdict) {
  EXPECT_EQ(ToTable(WithoutVerdict("a..b"), TableStyle()),
            "a..b: deferred, unknown\n  no verdict: no reply\n");
}

TEST(CheckTable, LetsNothingSteerTheTerminal) {
  CheckedDomain checked = Example();
  checked.domain = "\033[2J";
  checked.report.hosts[0].findings[0].text = "\033[2J";
  EXPECT_THAT(ToTable(checked, TableStyle()), Not(HasSubstr("\033")));
}

// To be copied: never cut.
TEST(CheckTable, ShowsRecordsWhole) {
  CheckedDomain checked = Example();
  checked.tried_tlsa = {"\3\1\1 x"};
  const std::string record = "3 1 1 " + std::string(64, 'a');
  checked.report.hosts[0].records_now = {record};
  const std::string table = ToTable(checked, TableStyle());
  EXPECT_THAT(
      table,
      HasSubstr("\n       3 1 1 now  of what is shown, which nothing has "
                "verified:\n       " +
                record + "\n"));
  EXPECT_THAT(table, HasSubstr("\n  as it would be with the TLSA records of "
                               "--tlsa, not those of DNS\n"));
}

TEST(CheckTable, LabelsAHostAndAnotherTime) {
  CheckedDomain checked = Example();
  checked.host_level = true;
  checked.judged_at = kTestNow + 5 * kDay;
  const std::string table = ToTable(checked, TableStyle());
  EXPECT_THAT(table, HasSubstr("submission is outside RFC 7672\n"));
  EXPECT_THAT(table, HasSubstr("judged as of 5 d from now\n"));
}

// A host with more addresses than a check tries.
CheckedDomain Crowded() {
  CheckedDomain checked = Example();
  checked.evidence.hosts[0].addresses.resize(
      250, checked.evidence.hosts[2].addresses[0]);
  checked.verdict->hosts[0].addresses.resize(
      250, checked.verdict->hosts[0].addresses[0]);
  checked.report = Judge(*checked.verdict, checked.evidence, {kTestNow});
  return checked;
}

TEST(CheckTable, SaysHowManyAddressesWereNotConnectedTo) {
  const std::string table = ToTable(Crowded(), TableStyle());
  EXPECT_THAT(table, HasSubstr("249 of 250 addresses were not connected to"));
  EXPECT_THAT(table, HasSubstr("(addresses-not-probed)"));
  EXPECT_EQ(table.find("address "), table.find("address    192.0.2.1: auth"));
}

TEST(CheckJson, SaysHowManyAddressesWereNotConnectedTo) {
  const Json host = ToJson(Crowded())["hosts"][0];
  EXPECT_EQ(host["addresses"].size(), 1U);
  EXPECT_EQ(host["outcome"], "authenticated");
  const Json& finding = host["findings"][0];
  EXPECT_EQ(finding["id"], "addresses-not-probed");
  EXPECT_EQ(finding["health"], "warning");
}

// The rows of the table under each "## Heading" of docs/json.md: keys, types.
using Keys = std::vector<std::pair<std::string, std::string>>;

std::map<std::string, Keys> DocumentedKeys() {
  std::ifstream document(JSON_DOCUMENT);
  std::map<std::string, Keys> tables;
  std::string heading;
  for (std::string line; std::getline(document, line);) {
    if (absl::StartsWith(line, "## ")) heading = line.substr(3);
    if (!absl::StartsWith(line, "| `")) continue;
    const std::vector<std::string> cells = absl::StrSplit(line, " | ");
    tables[heading].emplace_back(cells[0].substr(3, cells[0].size() - 4),
                                 cells[1]);
  }
  return tables;
}

void ExpectAsDocumented(const Json& object, const std::string& heading) {
  SCOPED_TRACE(heading);
  const Keys keys = DocumentedKeys()[heading];
  ASSERT_EQ(object.size(), keys.size());
  size_t i = 0;
  for (const auto& [name, value] : object.items()) {
    EXPECT_EQ(name, keys[i].first);
    EXPECT_TRUE(absl::StrContains(keys[i].second, value.type_name()))
        << name << " is " << value.type_name();
    ++i;
  }
}

TEST(CheckJson, HasTheKeysOfItsDocument) {
  const Json json = ToJson(Example());
  ExpectAsDocumented(json, "Check");
  ExpectAsDocumented(ToJson(WithoutVerdict("a..b")), "Check");
  ExpectAsDocumented(json["advice"][0], "Advice");
  for (const Json& host : json["hosts"]) {
    ExpectAsDocumented(host, "Checked host");
    for (const Json& address : host["addresses"]) {
      ExpectAsDocumented(address, "Probe");
    }
  }
  const Json& host = json["hosts"][0];
  ExpectAsDocumented(host["findings"][0], "Finding");
  const Json& address = host["addresses"][0];
  ExpectAsDocumented(address["tls"], "Handshake");
  ExpectAsDocumented(address["other_key"], "Handshake");
  ExpectAsDocumented(address["tls"]["chain"][0], "Shown certificate");
  ExpectAsDocumented(address["tls"]["refused"][0], "Refused record");
  ExpectAsDocumented(json["verdict"], "Verdict");
  const Json tls = ToJson(RawKeyExample())["hosts"][0]["addresses"][0]["tls"];
  ExpectAsDocumented(tls, "Handshake");
  ExpectAsDocumented(tls["raw_key"], "Raw key");
}

TEST(CheckJson, HoldsOutcomesAndEvidence) {
  const Json json = ToJson(Example());
  EXPECT_EQ(json["outcome"], "authenticated");
  EXPECT_EQ(json["health"], "warning");
  EXPECT_EQ(json["level"], "domain");
  EXPECT_EQ(json["hosts"][0]["certificates_end"], kTestNow + 10 * kDay);
  EXPECT_TRUE(json["hosts"][0]["signatures_end"].is_null());
  const Json& tls = json["hosts"][0]["addresses"][0]["tls"];
  EXPECT_EQ(tls["result"], "authenticated");
  EXPECT_EQ(tls["record"], 0);
  EXPECT_EQ(tls["depth"], 1);
  EXPECT_EQ(tls["chain"][0]["days_left"], 10);
  EXPECT_EQ(tls["chain"][1]["records"], Json::array({0}));
  const Json& stripped = json["hosts"][1]["addresses"][0];
  EXPECT_EQ(stripped["trouble"], "no-starttls");
  EXPECT_EQ(stripped["tls"], nullptr);
  EXPECT_EQ(json["hosts"][2]["outcome"], "deferred");
  EXPECT_EQ(json["hosts"][2]["addresses"], Json::array());
}

TEST(CheckJson, IsDeferredAndUnknownWithoutAVerdict) {
  const Json json = ToJson(WithoutVerdict("a..b"));
  EXPECT_EQ(json["outcome"], "deferred");
  EXPECT_EQ(json["health"], "unknown");
  EXPECT_EQ(json["verdict"], nullptr);
  EXPECT_EQ(json["error"], "no reply");
  EXPECT_EQ(json["advice"], nullptr);
}

// Monitoring Plugins Development Guidelines
TEST(Nagios, HasStateOutcomesAndDaysInTheFirstLine) {
  const std::vector<std::string> lines = absl::StrSplit(
      ToNagios({Example(), WithoutVerdict("a..b")}, false), '\n');
  EXPECT_EQ(lines[0],
            "DANE UNKNOWN - example.org authenticated (mail flows), a..b "
            "deferred | 'example.org'=10");
  EXPECT_THAT(lines[2], StartsWith("example.org: mx1.example.org: a "));
  EXPECT_EQ(lines[lines.size() - 2], "a..b: no reply");
}

TEST(Nagios, PrintsAdviceWhereThereIsSome) {
  CheckedDomain checked = Example();
  checked.advices = {{"RFC 7671 13", "mx1.example.org", "a | b"}};
  EXPECT_THAT(ToNagios({checked}, false),
              EndsWith("\nexample.org: advice: mx1.example.org: a / b (RFC "
                       "7671 13)\n"));
}

TEST(Nagios, NeverLetsTextPassForPerformanceData) {
  CheckedDomain checked = Example();
  checked.domain = "a'=|\nb";
  checked.report.hosts[0].findings[0].text = "x | y\nz";
  const std::vector<std::string> lines =
      absl::StrSplit(ToNagios({checked}, false), '\n');
  EXPECT_THAT(lines[0], EndsWith(" | 'a''_/?b'=10"));
  EXPECT_THAT(lines[2], HasSubstr("x / y?z"));
}

// RFC 5891
TEST(Nagios, PrintsNamesReadably) {
  CheckedDomain checked = Example();
  checked.verdict->hosts[1].name = NameOf("xn--mx-gka.example.org");
  for (const char* name : {"bücher.example", "xn--bcher-kva.example"}) {
    checked.domain = name;
    EXPECT_THAT(ToNagios({checked}, true), HasSubstr("bücher.example"));
    EXPECT_THAT(ToNagios({checked}, true), HasSubstr(name));
  }
  EXPECT_THAT(ToNagios({checked}, false), Not(HasSubstr("bücher")));
  EXPECT_THAT(ToNagios({checked}, true),
              HasSubstr(": xn--mx-gka.example.org (mxö.example.org) "));
}

TEST(Nagios, SaysInTheFirstLineThatMailFlows) {
  CheckedDomain checked = Example();
  EXPECT_THAT(ToNagios({checked}, false),
              StartsWith("DANE WARNING - example.org authenticated (mail "
                         "flows) | "));
}

TEST(Nagios, IsUnknownWithoutDomains) {
  EXPECT_EQ(WorstHealth({}), Health::kUnknown);
}

TEST(OpenMetrics, KeepsTheSamplesOfAFamilyTogether) {
  CheckedDomain other = Example();
  other.domain = "example.net";
  std::istringstream lines(ToOpenMetrics({Example(), other, Example()}));
  std::vector<std::string> families;
  size_t samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (absl::StartsWith(line, "# TYPE ")) {
      families.push_back(line.substr(7, line.find(' ', 7) - 7));
    } else if (line[0] != '#') {
      EXPECT_THAT(line, StartsWith(families.back() + "{"));
      ++samples;
    }
  }
  EXPECT_THAT(families,
              ElementsAre("danebound_check_health", "danebound_check_outcome",
                          "danebound_check_host_outcome",
                          "danebound_check_certificates_end_timestamp_seconds",
                          "danebound_check_signatures_end_timestamp_seconds",
                          "danebound_check_verdict_end_timestamp_seconds"));
  // Two domains, each of three hosts, one with certificates whose dates count.
  EXPECT_EQ(samples, 2U * (4 + 6 + 3 * 6 + 1 + 3));
}

// What Prometheus' own text format, and so node_exporter, knows.
TEST(OpenMetrics, HasGaugesAlone) {
  for (const absl::string_view line :
       absl::StrSplit(ToOpenMetrics({Example()}), '\n')) {
    if (!absl::StartsWith(line, "# TYPE ")) continue;
    EXPECT_THAT(std::string(line), EndsWith(" gauge"));
  }
}

TEST(OpenMetrics, PrintsNamesAsGiven) {
  EXPECT_THAT(ToOpenMetrics({WithoutVerdict("bücher.example")}),
              HasSubstr("{domain=\"bücher.example\","));
}

TEST(OpenMetrics, QuotesLabelsAndEnds) {
  CheckedDomain checked = WithoutVerdict("a\"b\\c\n\xff");
  const std::string text = ToOpenMetrics({checked});
  EXPECT_THAT(text, HasSubstr("{domain=\"a\\\"b\\\\c??\","));
  EXPECT_THAT(text, HasSubstr("danebound_check_health=\"unknown\"} 1\n"));
  EXPECT_THAT(text, EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace danebound
