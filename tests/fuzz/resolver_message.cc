// Any message of Unbound, as the module's C half would hand it over: dice
// (tests/oracle/dice.h) make it of a few names, so that CNAMEs and DNAMEs meet.
// RFC 7672 2.1.
//
//   failure   every RCODE but NOERROR and NXDOMAIN, no reply, or no validation;
//             it holds neither records nor aliases, and lives kFailureLife.
//   secure    only where the message and every RRset that was used is.
//   denial    NXDOMAIN has no records.
//   life      not past, not longer than any RRset that was used.
#include "module/resolver_message.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tests/fuzz/require.h"
#include "tests/oracle/dice.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'700'000'000;
constexpr int kRcodes = 24;

Name RandomName(Dice& dice) {
  static const auto* const names = new std::vector<std::string>{
      "mx.example", "mx.test", "a.b.example", "a.c.test", "b.example",
      "c.test",     "example", ".",           "*.example"};
  return *Name::ParseText(dice.Pick(*names));
}

std::string RandomRdata(Dice& dice) {
  if (dice.Chance(70)) return std::string(RandomName(dice).wire());
  if (dice.Chance(50)) {
    return absl::StrCat(RandomName(dice).wire(),
                        std::string(20, static_cast<char>(dice.Below(256))));
  }
  std::string rdata(dice.Below(24), '\0');
  for (char& octet : rdata) octet = static_cast<char>(dice.Below(256));
  return rdata;
}

int64_t RandomTtl(Dice& dice) {
  return dice.Pick(
      std::vector<int64_t>{-5, 0, 1, 300, 3600, 2147483647, 4294967295});
}

ResolverSecurity RandomSecurity(Dice& dice) {
  if (dice.Chance(50)) return ResolverSecurity::kSecure;
  return static_cast<ResolverSecurity>(dice.Below(6));
}

Rrset RandomRrset(const std::vector<uint16_t>& types, Dice& dice) {
  Rrset rrset;
  rrset.owner = RandomName(dice);
  rrset.type = dice.Pick(types);
  rrset.security = SecurityOf(RandomSecurity(dice));
  rrset.ttl = RandomTtl(dice);
  for (size_t count = dice.Below(3); count > 0; --count) {
    rrset.rdata.push_back(RandomRdata(dice));
  }
  return rrset;
}

ResolverMessage RandomMessage(Dice& dice) {
  ResolverMessage message;
  message.has_reply = dice.Chance(95);
  message.rcode = dice.Chance(80) ? static_cast<int>(dice.Below(2)) * 3
                                  : static_cast<int>(dice.Below(kRcodes)) - 1;
  message.security = RandomSecurity(dice);
  message.ttl = RandomTtl(dice);
  for (size_t count = dice.Below(7); count > 0; --count) {
    message.answer.push_back(RandomRrset({1, 5, 5, 5, 15, 39, 52}, dice));
  }
  for (size_t count = dice.Below(4); count > 0; --count) {
    message.authority.push_back(RandomRrset({2, 6, 47, 50}, dice));
  }
  if (dice.Chance(20)) message.ede = static_cast<uint16_t>(dice.Below(30));
  return message;
}

bool HasSecure(const std::vector<Rrset>& rrsets) {
  return std::any_of(rrsets.begin(), rrsets.end(), [](const Rrset& r) {
    return r.security == Security::kSecure;
  });
}

int64_t LongestLife(const ResolverMessage& message) {
  int64_t life = std::max<int64_t>(message.ttl, 0);
  for (const auto& section : {message.answer, message.authority}) {
    for (const Rrset& rrset : section) life = std::max(life, rrset.ttl);
  }
  return std::min<int64_t>(life, std::numeric_limits<int32_t>::max());
}

void CheckFailure(const Answer& answer) {
  Require(answer.rdata.empty() && answer.aliases.empty(),
          "a failure holds records");
  Require(answer.expires == kNow + kFailureLife, "a failure of another life");
}

void CheckKnown(const ResolverMessage& message, const Answer& answer) {
  Require(message.has_reply && (message.rcode == 0 || message.rcode == 3),
          "a failed message is an answer");
  Require(message.security == ResolverSecurity::kSecure ||
              message.security == ResolverSecurity::kInsecure ||
              message.security == ResolverSecurity::kIndeterminate,
          "a message that was not validated is an answer");
  Require((answer.security == Security::kSecure) ==
              (message.security == ResolverSecurity::kSecure),
          "the answer has another security than its message");
  const bool rests_on_answer = !answer.rdata.empty() || !answer.aliases.empty();
  Require(answer.security != Security::kSecure || !rests_on_answer ||
              HasSecure(message.answer),
          "secure records of RRsets that are not");
  Require(answer.name_exists == (message.rcode == 0), "the wrong denial");
  Require(answer.name_exists || answer.rdata.empty(), "NXDOMAIN with records");
  Require(answer.aliases.size() <= message.answer.size(), "aliases come up");
  Require(
      answer.expires >= kNow && answer.expires <= kNow + LongestLife(message),
      "a life that nothing gives");
}

void Try(absl::string_view octets) {
  Dice dice(octets);
  const Question question{RandomName(dice), dice.Pick(std::vector<RrType>{
                                                RrType::kA, RrType::kCname,
                                                RrType::kMx, RrType::kTlsa})};
  ResolverMessage message = RandomMessage(dice);
  const bool below = dice.Chance(50);
  const auto below_anchor = [below](const Name&) { return below; };
  const Answer answer = ToAnswer(question, message, kNow, below_anchor);
  if (IsFailure(answer.security)) {
    CheckFailure(answer);
  } else {
    CheckKnown(message, answer);
  }
  // Whatever Unbound's error cache shows beside it. RFC 7672 2.1.2.
  message.rcode = 2;
  Require(IsFailure(ToAnswer(question, message, kNow, below_anchor).security),
          "SERVFAIL is an answer");
}

}  // namespace
}  // namespace danebound

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  danebound::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
