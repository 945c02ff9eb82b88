#include "module/job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/module/messages.h"

namespace danebound {

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int64_t kNow = 1000;

bool BelowAnchor(const Name&) { return true; }

void Answer(Job& job, const JobQuestion& question,
            const ResolverMessage& message) {
  job.OnAnswer(question, message, kNow, BelowAnchor);
}

// As the desk makes them.
Lookup PrefetchLookup() {
  LookupLimits limits;
  limits.evaluated_hosts = 4;
  limits.tries = 1;
  return LookupOf("a.example", limits);
}

// Asks what comes, and answers it by `answer`; returns what was asked.
template <typename ToMessage>
std::vector<JobQuestion> Play(Job& job, const ToMessage& answer) {
  std::vector<JobQuestion> asked;
  while (!job.done() && asked.size() < 100) {
    const std::vector<JobQuestion> questions = job.TakeQuestions();
    if (questions.empty()) break;
    for (const JobQuestion& question : questions) {
      asked.push_back(question);
      Answer(job, question, answer(question));
    }
  }
  return asked;
}

std::vector<std::string> Hosts(int count) {
  std::vector<std::string> hosts;
  for (int i = 0; i < count; ++i) {
    hosts.push_back("mx" + std::to_string(i) + ".a.example");
  }
  return hosts;
}

// A healthy domain of so many hosts.
ResolverMessage Healthy(const JobQuestion& question, int hosts) {
  switch (question.type) {
    case kMx:
      return MxOf("a.example", Hosts(hosts));
    case kA:
      return Records(question, {std::string("\xc0\x00\x02\x01", 4)});
    case kTlsa:
      return Records(question,
                     {std::string("\x03\x01\x01", 3) + std::string(32, 'x')});
    default:
      return NoData();
  }
}

TEST(VerdictJob, AsksAllThatCanRunSideBySide) {
  VerdictJob job(1, LookupOf("a.example"), 0);
  EXPECT_THAT(job.TakeQuestions(), ElementsAre(Q("a.example", kMx)));
  Answer(job, Q("a.example", kMx), MxOf("a.example", Hosts(16)));
  EXPECT_THAT(job.TakeQuestions(), SizeIs(32));
  EXPECT_THAT(job.TakeQuestions(), IsEmpty());
}

TEST(VerdictJob, ReportsAllWhenDone) {
  VerdictJob job(7, LookupOf("a.example"), 0);
  Play(job, [](const JobQuestion& asked) { return Healthy(asked, 2); });
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  EXPECT_EQ(report.job, 7U);
  EXPECT_EQ(report.outcome, JobOutcome::kDone);
  EXPECT_TRUE(report.is_whole);
  ASSERT_THAT(report.facts->hosts, SizeIs(2));
  EXPECT_EQ(report.facts->hosts[0].state, HostState::kTlsa);
}

TEST(VerdictJob, IsNotWholeWhenGivenUp) {
  VerdictJob job(1, LookupOf("a.example"), 0);
  job.TakeQuestions();
  job.GiveUp("too late", kNow);
  EXPECT_TRUE(job.done());
  EXPECT_FALSE(job.Finish().is_whole);
}

TEST(VerdictJob, SaysInASnapshotWhatIsKnownAndGoesOn) {
  VerdictJob job(1, LookupOf("a.example"), 0);
  job.TakeQuestions();
  Answer(job, Q("a.example", kMx), MxOf("a.example", Hosts(1)));
  const Report report = job.Snapshot("not yet", kNow);
  EXPECT_EQ(report.outcome, JobOutcome::kSnapshot);
  EXPECT_FALSE(report.is_whole);
  EXPECT_THAT(report.facts->hosts, SizeIs(1));
  EXPECT_FALSE(job.done());
}

TEST(VerdictJob, FailsWhatCouldNotBeAsked) {
  VerdictJob job(1, LookupOf("a.example"), 0);
  job.TakeQuestions();
  job.OnUnasked(Q("a.example", kMx), kNow);
  ASSERT_TRUE(job.done());
  EXPECT_EQ(job.Finish().facts->kind, Kind::kFailed);
}

TEST(PrefetchJob, AsksOneQuestionAtATimeAndAHostToItsEnd) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  EXPECT_EQ(job.most_at_once(), 1U);
  EXPECT_THAT(job.TakeQuestions(), ElementsAre(Q("a.example", kMx)));
  EXPECT_THAT(job.TakeQuestions(), IsEmpty());
  Answer(job, Q("a.example", kMx), MxOf("a.example", Hosts(2)));
  const std::vector<JobQuestion> asked = Play(
      job, [](const JobQuestion& question) { return Healthy(question, 2); });
  EXPECT_THAT(asked,
              ElementsAre(Q("mx0.a.example", kA), Q("mx0.a.example", kAaaa),
                          Q("_25._tcp.mx0.a.example", kTlsa),
                          Q("mx1.a.example", kA), Q("mx1.a.example", kAaaa),
                          Q("_25._tcp.mx1.a.example", kTlsa)));
}

TEST(PrefetchJob, IsWholeWhenItSawAll) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  Play(job, [](const JobQuestion& asked) { return Healthy(asked, 2); });
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  EXPECT_TRUE(report.is_whole);
  EXPECT_EQ(report.fruitless, 0U);
}

TEST(PrefetchJob, AsksNoMoreThanItMay) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  const auto answer = [](const JobQuestion& asked) {
    return Healthy(asked, 16);
  };
  EXPECT_THAT(Play(job, answer), SizeIs(12));
  ASSERT_TRUE(job.done());
  EXPECT_FALSE(job.Finish().is_whole);
}

// What was left out is for others to ask.
TEST(PrefetchJob, IsNotWholeWhenHostsWereLeftOut) {
  PrefetchJob job(1, PrefetchLookup(), 100);
  Play(job, [](const JobQuestion& asked) { return Healthy(asked, 16); });
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  EXPECT_FALSE(report.is_whole);
  EXPECT_EQ(report.facts->hosts[4].state, HostState::kNotEvaluated);
}

TEST(PrefetchJob, IsNotWholeWhenAHostFailed) {
  LookupLimits limits;
  limits.tries = 1;
  PrefetchJob job(1, LookupOf("a.example", limits), 12);
  Play(job, [](const JobQuestion& asked) {
    return asked.type == kTlsa ? Failure() : Healthy(asked, 1);
  });
  ASSERT_TRUE(job.done());
  EXPECT_FALSE(job.Finish().is_whole);
}

struct OfNoUse {
  const char* name;
  ResolverMessage (*answer)(const JobQuestion&);
};

void PrintTo(const OfNoUse& param, std::ostream* out) { *out << param.name; }

class Fruitless : public ::testing::TestWithParam<OfNoUse> {};

// Whoever owns the zone decides what stands in the MX records; others pay.
TEST_P(Fruitless, EndsAPrefetchAtTheSecondTime) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  const std::vector<JobQuestion> asked =
      Play(job, [](const JobQuestion& question) {
        return question.type == kMx ? MxOf("a.example", Hosts(4))
                                    : GetParam().answer(question);
      });
  EXPECT_THAT(asked, SizeIs(3));
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  EXPECT_EQ(report.fruitless, 2U);
  EXPECT_FALSE(report.is_whole);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, Fruitless,
    ::testing::Values(
        OfNoUse{"Failure", [](const JobQuestion&) { return Failure(); }},
        OfNoUse{"NoSuchName", [](const JobQuestion&) { return NoName(); }},
        OfNoUse{"AliasToAnAlias",
                [](const JobQuestion& asked) {
                  return AddressBehindAliases(asked.name.ToText(), 2);
                }}),
    [](const auto& of) { return std::string(of.param.name); });

TEST(PrefetchJob, TakesOneAliasForUseful) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  Play(job, [](const JobQuestion& asked) {
    return asked.type == kA ? AddressBehindAliases(asked.name.ToText(), 1)
                            : Healthy(asked, 4);
  });
  EXPECT_EQ(job.Finish().fruitless, 0U);
}

TEST(PrefetchJob, CountsWhatCouldNotBeAskedAsOfNoUse) {
  PrefetchJob job(1, PrefetchLookup(), 12);
  job.TakeQuestions();
  Answer(job, Q("a.example", kMx), MxOf("a.example", Hosts(4)));
  for (int i = 0; i < 2; ++i) {
    const std::vector<JobQuestion> next = job.TakeQuestions();
    ASSERT_THAT(next, SizeIs(1));
    job.OnUnasked(next[0], kNow);
  }
  EXPECT_TRUE(job.done());
  EXPECT_FALSE(job.Finish().is_whole);
}

TEST(ProbeJob, AsksForTheKeysOfAllAnchors) {
  ProbeJob job(1);
  job.Aim(ValidationMode(), {N("a.example"), N("b.example")});
  EXPECT_THAT(job.TakeQuestions(),
              ElementsAre(Q("a.example", 48), Q("b.example", 48)));
  EXPECT_THAT(job.TakeQuestions(), IsEmpty());
  Answer(job, Q("b.example", 48), Records(Q("b.example", 48), {"key"}));
  EXPECT_FALSE(job.done());
  job.OnUnasked(Q("a.example", 48), kNow);
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  ASSERT_TRUE(report.probe);
  ASSERT_THAT(report.probe->keys, SizeIs(2));
  EXPECT_EQ(report.probe->keys[0].anchor, N("a.example"));
  EXPECT_NE(report.probe->keys[0].answer.why, "");
  EXPECT_EQ(report.probe->keys[1].anchor, N("b.example"));
  EXPECT_EQ(report.probe->keys[1].answer.security, Security::kSecure);
}

TEST(ProbeJob, HasABound) {
  ProbeJob job(1);
  job.Aim(ValidationMode(), std::vector<Name>(kMostProbed + 1, N("a.example")));
  EXPECT_THAT(job.TakeQuestions(), SizeIs(kMostProbed));
}

TEST(ProbeJob, KeepsItsAnswersWhenGivenUpAfterwards) {
  ProbeJob job(1);
  job.Aim(ValidationMode(), {N("a.example"), N("b.example")});
  job.TakeQuestions();
  Answer(job, Q("a.example", 48), Records(Q("a.example", 48), {"key"}));
  job.GiveUp("too late", kNow);
  ASSERT_TRUE(job.done());
  const Report report = job.Finish();
  ASSERT_THAT(report.probe->keys, SizeIs(2));
  EXPECT_EQ(report.probe->keys[0].answer.security, Security::kSecure);
  EXPECT_EQ(report.probe->keys[1].answer.why, "too late");
}

}  // namespace
}  // namespace danebound
