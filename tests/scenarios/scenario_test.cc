// Every scenario through the scripted driver: with and without the security of
// aliases told, answers in the order of the questions and reversed.
#include "tests/scenarios/scenario.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "tests/scenarios/description.h"
#include "tests/scenarios/scripted_driver.h"

namespace danebound::scenario {
namespace {

constexpr int64_t kNow = 1700000000;

class ScriptedScenario : public testing::Test {
 public:
  explicit ScriptedScenario(const Scenario& scenario) : scenario_(scenario) {}

  void TestBody() override {
    const auto skip = scenario_.skips.find("scripted");
    if (skip != scenario_.skips.end()) GTEST_SKIP() << skip->second;
    for (const Ask& ask : scenario_.asks) {
      Check(ask, AnswerOrder::kFirstAskedFirst, AliasSecurity::kAsked);
      Check(ask, AnswerOrder::kLastAskedFirst, AliasSecurity::kAsked);
      if (scenario_.skips.contains("told")) continue;
      Check(ask, AnswerOrder::kFirstAskedFirst, AliasSecurity::kTold);
      Check(ask, AnswerOrder::kLastAskedFirst, AliasSecurity::kTold);
    }
  }

 private:
  void Check(const Ask& ask, AnswerOrder order, AliasSecurity alias_security) {
    SCOPED_TRACE(scenario_.name + ".scenario:" + std::to_string(ask.line) +
                 ": ask " + ask.text);
    SCOPED_TRACE(order == AnswerOrder::kFirstAskedFirst
                     ? "answers in the order of the questions"
                     : "answers in reverse order");
    SCOPED_TRACE(alias_security == AliasSecurity::kTold
                     ? "security of aliases told"
                     : "security of aliases asked for");
    const Played played =
        PlayScripted(scenario_, ask, order, alias_security, kNow);
    EXPECT_EQ(Describe(ask.expectation), Describe(played.verdict));
    EXPECT_EQ("", WrongLives(ask.expectation, played.verdict, kNow, 0));
    for (const Question& question : ask.unasked) {
      EXPECT_EQ(played.asked.count(question), 0U)
          << ToText(question) << " was asked";
    }
  }

  const Scenario& scenario_;
};

void Register(const std::vector<Scenario>& scenarios) {
  for (const Scenario& scenario : scenarios) {
    testing::RegisterTest("Scripted", scenario.name.c_str(), nullptr, nullptr,
                          __FILE__, __LINE__, [&scenario]() -> testing::Test* {
                            return new ScriptedScenario(scenario);
                          });
  }
}

}  // namespace
}  // namespace danebound::scenario

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const auto scenarios =
      danebound::scenario::ReadScenarios(DANEBOUND_SCENARIO_FOLDER);
  if (!scenarios.ok()) {
    std::cerr << scenarios.status().message() << "\n";
    return 1;
  }
  danebound::scenario::Register(*scenarios);
  return RUN_ALL_TESTS();
}
