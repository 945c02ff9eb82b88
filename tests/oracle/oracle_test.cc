// The engine against the oracle, over random worlds.
//
// DANEBOUND_ORACLE_WORLDS sets how many worlds each test plays (10000), and
// DANEBOUND_ORACLE_SEED the seed of the first (1): a failure can be had again
// with its seed and 1 world.
#include "tests/oracle/oracle.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "stub/dane/conclude.h"
#include "stub/dane/lookup.h"
#include "tests/oracle/dice.h"
#include "tests/oracle/differences.h"
#include "tests/oracle/play.h"
#include "tests/oracle/random_world.h"
#include "tests/oracle/world.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1700000000;
constexpr uint32_t kWorlds = 10000;

uint32_t NumberFromEnvironment(const char* name, uint32_t otherwise) {
  const char* text = std::getenv(name);
  uint32_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number
                                                            : otherwise;
}

// Runs `check` on the worlds of `count` seeds from `first` on, until one fails.
template <typename Check>
void ForWorlds(uint32_t first, uint32_t count, Check check) {
  for (uint32_t index = 0; index < count; ++index) {
    const World world = RandomWorld(first + index);
    Dice dice(~world.seed);
    check(world, dice);
    if (testing::Test::HasFailure()) {
      FAIL() << "in the world\n" << ToText(world);
    }
  }
}

template <typename Check>
void ForEachWorld(Check check) {
  ForWorlds(NumberFromEnvironment("DANEBOUND_ORACLE_SEED", 1),
            NumberFromEnvironment("DANEBOUND_ORACLE_WORLDS", kWorlds), check);
}

void ExpectEqual(const std::vector<std::string>& expected,
                 const std::vector<std::string>& found) {
  const std::string difference = DifferenceOf(expected, found);
  if (!difference.empty()) ADD_FAILURE() << difference;
}

std::string QuestionsNotIn(const std::set<Question>& permitted,
                           const std::set<Question>& asked) {
  std::string text;
  for (const Question& question : asked) {
    if (!permitted.contains(question)) {
      absl::StrAppend(&text, ToText(question), "; ");
    }
  }
  return text;
}

// RFC 7672 2, RFC 7505, RFC 5321 5.1.
TEST(Oracle, AgreesWithTheEngineOnFacts) {
  ForEachWorld([](const World& world, Dice& dice) {
    Lookup lookup(world.next_hop, world.limits, kNow);
    const Played played = PlayToTheEnd(world, kNow, dice, lookup);
    const Expectation expected = Evaluate(world, kNow);
    EXPECT_EQ(played.fault, "");
    ExpectEqual(LinesOf(expected.facts, kNow), LinesOf(lookup.facts(), kNow));
    EXPECT_EQ(QuestionsNotIn(expected.permitted, played.asked), "");
  });
}

// RFC 7672 2.2, 3.2, 6, RFC 7671 9: from the oracle's facts, so that what an
// engine finds and what it concludes are tested apart.
TEST(Oracle, AgreesWithTheEngineOnVerdicts) {
  ForEachWorld([](const World& world, Dice& dice) {
    const Facts facts = Evaluate(world, kNow).facts;
    for (int round = 0; round < 4; ++round) {
      const Choices choices = RandomChoices(facts, dice);
      SCOPED_TRACE(absl::StrCat("insecure-mx ", ToText(choices.insecure_mx),
                                ", own names ", choices.own_names.size()));
      ExpectEqual(LinesOf(Judge(facts, choices), kNow),
                  LinesOf(Conclude(facts, choices), kNow));
    }
  });
}

// RFC 7672 2.1.2: no answer in time is a failure, and what is known stands.
TEST(Oracle, AgreesWithTheEngineWhenALookupIsGivenUp) {
  ForEachWorld([](const World& world, Dice& dice) {
    Lookup lookup(world.next_hop, world.limits, kNow);
    const Played played = PlayAndGiveUp(world, kNow, dice, lookup);
    EXPECT_EQ(played.fault, "");
    ExpectEqual(
        LinesOf(EvaluateGivenUp(world, kNow, played.answered).facts, kNow),
        LinesOf(lookup.facts(), kNow));
  });
}

// When a renewal comes: mostly soon, sometimes to the second of an end.
int64_t LaterThan(const Facts& facts, Dice& dice) {
  if (!facts.hosts.empty() && dice.Chance(30)) {
    const int64_t end = facts.hosts[dice.Below(facts.hosts.size())].expires;
    return end - static_cast<int64_t>(dice.Below(2));
  }
  if (dice.Chance(30)) return std::min(facts.expires, kNow + 1000000);
  return kNow + static_cast<int64_t>(
                    dice.Below(dice.Pick(std::vector<size_t>{6, 300, 200000})));
}

// RFC 1035 3.2.1: what has ended is asked for again, and nothing lives on.
TEST(Oracle, AgreesWithTheEngineWhenFactsAreRenewedInALaterWorld) {
  ForEachWorld([](const World& world, Dice& dice) {
    const Facts earlier = Evaluate(world, kNow).facts;
    const int64_t later = std::max(kNow, LaterThan(earlier, dice));
    const World later_world = LaterWorld(world, dice);
    Lookup lookup(earlier, world.limits, later);
    const Played played = PlayToTheEnd(later_world, later, dice, lookup);
    EXPECT_EQ(played.fault, "");
    const Expectation expected = Renew(earlier, later_world, later);
    EXPECT_EQ(QuestionsNotIn(expected.permitted, played.asked), "");
    ExpectEqual(LinesOf(expected.facts, later), LinesOf(lookup.facts(), later));
    if (HasFailure()) {
      ADD_FAILURE() << "after " << later - kNow << " s; earlier\n"
                    << absl::StrJoin(LinesOf(earlier, kNow), "\n")
                    << "\nlater world\n"
                    << ToText(later_world);
    }
  });
}

void Count(const std::vector<Reason>& reasons,
           std::map<std::string, int>& seen) {
  for (const Reason& reason : reasons) {
    ++seen[absl::StrCat("reason ", ToText(reason.id))];
  }
}

void Count(const Verdict& verdict, std::map<std::string, int>& seen) {
  ++seen[absl::StrCat("kind ", ToText(verdict.kind))];
  ++seen[absl::StrCat("dsn ", verdict.dsn)];
  Count(verdict.reasons, seen);
  for (const HostVerdict& host : verdict.hosts) {
    ++seen[absl::StrCat("duty ", ToText(host.duty), " ", ToText(host.cause))];
    Count(host.reasons, seen);
    for (const Tlsa& record : host.tlsa) {
      ++seen[absl::StrCat("record ", ToText(record.why_not),
                          record.superseded ? "superseded" : "")];
    }
  }
}

// The comparison is worth something only where everything happens.
TEST(Oracle, MeetsEveryKindDutyCauseStatusCodeAndReason) {
  std::map<std::string, int> seen;
  ForWorlds(1, kWorlds, [&seen](const World& world, Dice& dice) {
    const Facts facts = Evaluate(world, kNow).facts;
    Count(Judge(facts, RandomChoices(facts, dice)), seen);
  });
  constexpr size_t kKinds = 7;
  constexpr size_t kStatusCodes = 6 + 1;      // and none
  constexpr size_t kDutiesAndCauses = 3 + 6;  // and skip with each cause
  constexpr size_t kReasons = 26;
  constexpr size_t kRecords = 8 + 2;  // unusable, usable, superseded
  EXPECT_EQ(seen.size(),
            kKinds + kStatusCodes + kDutiesAndCauses + kReasons + kRecords);
  for (const auto& [what, times] : seen) {
    EXPECT_GE(times, 20) << what << " is too rare to mean much";
  }
}

using TlsKeyParts =
    std::tuple<Duty, uint16_t, std::string, std::vector<std::string>>;

// All that tls_key.h says goes into the key, and nothing else.
TlsKeyParts PartsOf(const HostVerdict& host, uint16_t port) {
  if (host.sni.empty()) {
    const std::string name = host.name.IsRoot()
                                 ? host.addresses.at(0).address.ToText()
                                 : host.name.ToText();
    return {host.duty, port, name, {}};
  }
  std::vector<std::string> records;
  for (const Tlsa& record : host.tlsa) {
    if (record.counts()) records.push_back(record.rdata);
  }
  std::sort(records.begin(), records.end());
  records.insert(records.begin(), host.names.begin(), host.names.end());
  return {host.duty, port, host.sni, records};
}

// RFC 7672 2.2.3, 8.1: sessions are shared only where the duty is the same.
TEST(Oracle, FindsEqualTlsKeysOnlyForEqualDutiesAndPeers) {
  std::map<TlsKeyParts, std::string> keys;
  std::map<std::string, TlsKeyParts> parts;
  ForEachWorld([&](const World& world, Dice& dice) {
    const Facts facts = Evaluate(world, kNow).facts;
    const Verdict verdict = Conclude(facts, RandomChoices(facts, dice));
    for (const HostVerdict& host : verdict.hosts) {
      const TlsKeyParts part = PartsOf(host, world.next_hop.port);
      EXPECT_EQ(keys.insert({part, host.tls_key}).first->second, host.tls_key);
      EXPECT_EQ(parts.insert({host.tls_key, part}).first->second, part);
    }
  });
}

}  // namespace
}  // namespace danebound
