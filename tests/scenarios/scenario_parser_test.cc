// The format of scenario files: README.md in this folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/scenarios/scenario.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {
namespace {

using testing::HasSubstr;

const Blobs& NoBlobs() {
  static const Blobs blobs;
  return blobs;
}

Scenario Parsed(const std::string& text) {
  absl::StatusOr<Scenario> scenario = ParseScenario("x", text, NoBlobs());
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *std::move(scenario) : Scenario();
}

std::string ErrorOf(const std::string& text) {
  return std::string(ParseScenario("x", text, NoBlobs()).status().message());
}

TEST(ParseScenario, ReadsTitleSourcesAndMarks) {
  const Scenario scenario = Parsed(
      "title  One  thing\nsource RFC 1\nsource RFC 2\ndemo\n"
      "skip embedded it cannot\n");
  EXPECT_EQ(scenario.title, "One thing");
  EXPECT_THAT(scenario.sources, testing::ElementsAre("RFC 1", "RFC 2"));
  EXPECT_TRUE(scenario.demo);
  EXPECT_EQ(scenario.skips.at("embedded"), "it cannot");
}

TEST(ParseScenario, ReadsNamesOfAZoneAsZoneFilesDo) {
  const Scenario scenario = Parsed(
      "zone a.example. signed rsa nsec3 ends=60\n"
      "  @     MX    10 mx      ; relative\n"
      "  mx 5  CNAME host.b.\n");
  ASSERT_EQ(scenario.zones.size(), 1U);
  EXPECT_EQ(scenario.zones[0].signatures_end, 60);
  ASSERT_EQ(scenario.zones[0].records.size(), 2U);
  EXPECT_EQ(scenario.zones[0].records[0].rdata,
            std::string("\0\x0a\2mx\1a\7example\0", 16));
  EXPECT_EQ(scenario.zones[0].records[0].ttl, kDefaultTtl);
  EXPECT_EQ(scenario.zones[0].records[1].owner.ToText(), "mx.a.example");
  EXPECT_EQ(scenario.zones[0].records[1].rdata, std::string("\4host\1b\0", 8));
  EXPECT_EQ(scenario.zones[0].records[1].ttl, 5U);
}

TEST(ParseScenario, ReadsTlsaDataInEveryForm) {
  absl::StatusOr<Scenario> scenario = ParseScenario("x",
                                                    "zone a. signed\n"
                                                    "  t TLSA 3 1 1 0aff\n"
                                                    "  t TLSA 3 1 1 0ax3\n"
                                                    "  t TLSA 3 1 0 @key\n"
                                                    "  t TLSA \\# 2 0301\n"
                                                    "  t TLSA \\# 0\n",
                                                    {{"key", "KEY"}});
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const std::vector<Record>& records = scenario->zones[0].records;
  EXPECT_EQ(records[0].rdata, std::string("\3\1\1\x0a\xff", 5));
  EXPECT_EQ(records[1].rdata, std::string("\3\1\1\x0a\x0a\x0a", 6));
  EXPECT_EQ(records[2].rdata, std::string("\3\1\0KEY", 6));
  EXPECT_EQ(records[3].rdata, std::string("\3\1", 2));
  EXPECT_EQ(records[4].rdata, "");
}

TEST(ParseScenario, RepeatsALineForGenerate) {
  const Scenario scenario =
      Parsed("zone a. signed\n  $GENERATE 8-10 mx$ A 192.0.2.$\n");
  ASSERT_EQ(scenario.zones[0].records.size(), 3U);
  EXPECT_EQ(scenario.zones[0].records[2].owner.ToText(), "mx10.a");
}

TEST(ParseScenario, ReadsQuestionAndExpectation) {
  const Scenario scenario = Parsed(
      "ask a.example:26 require insecure-mx=encrypt own-name=b.example\n"
      "expect mx insecure defer 4.7.5 insecure-mx truncated\n"
      "  reasons insecure-mx\n"
      "  unasked c.example TLSA\n"
      "  host 10 c.example skip dane-required temporary\n"
      "    address 192.0.2.1 secure\n"
      "    tlsa 3 1 1 11x2 wrong-digest-length\n"
      "    life 60\n");
  const Ask& ask = scenario.asks.at(0);
  EXPECT_EQ(ask.next_hop.port, 26);
  EXPECT_TRUE(ask.choices.require);
  EXPECT_EQ(ask.choices.insecure_mx, InsecureMx::kEncrypt);
  EXPECT_EQ(ask.choices.own_names.at(0).ToText(), "b.example");
  EXPECT_EQ(ask.unasked.at(0).type, RrType::kTlsa);
  EXPECT_EQ(ask.expectation.kind, Kind::kMx);
  EXPECT_EQ(ask.expectation.dsn, "4.7.5");
  EXPECT_TRUE(ask.expectation.insecure_mx);
  EXPECT_TRUE(ask.expectation.truncated);
  const ExpectedHost& host = ask.expectation.hosts.at(0);
  EXPECT_EQ(host.cause, Cause::kDaneRequired);
  EXPECT_FALSE(host.permanent);
  EXPECT_EQ(host.tlsa.at(0).state, "wrong-digest-length");
  EXPECT_EQ(host.life, 60);
}

struct Mistake {
  const char* text;
  const char* error;
};

void PrintTo(const Mistake& mistake, std::ostream* out) {
  *out << mistake.error;
}

class BrokenScenario : public testing::TestWithParam<Mistake> {};

TEST_P(BrokenScenario, IsRefusedWithFileAndLine) {
  EXPECT_THAT(ErrorOf(GetParam().text), HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    ParseScenario, BrokenScenario,
    testing::Values(
        Mistake{"title a\nwrong b\n", "x:2: unknown section \"wrong\""},
        Mistake{"  mx A 192.0.2.1\n", "x:1: an indented line must stand below"},
        Mistake{"zone a. sined\n", "x:1: unknown word \"sined\""},
        Mistake{"zone a. signed dsa\n", "x:1: unknown word \"dsa\""},
        Mistake{"zone a. signed ends=x\n", "x:1: ends= takes"},
        Mistake{"zone a. signed iterations=x\n", "x:1: iterations= takes"},
        Mistake{"zone a. signed\n  mx.b. A 192.0.2.1\n",
                "x:2: the owner is not in the zone"},
        Mistake{"zone a. signed\n  @ CNAME b\n", "x:2: a CNAME cannot stand"},
        Mistake{"zone a. signed\n  mx SRV 1\n", "x:2: a record is OWNER"},
        Mistake{"zone a. signed\n  mx DS 1\n", "x:2: a record is OWNER"},
        Mistake{"zone a. signed\n  mx A 2001:db8::1\n", "of the other family"},
        Mistake{"zone a. signed\n  mx MX 70000 a\n", "no number of 2 octets"},
        Mistake{"zone a. signed\n  t TLSA 3 1 1 1\n", "neither hex nor"},
        Mistake{"zone a. signed\n  t TLSA 3 1 1 @gone\n", "no file NAME.hex"},
        Mistake{"zone a. signed\n  t TLSA \\# 3 0301\n", "not the length"},
        Mistake{"zone a. signed\n  $GENERATE 3-1 a A 192.0.2.1\n",
                "x:2: $GENERATE takes"},
        Mistake{"faults\n  mx.a A vanish\n", "x:2: unknown word \"vanish\""},
        Mistake{"faults\n  mx.a SRV drop\n", "x:2: unknown type"},
        Mistake{"ask 192.0.2.1\n", "x:1:"},
        Mistake{"ask a demand\n", "x:1: unknown option \"demand\""},
        Mistake{"expect mx secure deliver\n", "x:1: no ask above"},
        Mistake{"ask a\nexpect mx sure deliver\n", "unknown word \"sure\""},
        Mistake{"ask a\nexpect mx secure deliver\n  reasons odd\n",
                "x:3: unknown reason \"odd\""},
        Mistake{"ask a\nexpect mx secure deliver\n  host 1 b skip\n",
                "x:3: CAUSE and temporary"},
        Mistake{"ask a\nexpect mx secure deliver\n  shape odd\n",
                "x:3: unknown word \"shape\""},
        Mistake{"skip nobody why\n", "x:1: the drivers are"}));

}  // namespace
}  // namespace danebound::scenario
