// What a message says of a question. The drivers' own tests begin where this
// ends: with how a message is had, and whether it is believed.
#include "stub/dane/reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "stub/dane/rr_type.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kAddress("\xc0\x00\x02\x01", 4);

Name NameOf(absl::string_view text) { return Name::ParseText(text).value(); }
std::string Wire(absl::string_view text) {
  return std::string(NameOf(text).wire());
}

Rrset Of(absl::string_view owner, uint16_t type, int64_t ttl,
         std::string rdata) {
  return {NameOf(owner), type, Security::kSecure, ttl, {std::move(rdata)}};
}
Rrset Address(absl::string_view owner, int64_t ttl = 300) {
  return Of(owner, kTypeA, ttl, kAddress);
}
Rrset Cname(absl::string_view owner, absl::string_view target,
            int64_t ttl = 300) {
  return Of(owner, kTypeCname, ttl, Wire(target));
}
Rrset Dname(absl::string_view owner, absl::string_view target, int64_t ttl) {
  return Of(owner, kTypeDname, ttl, Wire(target));
}
// With a minimum of up to 255 seconds.
Rrset Soa(int64_t ttl, int minimum) {
  return Of(
      "example", kTypeSoa, ttl,
      absl::StrCat(Wire("ns.example"), Wire("h.example"), std::string(19, '\0'),
                   std::string(1, static_cast<char>(minimum))));
}
Rrset Nsec(int64_t ttl) { return Of("mx.example", kTypeNsec, ttl, "x"); }
Rrset Ns() { return Of("example", kTypeNs, 300, Wire("ns.example")); }

DnsMessage Message(std::vector<Rrset> answer, std::vector<Rrset> authority = {},
                   int rcode = kRcodeNoError) {
  return {rcode, 0, std::move(answer), std::move(authority)};
}

absl::StatusOr<Reading> ReadOf(const DnsMessage& message,
                               RrType type = RrType::kA) {
  return Read({NameOf("mx.example"), type}, message);
}

void ExpectFault(const DnsMessage& message, const std::string& why) {
  const auto reading = ReadOf(message);
  EXPECT_EQ(reading.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(reading.status().message()), HasSubstr(why));
}

TEST(Read, FindsTheRecordsOfTheNameAndTheType) {
  const DnsMessage message =
      Message({Of("mx.example", kTypeTlsa, 300, "x"), Address("other.example"),
               Address("mx.example", 60)});
  const auto reading = ReadOf(message);
  ASSERT_NE(reading->records, nullptr);
  EXPECT_EQ(reading->records, &message.answer[2]);
  EXPECT_EQ(reading->records_voucher, reading->records);
  EXPECT_THAT(reading->aliases, IsEmpty());
  EXPECT_EQ(reading->life, 60);
}

// RFC 1034 3.6.2
TEST(Read, FollowsAliasesInAnyOrder) {
  const DnsMessage message =
      Message({Address("c.example", 40), Cname("b.example", "c.example", 30),
               Cname("mx.example", "b.example", 50)});
  const auto reading = ReadOf(message);
  EXPECT_THAT(reading->aliases,
              ElementsAre(NameOf("b.example"), NameOf("c.example")));
  EXPECT_THAT(reading->alias_vouchers,
              ElementsAre(&message.answer[2], &message.answer[1]));
  EXPECT_EQ(reading->records, &message.answer[0]);
  EXPECT_EQ(reading->life, 30);
}

TEST(Read, AnswersAQuestionForAnAliasWithItself) {
  const DnsMessage message = Message({Cname("mx.example", "b.example", 50)});
  const auto reading = ReadOf(message, RrType::kCname);
  EXPECT_EQ(reading->records, &message.answer[0]);
  EXPECT_THAT(reading->aliases, IsEmpty());
  EXPECT_EQ(reading->life, 50);
}

// RFC 1034 3.6.2: no answer
TEST(Read, RefusesAliasesThatGoRoundOrCannotBeRead) {
  ExpectFault(Message({Cname("mx.example", "b.example"),
                       Cname("b.example", "mx.example")}),
              "form a loop");
  ExpectFault(Message({Cname("mx.example", "mx.example")}), "form a loop");
  ExpectFault(Message({Of("mx.example", kTypeCname, 300, "\7broken")}),
              "cannot be read");
}

// RFC 6672 3.1, 5.3.1: the CNAME is made on the way, often with a TTL of 0
TEST(Read, TakesTheDnameForWhatVouchesForAnAlias) {
  const DnsMessage message =
      Message({Dname("example", "test", 90), Cname("mx.example", "mx.test", 0),
               Address("mx.test", 300)});
  const auto reading = ReadOf(message);
  EXPECT_THAT(reading->alias_vouchers, ElementsAre(&message.answer[0]));
  EXPECT_EQ(reading->life, 90);
  const auto of_alias = ReadOf(message, RrType::kCname);
  EXPECT_EQ(of_alias->records, &message.answer[1]);
  EXPECT_EQ(of_alias->records_voucher, &message.answer[0]);
  EXPECT_EQ(of_alias->life, 90);
}

TEST(Read, TakesNoDnameThatMakesAnotherAlias) {
  for (const Rrset& other :
       {Dname("example", "evil", 90), Dname("mx.example", "test", 90),
        Dname("other", "test", 90)}) {
    const DnsMessage message = Message(
        {other, Cname("mx.example", "mx.test", 60), Address("mx.test")});
    const auto reading = ReadOf(message);
    EXPECT_THAT(reading->alias_vouchers, ElementsAre(&message.answer[1]));
    EXPECT_EQ(reading->life, 60);
  }
}

// RFC 2308 5, RFC 4035 5.4
TEST(Read, DeniesForTheLeastOfSoaMinimumAndProof) {
  struct Row {
    int64_t soa;
    int minimum;
    int64_t nsec;
    int64_t life;
  };
  for (const Row& row : std::vector<Row>{
           {90, 200, 100, 90}, {120, 80, 100, 80}, {120, 200, 70, 70}}) {
    for (const int rcode : {kRcodeNoError, kRcodeNxDomain}) {
      const auto reading = ReadOf(
          Message({}, {Soa(row.soa, row.minimum), Nsec(row.nsec)}, rcode));
      EXPECT_EQ(reading->records, nullptr);
      EXPECT_EQ(reading->life, row.life);
    }
  }
}

TEST(Read, KeepsAliasesOfADenial) {
  const auto reading = ReadOf(Message({Cname("mx.example", "b.example", 40)},
                                      {Soa(90, 200)}, kRcodeNxDomain));
  EXPECT_THAT(reading->aliases, ElementsAre(NameOf("b.example")));
  EXPECT_EQ(reading->records, nullptr);
  EXPECT_EQ(reading->life, 40);
}

// RFC 2308 5: without an SOA record nothing says how long
TEST(Read, TakesTheMessagesLifeForADenialWithoutSoa) {
  DnsMessage message = Message({}, {Nsec(100)});
  EXPECT_EQ(ReadOf(message)->life, 0);
  message.ttl = 30;
  EXPECT_EQ(ReadOf(message)->life, 30);
  message.authority.push_back(Soa(90, 200));
  EXPECT_EQ(ReadOf(message)->life, 90);
}

TEST(Read, GivesNoLifeByAnSoaThatIsTooShort) {
  EXPECT_EQ(ReadOf(Message({}, {Of("example", kTypeSoa, 90, "abc")}))->life, 0);
}

// RFC 4035 5.3.4
TEST(Read, LivesNoLongerThanTheProofOfAWildcard) {
  EXPECT_EQ(ReadOf(Message({Address("mx.example")}, {Nsec(25)}))->life, 25);
  // an SOA record beside records bounds nothing
  EXPECT_EQ(ReadOf(Message({Address("mx.example")}, {Soa(9, 9)}))->life, 300);
}

TEST(Read, NeverGivesALifeBelowZero) {
  EXPECT_EQ(ReadOf(Message({Address("mx.example", -5)}))->life, 0);
}

// RFC 2308 2.2
TEST(Read, RefusesAReferral) {
  ExpectFault(Message({}, {Ns()}), "a referral");
  ExpectFault(Message({Cname("mx.example", "b.example")}, {Ns()}),
              "a referral");
  EXPECT_TRUE(ReadOf(Message({}, {Ns(), Soa(90, 200)})).ok());
  EXPECT_TRUE(ReadOf(Message({}, {Ns()}, kRcodeNxDomain)).ok());
  EXPECT_TRUE(ReadOf(Message({Address("mx.example")}, {Ns()})).ok());
}

TEST(Read, RefusesRecordsOfANameThatIsDenied) {
  ExpectFault(Message({Address("mx.example")}, {}, kRcodeNxDomain),
              "NXDOMAIN, yet there are records");
}

}  // namespace
}  // namespace danebound
