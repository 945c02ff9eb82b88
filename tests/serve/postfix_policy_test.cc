#include "stub/serve/socketmap/postfix_policy.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/dane/words.h"

namespace danebound {
namespace {

constexpr PostfixWay kPins = {true, ""};
constexpr PostfixWay kBadResolver = {false, "/etc/resolv.conf, 192.0.2.53"};

// 32 equal octets as a pin.
std::string Pin(absl::string_view octet) {
  std::string pin(octet);
  for (int i = 1; i < 32; ++i) absl::StrAppend(&pin, ":", octet);
  return pin;
}

HostFacts Tlsa(std::vector<std::string> records,
               absl::string_view name = "mx.example") {
  HostFacts host = HostIn(HostState::kTlsa, name);
  host.tlsa = std::move(records);
  return host;
}

std::string Reply(const Facts& facts, const PostfixWay& way,
                  const Choices& choices = {}) {
  const Verdict verdict = Conclude(facts, choices);
  const SocketmapReply reply =
      PostfixReplyFor(PolicyFor(verdict, choices.insecure_mx), verdict, way);
  return absl::StrCat(ToText(reply.status), " ", reply.text);
}

std::string Cert256(char octet) {
  std::string record = Tlsa311(octet);
  record[1] = 0;
  return record;
}

std::string Spki512() {
  return absl::StrCat(Hex("030102"), std::string(64, 1));
}

// RFC 7672 8.1
TEST(Pins, AreThoseOfAllRecordsAndTheNameIsTheBaseDomain) {
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311(0x22), Cert256(0x11)})}), kPins),
            absl::StrCat("OK fingerprint match=", Pin("11"), "|", Pin("22"),
                         " servername=mx.example"));
}

TEST(Pins, AreThoseOfAllHostsAndEachIsSentItsOwnName) {
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311(0x11)}, "mx1.example"),
                        Tlsa({Tlsa311(0x11), Tlsa311(0x22)}, "mx2.example")}),
                  kPins),
            absl::StrCat("OK fingerprint match=", Pin("11"), "|", Pin("22"),
                         " servername=hostname"));
}

TEST(Pins, NameTheBaseDomainThatHostsShare) {
  HostFacts first = Tlsa({Tlsa311()}, "mx1.example");
  HostFacts second = Tlsa({Tlsa311()}, "mx2.example");
  first.base_domain = first.expanded = N("mail.example");
  second.base_domain = second.expanded = N("mail.example");
  EXPECT_EQ(Reply(Mail({first, second}), kPins),
            absl::StrCat("OK fingerprint match=", Pin("11"),
                         " servername=mail.example"));
  second.base_domain = second.expanded = N("other.example");
  EXPECT_EQ(Reply(Mail({first, second}), kPins), "OK dane-only");
}

TEST(Pins, PassOverHostsThatAreSkipped) {
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311()}),
                        HostIn(HostState::kTlsaFailed, "sick.example")}),
                  kPins),
            absl::StrCat("OK fingerprint match=", Pin("11"),
                         " servername=mx.example"));
}

// Else they would vouch for less, or for more, than the verdict.
TEST(Pins, AreNotGivenWhereARecordThatCountsIsAnotherKind) {
  const std::string anchor = Hex(absl::StrCat("020001", std::string(64, '1')));
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311(), anchor})}), kPins), "OK dane-only");
  EXPECT_EQ(Reply(Mail({Tlsa({Spki512()})}), kPins), "OK dane-only");
  EXPECT_EQ(Reply(Mail({Tlsa({Hex("010101")})}), kPins), "OK encrypt");
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311()}), HostIn(HostState::kNoTlsa)}), kPins),
            "OK dane");
  EXPECT_EQ(Reply(Mail({HostIn(HostState::kNoTlsa)}), kPins), "NOTFOUND ");
}

// RFC 7671 9: the weaker digest counts no more.
TEST(Pins, AreNotThoseOfASupersededDigest) {
  EXPECT_EQ(Reply(Mail({Tlsa({Tlsa311(), Spki512()})}), kPins), "OK dane-only");
}

TEST(Pins, AreNotGivenWhenThereAreTooMany) {
  std::vector<std::string> records;
  for (int i = 0; i < 256; ++i)
    records.push_back(Tlsa311(static_cast<char>(i)));
  EXPECT_EQ(Reply(Mail({Tlsa(records)}), kPins).substr(0, 14),
            "OK fingerprint");
  records.push_back(Cert256(1));
  records.back().back() = 2;
  EXPECT_EQ(Reply(Mail({Tlsa(records)}), kPins), "OK dane-only");
}

// Of this thread, whatever else runs.
std::chrono::nanoseconds CpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) +
         std::chrono::nanoseconds(time.tv_nsec);
}

// The fastest of a few runs.
std::chrono::nanoseconds TimeForPins(int hosts, int records) {
  std::vector<HostFacts> all;
  for (int host = 0; host < hosts; ++host) {
    std::vector<std::string> rdata;
    for (int i = 0; i < records; ++i) {
      rdata.push_back(Tlsa311(static_cast<char>(i)));
      rdata.back()[3] = static_cast<char>(i / 256);
      rdata.back()[4] = static_cast<char>(host);
    }
    all.push_back(Tlsa(rdata));
  }
  const Verdict verdict = Conclude(Mail(all), {});
  std::chrono::nanoseconds best = std::chrono::nanoseconds::max();
  for (int run = 0; run < 5; ++run) {
    const std::chrono::nanoseconds began = CpuTime();
    EXPECT_EQ(PinsOf(verdict).has_value(), hosts * records <= 256);
    best = std::min(best, CpuTime() - began);
  }
  return best;
}

// Nothing is made that will not be said: a domain may have 16 hosts with as
// many records as an answer holds.
TEST(Pins, TakeNoTimeWhereThereAreTooMany) {
  EXPECT_LT(TimeForPins(16, 1390), 10 * TimeForPins(1, 256));
}

// What could be forged vouches for nobody, unless the operator says so.
TEST(Pins, FollowTheChoiceBehindAnInsecureMx) {
  const Facts facts = Mail({Tlsa({Tlsa311()})}, Security::kInsecure);
  EXPECT_EQ(Reply(facts, kPins), "NOTFOUND ");
  Choices choices;
  choices.insecure_mx = InsecureMx::kAuthenticate;
  EXPECT_EQ(Reply(facts, kPins, choices).substr(0, 14), "OK fingerprint");
  choices.insecure_mx = InsecureMx::kEncrypt;
  EXPECT_EQ(Reply(facts, kPins, choices), "OK encrypt");
}

// RFC 7672 2.2: under `dane` Postfix would demand nothing of anybody.
TEST(PostfixReply, IsTempInPlaceOfDaneWhileTheResolverIsBad) {
  const HostFacts tlsa = Tlsa({Tlsa311()});
  const HostFacts none = HostIn(HostState::kNoTlsa, "free.example");
  const std::string temp = "TEMP mta-resolver: /etc/resolv.conf, 192.0.2.53";
  EXPECT_EQ(Reply(Mail({tlsa, none}), kBadResolver), temp);
  EXPECT_EQ(Reply(Mail({tlsa, none}), {true, kBadResolver.resolver_fault}),
            temp);
  Choices choices;
  choices.insecure_mx = InsecureMx::kAuthenticate;
  EXPECT_EQ(Reply(Mail({tlsa}, Security::kInsecure), kBadResolver, choices),
            temp);
  EXPECT_EQ(Reply(Mail({}, Security::kSecure, Kind::kNullMx), kBadResolver),
            temp);
  EXPECT_EQ(
      Reply(Mail({}, Security::kInsecure, Kind::kNoSuchDomain), kBadResolver),
      temp);
}

// These hold by themselves.
TEST(PostfixReply, StaysWhatItIsWhereItNeedsNoResolver) {
  const HostFacts tlsa = Tlsa({Tlsa311()});
  EXPECT_EQ(Reply(Mail({tlsa}), kBadResolver), "OK dane-only");
  EXPECT_EQ(Reply(Mail({Tlsa({Hex("010101")})}), kBadResolver), "OK encrypt");
  EXPECT_EQ(Reply(Mail({HostIn(HostState::kNoTlsa)}), kBadResolver),
            "NOTFOUND ");
  EXPECT_EQ(
      Reply(Mail({tlsa}), {true, kBadResolver.resolver_fault}).substr(0, 14),
      "OK fingerprint");
}

std::string WithTlsrpt(absl::string_view next_hop, SocketmapReply reply) {
  AddTlsrpt(Hop(next_hop), &reply);
  return reply.text;
}

TEST(AddTlsrpt, NamesNoPolicyWhereTheWordIsNoneOfDane) {
  for (const char* word :
       {"encrypt", "may", "fingerprint match=11 servername=a"}) {
    EXPECT_EQ(WithTlsrpt("example.org:26", {SocketmapStatus::kOk, word}),
              absl::StrCat(word,
                           " policy_type=no-policy-found "
                           "policy_domain=example.org"));
  }
  EXPECT_EQ(WithTlsrpt("[192.0.2.1]", {SocketmapStatus::kOk, "may"}),
            "may policy_type=no-policy-found");
}

// Postfix would call it an error, and defer.
TEST(AddTlsrpt, AddsNothingToDaneAndToWhatIsNotOk) {
  for (const char* word : {"dane", "dane-only"}) {
    EXPECT_EQ(WithTlsrpt("example.org", {SocketmapStatus::kOk, word}), word);
  }
  EXPECT_EQ(WithTlsrpt("example.org", {SocketmapStatus::kNotFound, ""}), "");
  EXPECT_EQ(WithTlsrpt("example.org", {SocketmapStatus::kTemp, "a: b"}),
            "a: b");
}

}  // namespace
}  // namespace danebound
