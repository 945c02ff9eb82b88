// The table, as a person sees it.
#include "stub/cli/forms/table.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/cli/forms/words.h"
#include "stub/dane/conclude.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kNow = 1'700'000'000;

Facts ExampleFacts() {
  Facts facts = FactsFor(Domain("example.org"));
  facts.expires = kNow + 3600;
  facts.hosts[0].expires = kNow + 300;
  HostFacts& second = facts.hosts[1];
  second.preference = 20;
  second.expires = kNow + 5;
  second.state = HostState::kTlsaFailed;
  second.tlsa.clear();
  second.base_domain = Name();
  second.reasons = {{ReasonId::kTlsaFailed,
                     "_25._tcp.mx2.example.org TLSA: SERVFAIL from 192.0.2.53 "
                     "and from 192.0.2.54",
                     uint16_t{22}}};
  return facts;
}

TEST(Table, ShowsAVerdictIn80Columns) {
  EXPECT_EQ(ToTable(Conclude(ExampleFacts()), kNow, TableStyle()),
            R"(example.org: deliver
  MX records secure, holds 5 min
   10  mx1.example.org  authenticate, holds 5 min
       addresses  192.0.2.1; secure
       TLSA       _25._tcp.mx1.example.org, 1 of 1 count
                  3 1 1 78787878787878787878787878787878787878787878787878787...
       names      mx1.example.org, example.org
   20  mx2.example.org  skip, tlsa-failed, ask again in 5 s
       addresses  192.0.2.2; secure
       why        _25._tcp.mx2.example.org TLSA: SERVFAIL from 192.0.2.53 and
                  from 192.0.2.54 (tlsa-failed, EDE 22)
)");
}

TEST(Table, SaysWhatEachRecordIsGoodFor) {
  Facts facts = ExampleFacts();
  facts.hosts.resize(1);
  facts.hosts[0].tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x'),
                         std::string("\x03\x01\x02") + std::string(64, 'x'),
                         std::string("\x01\x01\x01") + std::string(32, 'x')};
  EXPECT_THAT(ToTable(Conclude(facts), kNow, TableStyle()),
              AllOf(HasSubstr("1 of 3 count"), HasSubstr("...  superseded\n"),
                    HasSubstr("...  unusable: pkix-usage\n")));
}

TEST(Table, KeepsTo80ColumnsWithLongNames) {
  Facts facts = ExampleFacts();
  facts.hosts[0].name = facts.hosts[0].expanded = facts.hosts[0].base_domain =
      Domain(std::string(40, 'm') + ".example").name;
  std::istringstream lines(ToTable(Conclude(facts), kNow, TableStyle()));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(Table, CountsTheHostsThatWereNotEvaluated) {
  Facts facts = ExampleFacts();
  HostFacts idle;
  idle.name = idle.expanded = Domain("idle.example").name;
  facts.hosts.resize(100, idle);
  facts.truncated = true;
  EXPECT_THAT(ToTable(Conclude(facts), kNow, TableStyle()),
              AllOf(HasSubstr("not all hosts evaluated"),
                    HasSubstr("and 95 more hosts: skip, not-evaluated")));
}

TEST(Table, ShowsUnicodeOnlyWhereItCanBeShown) {
  Facts facts = ExampleFacts();
  facts.next_hop = Domain(
      "b\xc3\xbc"
      "cher.example");
  facts.expanded = facts.next_hop.name;
  TableStyle style;
  EXPECT_THAT(ToTable(Conclude(facts), kNow, style),
              AllOf(HasSubstr("xn--bcher-kva.example: deliver"),
                    Not(HasSubstr("b\xc3\xbc"
                                  "cher"))));
  style.unicode = true;
  EXPECT_THAT(ToTable(Conclude(facts), kNow, style),
              HasSubstr("xn--bcher-kva.example (b\xc3\xbc"
                        "cher.example): deliver"));
}

// U+200C is a letter of its own in some scripts, and has no width.
TEST(Table, ShowsNoULabelThatDeceives) {
  Facts facts = ExampleFacts();
  facts.next_hop = Domain("\u0928\u094d\u200c\u0928.example");
  facts.expanded = facts.next_hop.name;
  TableStyle style;
  style.unicode = true;
  EXPECT_THAT(ToTable(Conclude(facts), kNow, style),
              AllOf(HasSubstr(".example: deliver"), Not(HasSubstr("\u200c")),
                    Not(HasSubstr("?"))));
}

TEST(Table, AlignsByColumns) {
  Facts facts = ExampleFacts();
  facts.hosts[0].name = facts.hosts[0].expanded = facts.hosts[0].base_domain =
      Domain("\u4f8b\u3048.example").name;
  facts.hosts[1].name = facts.hosts[1].expanded = Domain("mx.example").name;
  TableStyle style;
  style.unicode = true;
  style.width = 100;
  const std::string table = ToTable(Conclude(facts), kNow, style);
  const auto column = [&table](absl::string_view duty) {
    const size_t at = table.find(std::string(duty));
    const size_t line = table.rfind('\n', at) + 1;
    return Width(table.substr(line, at - line));
  };
  EXPECT_EQ(column("authenticate, holds"), column("skip, tlsa-failed"));
}

TEST(Table, ShowsPortsOtherThan25) {
  Facts facts = ExampleFacts();
  facts.next_hop.port = 587;
  EXPECT_THAT(ToTable(Conclude(facts), kNow, TableStyle()),
              HasSubstr("example.org:587: deliver"));
}

TEST(Table, OfAnErrorSaysDefer) {
  EXPECT_EQ(ToTable("example.org", "no socket", TableStyle()),
            "example.org: no verdict, defer\n  no socket\n");
}

TEST(Table, IsPlainUnlessColourIsWanted) {
  TableStyle style;
  EXPECT_THAT(ToTable(Conclude(ExampleFacts()), kNow, style),
              Not(HasSubstr("\033")));
  style.colour = true;
  EXPECT_THAT(ToTable(Conclude(ExampleFacts()), kNow, style),
              AllOf(HasSubstr("\033[32mdeliver\033[0m"),
                    HasSubstr("\033[33mskip, tlsa-failed\033[0m")));
}

}  // namespace
}  // namespace danebound
