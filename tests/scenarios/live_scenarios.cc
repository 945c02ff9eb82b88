#include "tests/scenarios/live_scenarios.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/scenarios/description.h"
#include "tests/scenarios/scenario.h"
#include "tests/scenarios/scripted_driver.h"
#include "tests/scenarios/zone_records.h"

namespace danebound::scenario {
namespace {

// Seconds from the signing of the zones, where ends=SECONDS counts from, to the
// first question.
constexpr int64_t kStartLimit = 60;

struct Heard {
  std::string round;
  absl::StatusOr<Verdict> verdict = absl::UnknownError("nothing was heard");
  int64_t at = 0;      // seconds since the epoch
  int64_t oldest = 0;  // seconds; what was cached in this run is not older
};

struct Job {
  const Scenario* scenario;
  const Ask* ask;
  bool skipped;
  std::vector<Heard> heard;
};

std::string KeyOf(const Choices& choices) {
  std::string key =
      absl::StrCat(ToText(choices.insecure_mx), choices.require ? " r" : " -");
  for (const Name& name : choices.own_names) {
    absl::StrAppend(&key, " ", name.ToText());
  }
  return key;
}

// Says whether a server of the scenario is silent, which takes many seconds.
bool IsSlow(const Scenario& scenario) {
  return std::any_of(
      scenario.faults.begin(), scenario.faults.end(),
      [](const auto& fault) { return fault.second == Fault::kDrop; });
}

void Play(const Round& round, int64_t started, const std::vector<Job*>& jobs) {
  std::map<std::string, std::vector<Job*>> by_choices;
  for (Job* job : jobs) by_choices[KeyOf(job->ask->choices)].push_back(job);
  for (const auto& entry : by_choices) {
    const std::vector<Job*>& group = entry.second;
    std::vector<NextHop> next_hops;
    for (Job* job : group) {
      next_hops.push_back(job->ask->next_hop);
      job->heard.push_back({round.name});
    }
    round.ask_all(next_hops, group[0]->ask->choices,
                  [&group, started](size_t index,
                                    const absl::StatusOr<Verdict>& verdict) {
                    Heard& heard = group[index]->heard.back();
                    heard.verdict = verdict;
                    heard.at = std::time(nullptr);
                    heard.oldest = heard.at - started + kStartLimit;
                  });
  }
}

// The quick ones apart, so that they are asked again before the resolver
// forgets their failures (5 s).
void PlayAll(const std::vector<Round>& rounds, std::vector<Job>& jobs) {
  const int64_t started = std::time(nullptr);
  for (const bool slow : {false, true}) {
    std::vector<Job*> chosen;
    for (Job& job : jobs) {
      if (!job.skipped && IsSlow(*job.scenario) == slow) {
        chosen.push_back(&job);
      }
    }
    for (const Round& round : rounds) Play(round, started, chosen);
  }
}

// The questions that reached the fault server.
std::set<RrsetKey> ReadQueryLog() {
  std::set<RrsetKey> asked;
  const char* path = std::getenv("DANEBOUND_TREE_QUERIES");
  std::ifstream log(path == nullptr ? "" : path);
  EXPECT_TRUE(log.is_open()) << "run this below tests/tree/tree.py";
  std::string zone;
  std::string protocol;
  std::string name;
  std::string type;
  while (log >> zone >> protocol >> name >> type) {
    const absl::StatusOr<Name> parsed = Name::ParseText(name);
    if (parsed.ok()) asked.insert({*parsed, ParseType(type)});
  }
  return asked;
}

class LiveScenario : public testing::Test {
 public:
  LiveScenario(std::string driver, const Scenario& scenario,
               std::vector<const Job*> jobs)
      : driver_(std::move(driver)),
        scenario_(scenario),
        jobs_(std::move(jobs)) {}

  void TestBody() override {
    if (jobs_[0]->skipped) GTEST_SKIP() << scenario_.skips.at(driver_);
    const std::set<RrsetKey> asked = ReadQueryLog();
    for (const Job* job : jobs_) {
      SCOPED_TRACE(absl::StrCat(scenario_.name, ".scenario:", job->ask->line,
                                ": ask ", job->ask->text));
      for (const Heard& heard : job->heard) Check(*job->ask, heard);
      for (const Question& question : job->ask->unasked) {
        const auto type = static_cast<uint16_t>(question.type);
        EXPECT_EQ(asked.count({question.name, type}), 0U)
            << ToText(question) << " was asked";
      }
    }
  }

 private:
  void Check(const Ask& ask, const Heard& heard) {
    SCOPED_TRACE(heard.round);
    ASSERT_TRUE(heard.verdict.ok()) << heard.verdict.status();
    const Verdict& verdict = *heard.verdict;
    EXPECT_EQ(Describe(ask.expectation), Describe(verdict)) << Texts(verdict);
    const Played played =
        PlayScripted(scenario_, ask, AnswerOrder::kFirstAskedFirst,
                     AliasSecurity::kTold, heard.at);
    EXPECT_EQ(DescribeWhole(played.verdict), DescribeWhole(verdict));
    EXPECT_EQ("", WrongLives(ask.expectation, verdict, heard.at, heard.oldest));
  }

  // What the driver says in words, for a person who looks at a difference.
  static std::string Texts(const Verdict& verdict) {
    std::vector<std::string> texts;
    for (const Reason& reason : verdict.reasons) texts.push_back(reason.text);
    for (const HostVerdict& host : verdict.hosts) {
      for (const Reason& reason : host.reasons) texts.push_back(reason.text);
    }
    return absl::StrJoin(texts, "\n");
  }

  const std::string driver_;
  const Scenario& scenario_;
  const std::vector<const Job*> jobs_;
};

bool IsWanted(const Scenario& scenario, int argc, char** argv) {
  return argc < 2 ||
         std::find(argv + 1, argv + argc, scenario.name) != argv + argc;
}

void Register(const std::string& driver, const std::vector<Scenario>& scenarios,
              const std::vector<Job>& jobs) {
  for (const Scenario& scenario : scenarios) {
    std::vector<const Job*> own;
    for (const Job& job : jobs) {
      if (job.scenario == &scenario) own.push_back(&job);
    }
    if (own.empty()) continue;
    testing::RegisterTest(driver.c_str(), scenario.name.c_str(), nullptr,
                          nullptr, __FILE__, __LINE__,
                          [=, &scenario]() -> testing::Test* {
                            return new LiveScenario(driver, scenario, own);
                          });
  }
}

}  // namespace

int RunLiveScenarios(int argc, char** argv, const std::string& driver,
                     const std::vector<Round>& rounds) {
  testing::InitGoogleTest(&argc, argv);
  const absl::StatusOr<std::vector<Scenario>> scenarios =
      ReadScenarios(DANEBOUND_SCENARIO_FOLDER);
  if (!scenarios.ok()) {
    std::cerr << scenarios.status().message() << "\n";
    return 1;
  }
  std::vector<Job> jobs;
  for (const Scenario& scenario : *scenarios) {
    if (!IsWanted(scenario, argc, argv)) continue;
    const bool skipped = argc < 2 && scenario.skips.contains(driver);
    for (const Ask& ask : scenario.asks) {
      jobs.push_back({&scenario, &ask, skipped, {}});
    }
  }
  PlayAll(rounds, jobs);
  Register(driver, *scenarios, jobs);
  return RUN_ALL_TESTS();
}

}  // namespace danebound::scenario
