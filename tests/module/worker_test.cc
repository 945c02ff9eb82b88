#include "module/worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "tests/module/fake_mesh.h"
#include "tests/module/messages.h"

namespace danebound {

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr int64_t kSecond = 1000000000;

JobQuestion QuestionOf(uint64_t job, size_t index) {
  return Q(
      "q" + std::to_string(index) + ".j" + std::to_string(job) + ".example",
      kA);
}

// Asks some questions, side by side, and is done when all are answered.
class TestJob : public Job {
 public:
  TestJob(uint64_t id, size_t questions) : Job(id), left_(questions) {
    for (size_t i = 0; i < questions; ++i) {
      questions_.push_back(QuestionOf(id, i));
    }
  }

  std::vector<JobQuestion> TakeQuestions() override {
    return std::exchange(questions_, {});
  }
  int64_t leeway() const override { return 0; }
  size_t most_at_once() const override { return 1000; }
  void OnAnswer(const JobQuestion&, const ResolverMessage&, int64_t,
                const BelowAnchor&) override {
    --left_;
  }
  void OnUnasked(const JobQuestion&, int64_t) override { --left_; }
  bool done() const override { return left_ == 0; }
  void GiveUp(absl::string_view why, int64_t) override {
    left_ = 0;
    why_ = std::string(why);
  }
  Report Snapshot(absl::string_view why, int64_t) const override {
    Report report;
    report.job = id();
    report.outcome = JobOutcome::kSnapshot;
    report.text = std::string(why);
    return report;
  }
  Report Finish() override {
    Report report;
    report.job = id();
    report.outcome = JobOutcome::kDone;
    report.is_whole = why_.empty();
    report.text = why_;
    return report;
  }

 private:
  std::vector<JobQuestion> questions_;
  size_t left_;
  std::string why_;
};

// A worker with a mesh, and a clock that a test sets.
class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() : clock_({kWall, kBoot}) {
    auto mesh = std::make_unique<FakeMesh>();
    mesh_ = mesh.get();
    Worker::Options options;
    options.clock = &clock_;
    options.microseconds = [this] { return now_us_ += us_per_look_; };
    options.send = [this](Report report) {
      if (failing_sends_ > 0 && failing_sends_-- > 0) throw std::bad_alloc();
      reports_.push_back(std::move(report));
    };
    worker_ = std::make_unique<Worker>(std::move(mesh), std::move(options));
    mesh_->on_states = [this] { worker_->OnStates(); };
  }

  bool IsRung() const {
    eventfd_t count = 0;
    const bool is_rung = eventfd_read(worker_->fd(), &count) == 0;
    if (is_rung) eventfd_write(worker_->fd(), 1);
    return is_rung;
  }

  // Until the worker rings no more.
  void Work() {
    for (int i = 0; IsRung(); ++i) {
      ASSERT_LT(i, 1000) << "it rings for ever";
      worker_->OnMail();
    }
  }

  void Tick(int64_t ms) {
    now_us_ += ms * 1000;
    worker_->Post(TickMail{});
    Work();
  }
  void WantRoom(int64_t ms) {
    now_us_ += ms * 1000;
    worker_->Post(RoomMail{});
    Work();
  }

  void Start(Lane lane, std::unique_ptr<Job> job) {
    worker_->Post(StartMail{lane, std::move(job)});
    Work();
  }
  void StartAsked(uint64_t id, size_t questions) {
    Start(Lane::kAsked, std::make_unique<TestJob>(id, questions));
  }

  void Answer(const JobQuestion& question, const ResolverMessage& message) {
    mesh_->Answer(question, message);
    Work();
  }
  void AnswerAll() {
    for (int i = 0; i < 1000 && !mesh_->Questions().empty(); ++i) {
      Answer(mesh_->Questions().front(), NoData());
    }
  }

  // Of the job's questions, those in the mesh.
  std::vector<JobQuestion> QuestionsOf(uint64_t job) const {
    const std::string zone = ".j" + std::to_string(job) + ".example";
    std::vector<JobQuestion> questions = mesh_->Questions();
    std::erase_if(questions, [&zone](const JobQuestion& question) {
      return question.name.ToText().find(zone) == std::string::npos;
    });
    return questions;
  }
  size_t OpenOf(uint64_t job) const { return QuestionsOf(job).size(); }
  JobQuestion FirstOf(uint64_t job) const { return QuestionsOf(job).at(0); }
  const Report* ReportOf(uint64_t job) const {
    for (const Report& report : reports_) {
      if (report.job == job) return &report;
    }
    return nullptr;
  }
  bool IsDone(uint64_t job) const {
    const Report* const report = ReportOf(job);
    return report != nullptr && report->outcome == JobOutcome::kDone;
  }
  size_t Weight() const { return Budget::Weight(mesh_->Use().asked); }
  unbound_lookup* OnlyLookup() { return &mesh_->lookups.front(); }

  static constexpr int64_t kWall = 1000 * kSecond;
  static constexpr int64_t kBoot = int64_t{1}
                                   << 61;  // no real reading is later

  Clock clock_;
  FakeMesh* mesh_ = nullptr;
  int64_t now_us_ = 1000000;
  int64_t us_per_look_ = 0;
  int failing_sends_ = 0;
  std::vector<Report> reports_;
  std::unique_ptr<Worker> worker_;
};

// --- questions and answers ---

TEST_F(WorkerTest, AsksInItsTurnAlone) {
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  ASSERT_TRUE(mesh_->IsAsked(Q("a.example", kMx)));
  MeshJob* const job = OnlyLookup()->job;
  job->OnAnswer(Q("a.example", kMx), MxOf("a.example", {"mx.example"}));
  EXPECT_FALSE(mesh_->IsAsked(Q("mx.example", kA)));
  EXPECT_TRUE(job->OnStep());
  EXPECT_FALSE(mesh_->IsAsked(Q("mx.example", kA)));
  Work();
  EXPECT_TRUE(mesh_->IsAsked(Q("mx.example", kA)));
}

TEST_F(WorkerTest, ReportsWhenAllIsAnswered) {
  StartAsked(1, 3);
  AnswerAll();
  ASSERT_TRUE(IsDone(1));
  EXPECT_TRUE(ReportOf(1)->is_whole);
  EXPECT_EQ(ReportOf(1)->questions, 3U);
  EXPECT_THAT(reports_, SizeIs(1));
  EXPECT_THAT(mesh_->lookups, IsEmpty());
}

TEST_F(WorkerTest, EndsAtOnceWhenTheCacheHoldsAll) {
  mesh_->cached = [](const JobQuestion&) { return NoData(); };
  StartAsked(1, 3);
  EXPECT_TRUE(IsDone(1));
}

TEST_F(WorkerTest, TakesNoAnswerToWhatItDidNotAsk) {
  StartAsked(1, 1);
  OnlyLookup()->job->OnAnswer(QuestionOf(2, 0), NoData());
  EXPECT_TRUE(OnlyLookup()->job->OnStep());
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(WorkerTest, GoesOnWithoutWhatCouldNotBeAsked) {
  mesh_->refuses_questions = true;
  StartAsked(1, 3);
  EXPECT_TRUE(IsDone(1));
}

// RFC 7672 2.1.2; LookupLimits::tries.
TEST_F(WorkerTest, AsksAFailedQuestionOnceMore) {
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  Answer(Q("a.example", kMx), MxOf("a.example", {"mx.example"}));
  Answer(Q("mx.example", kAaaa), NoData());
  Answer(Q("mx.example", kA), Failure());
  ASSERT_TRUE(mesh_->IsAsked(Q("mx.example", kA)));
  Answer(Q("mx.example", kA), Failure());
  ASSERT_TRUE(IsDone(1));
  EXPECT_EQ(ReportOf(1)->facts->hosts[0].state, HostState::kAddressFailed);
}

TEST_F(WorkerTest, AsksWhatHadEndedInTheCachePastItOnce) {
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  ResolverMessage old = MxOf("a.example", {"mx.example"});
  old.is_expired = true;
  EXPECT_EQ(mesh_->LeewayOf(Q("a.example", kMx)), 0);
  Answer(Q("a.example", kMx), old);
  ASSERT_TRUE(mesh_->IsAsked(Q("a.example", kMx)));
  EXPECT_GT(mesh_->LeewayOf(Q("a.example", kMx)), 0);
  EXPECT_FALSE(mesh_->IsAsked(Q("mx.example", kA)));
  Answer(Q("a.example", kMx), old);
  ASSERT_TRUE(IsDone(1));
  EXPECT_EQ(ReportOf(1)->facts->kind, Kind::kFailed);
}

TEST_F(WorkerTest, PassesTheCacheAfterABackwardStepOfTheClock) {
  clock_.Advance({kWall - 3600 * kSecond, kBoot + kSecond});
  ASSERT_GE(clock_.StepBack(), 3600);
  StartAsked(1, 1);
  EXPECT_GT(mesh_->LeewayOf(QuestionOf(1, 0)), clock_.StepBack());
}

TEST_F(WorkerTest, AsksWithTheLeewayOfTheJob) {
  Start(Lane::kRenewal,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 17));
  EXPECT_EQ(mesh_->LeewayOf(Q("a.example", kMx)), 17);
}

// --- who may have no verdict ---

TEST_F(WorkerTest, RefusesALookupWhenTheResolverDoesNotValidate) {
  mesh_->validation.is_permissive = true;
  StartAsked(1, 1);
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kNotValidating);
  EXPECT_THAT(ReportOf(1)->text, HasSubstr("val-permissive-mode"));
  EXPECT_THAT(mesh_->Questions(), IsEmpty());
}

TEST_F(WorkerTest, RefusesVerdictsWhereATrustAnchorIsNotUsed) {
  mesh_->validation.anchor_trouble = "trust-anchor-file /x: no trust anchor";
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kNotValidating);
  EXPECT_EQ(ReportOf(1)->text, "trust-anchor-file /x: no trust anchor");
}

TEST_F(WorkerTest, RefusesFactsWhenAModeWasSwitchedOnMeanwhile) {
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  mesh_->validation.accepts_stripped = true;
  Answer(Q("a.example", kMx), NoName());
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kNotValidating);
  EXPECT_EQ(ReportOf(1)->facts, nullptr);
}

TEST_F(WorkerTest, ProbesAlsoAResolverThatDoesNotValidate) {
  mesh_->validation.is_permissive = true;
  mesh_->anchors = {{N("a.example"), true},
                    {N("keyless.example"), false},
                    {N("b.example"), true}};
  Start(Lane::kAsked, std::make_unique<ProbeJob>(1));
  Answer(Q("a.example", 48), Records(Q("a.example", 48), {"key"}));
  EXPECT_FALSE(IsDone(1));
  Answer(Q("b.example", 48), Records(Q("b.example", 48), {"key"}));
  ASSERT_TRUE(IsDone(1));
  EXPECT_TRUE(ReportOf(1)->probe->validation.is_permissive);
  EXPECT_THAT(ReportOf(1)->probe->keys, SizeIs(2));
}

TEST_F(WorkerTest, EndsAProbeAtOnceWithoutAnAnchor) {
  mesh_->anchors = {{N("keyless.example"), false}};
  Start(Lane::kAsked, std::make_unique<ProbeJob>(1));
  EXPECT_TRUE(IsDone(1));
  EXPECT_THAT(mesh_->Questions(), IsEmpty());
}

TEST_F(WorkerTest, TellsWhetherTheResolverValidates) {
  mesh_->validation.has_validator = false;
  worker_->Post(LookMail{});
  Work();
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kLooked);
  EXPECT_THAT(reports_[0].text, HasSubstr("module-config"));
}

// --- the budget ---

TEST_F(WorkerTest, StopsAtTheBudgetAndGoesOnWhenRoomComes) {
  StartAsked(1, 200);
  const size_t first = OpenOf(1);
  EXPECT_EQ(first, (154 - 1) / Budget::kQuestion);
  Answer(QuestionOf(1, 0), NoData());
  EXPECT_EQ(OpenOf(1), first);
  EXPECT_TRUE(mesh_->IsAsked(QuestionOf(1, first)));
}

struct MeshSize {
  size_t size;
  size_t questions;
};

void PrintTo(const MeshSize& param, std::ostream* out) {
  *out << param.questions << " questions, mesh of " << param.size;
}

class InSlices : public WorkerTest,
                 public ::testing::WithParamInterface<MeshSize> {};

TEST_P(InSlices, EndsALookupLargerThanTheRoom) {
  mesh_->size = GetParam().size;
  StartAsked(1, GetParam().questions);
  for (size_t i = 0; i < GetParam().questions && !IsDone(1); ++i) {
    EXPECT_LE(Weight(), Budget(25).Asked(mesh_->size));
    ASSERT_THAT(mesh_->Questions(), Not(IsEmpty()));
    Answer(mesh_->Questions().front(), NoData());
  }
  ASSERT_TRUE(IsDone(1));
  EXPECT_TRUE(ReportOf(1)->is_whole);
  EXPECT_EQ(ReportOf(1)->questions, GetParam().questions);
}

INSTANTIATE_TEST_SUITE_P(Sizes, InSlices,
                         ::testing::Values(MeshSize{1024, 500},
                                           MeshSize{64, 49}, MeshSize{16, 49},
                                           MeshSize{64, 2}, MeshSize{64, 3}));

TEST_F(WorkerTest, SharesTheRoomAmongThoseThatWantIt) {
  StartAsked(1, 200);
  for (uint64_t id = 2; id <= 4; ++id) StartAsked(id, 200);
  EXPECT_EQ(OpenOf(2), 0U);
  for (int i = 0; i < 200; ++i) {
    Answer(mesh_->Questions().front(), NoData());
  }
  for (uint64_t id = 2; id <= 4; ++id) {
    EXPECT_GT(OpenOf(id) + (IsDone(id) ? 1 : 0), 0U) << id;
  }
  AnswerAll();
  for (uint64_t id = 1; id <= 4; ++id) EXPECT_TRUE(IsDone(id)) << id;
}

// The one that starts is one of those that share.
TEST_F(WorkerTest, GivesNoneAllTheRoomWhenOthersWant) {
  for (uint64_t id = 1; id <= 4; ++id) {
    worker_->Post(StartMail{Lane::kAsked, std::make_unique<TestJob>(id, 200)});
  }
  Work();
  EXPECT_LE(OpenOf(1), 154 / Budget::kQuestion / 2);
  EXPECT_GT(OpenOf(3), 0U);
}

TEST_F(WorkerTest, StartsThoseThatWaitInTheirOrder) {
  StartAsked(1, 200);
  for (uint64_t id = 2; id <= 9; ++id) StartAsked(id, 1);
  std::vector<uint64_t> order;
  for (int i = 0; i < 300; ++i) {
    for (uint64_t id = 2; id <= 9; ++id) {
      const bool is_new =
          std::find(order.begin(), order.end(), id) == order.end();
      if (is_new && OpenOf(id) > 0) order.push_back(id);
    }
    if (OpenOf(1) == 0) break;
    for (size_t q = 0; q < 200; ++q) {
      if (!mesh_->IsAsked(QuestionOf(1, q))) continue;
      Answer(QuestionOf(1, q), NoData());
      break;
    }
  }
  EXPECT_THAT(order, ElementsAre(2, 3, 4, 5, 6, 7, 8, 9));
}

TEST_F(WorkerTest, TriesAgainWhenTheMeshMadeNoState) {
  mesh_->refuses_lookups = true;
  StartAsked(1, 1);
  EXPECT_THAT(reports_, IsEmpty());
  mesh_->refuses_lookups = false;
  Tick(25);
  AnswerAll();
  EXPECT_TRUE(IsDone(1));
}

TEST_F(WorkerTest, CountsPostedJobsAgainstTheRoom) {
  EXPECT_EQ(worker_->room(), 154U);
  EXPECT_EQ(worker_->unasked_room(), 102U);
  worker_->Post(StartMail{Lane::kAsked, std::make_unique<TestJob>(1, 1)});
  worker_->Post(StartMail{Lane::kPrefetch, std::make_unique<TestJob>(2, 1)});
  EXPECT_EQ(worker_->room(), 154 - Budget::kLeastLookup);
  EXPECT_EQ(worker_->unasked_room(), 102 - Budget::kLeastLookup);
  Work();
  EXPECT_EQ(worker_->room(), 154 - Budget::kLeastLookup);
  EXPECT_EQ(worker_->unasked_room(), 102 - Budget::kLeastLookup);
  AnswerAll();
  EXPECT_EQ(worker_->room(), 154U);
  EXPECT_EQ(worker_->unasked_room(), 102U);
}

TEST_F(WorkerTest, HasNoRoomForOthersWhileOneHasAll) {
  StartAsked(1, 200);
  EXPECT_LT(worker_->room(), Budget::kLeastLookup);
  worker_->Post(RoomMail{});
  Work();
  EXPECT_THAT(reports_, IsEmpty());
  AnswerAll();
  EXPECT_EQ(worker_->room(), 154U);
  ASSERT_THAT(reports_, SizeIs(2));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kRoom);
}

// --- turns ---

TEST_F(WorkerTest, LeavesMailForTheNextTurn) {
  us_per_look_ = Worker::kTurnMicroseconds;
  for (int i = 0; i < 4; ++i) worker_->Post(LookMail{});
  worker_->OnMail();
  EXPECT_THAT(reports_, SizeIs(1));
  EXPECT_TRUE(IsRung());
  Work();
  EXPECT_THAT(reports_, SizeIs(4));
}

TEST_F(WorkerTest, StartsOneLookupAtLeastInEachTurn) {
  us_per_look_ = Worker::kTurnMicroseconds;
  for (uint64_t id = 1; id <= 4; ++id) {
    worker_->Post(StartMail{Lane::kAsked, std::make_unique<TestJob>(id, 1)});
  }
  worker_->OnMail();
  EXPECT_THAT(mesh_->lookups, SizeIs(1));
  Work();
  EXPECT_THAT(mesh_->lookups, SizeIs(4));
}

// A callback that is always late must not keep the thread from sleeping.
TEST_F(WorkerTest, SleepsWhenNothingCanBeDoneHoweverLongItTakes) {
  us_per_look_ = Worker::kTurnMicroseconds;
  StartAsked(1, 1);
  StartAsked(2, 200);
  Tick(1);
  EXPECT_FALSE(IsRung());
}

// --- slow lookups ---

class SlowTest : public WorkerTest {
 protected:
  // Lookups that fill the room and get no answer.
  void Fill(uint64_t first, uint64_t count, size_t questions) {
    for (uint64_t id = first; id < first + count; ++id) {
      StartAsked(id, questions);
    }
  }
};

TEST_F(SlowTest, StaysFastWhileAnswersComeOrNobodyWaits) {
  StartAsked(1, 200);
  Tick(Worker::kPatienceMs - 1);
  EXPECT_EQ(worker_->figures().slow, 0U);
}

TEST_F(SlowTest, IsSlowWithoutRoomAndAnswers) {
  Fill(1, 1, 200);
  StartAsked(2, 1);
  WantRoom(Worker::kPatienceMs - 1);
  EXPECT_EQ(OpenOf(2), 0U);
  WantRoom(1);
  EXPECT_EQ(worker_->figures().slow, 1U);
  EXPECT_EQ(OpenOf(2), 1U);
}

TEST_F(SlowTest, IsNotSlowWithAnswersUntilItHasRunForLong) {
  Fill(1, 2, 2000);
  const auto answer_each = [this] {
    now_us_ += 10000;
    for (uint64_t id = 1; id <= 2; ++id) {
      if (OpenOf(id) > 0) Answer(FirstOf(id), NoData());
    }
    WantRoom(0);
  };
  for (size_t i = 0; i < 40; ++i) answer_each();
  EXPECT_EQ(worker_->figures().slow, 0U);
  for (size_t i = 0; i < 15; ++i) answer_each();
  EXPECT_GE(worker_->figures().slow, 1U);
}

TEST_F(SlowTest, HasHalfOfTheRoomAtMostAndTwoQuestionsAtATime) {
  Fill(1, 60, 16);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  const LetterBox::Figures figures = worker_->figures();
  EXPECT_LE(2 * (figures.slow - figures.parked), 77U);
  EXPECT_LE(mesh_->Use().asked.states, 154U);
  EXPECT_GT(figures.parked, 0U);
}

// What a question has shown to take is all that it counts for.
TEST_F(SlowTest, IsNotParkedWhenThereIsRoomForWhatItTakes) {
  Fill(1, 30, 2);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  for (int i = 0; i < 3; ++i) Tick(Worker::kShownMs);
  EXPECT_EQ(worker_->figures().parked, 0U);
  for (uint64_t id = 1; id <= 30; ++id) EXPECT_EQ(OpenOf(id), 2U) << id;
}

// A question without an answer does not keep the others from being asked.
TEST_F(SlowTest, GivesAllItsQuestionsATurn) {
  Fill(1, 40, 16);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  std::vector<bool> seen(16);
  for (int i = 0; i < 400; ++i) {
    for (size_t at = 0; at < 16; ++at) {
      if (mesh_->IsAsked(QuestionOf(7, at))) seen[at] = true;
    }
    Tick(Worker::kSlowTurnMs);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 16);
}

TEST_F(SlowTest, KeepsWhatItLearnedAndAsksAgainOnlyWhatWasOpen) {
  StartAsked(1, 20);
  for (size_t i = 0; i < 10; ++i) Answer(QuestionOf(1, i), NoData());
  mesh_->Grow(OnlyLookup(), 200);
  Work();
  ASSERT_EQ(worker_->figures().slow, 1U);
  while (!IsDone(1)) {
    ASSERT_THAT(mesh_->Questions(), Not(IsEmpty()));
    for (size_t i = 0; i < 10; ++i) {
      EXPECT_FALSE(mesh_->IsAsked(QuestionOf(1, i))) << i;
    }
    Answer(mesh_->Questions().front(), NoData());
  }
  EXPECT_TRUE(ReportOf(1)->is_whole);
  EXPECT_EQ(ReportOf(1)->questions, 30U);
}

TEST_F(SlowTest, ParksTheOneWhoseLastAnswerIsTheLongestAgo) {
  Fill(1, 15, 2);
  now_us_ += 30000;
  for (uint64_t id = 1; id <= 15; ++id) {
    if (id != 7) mesh_->Answer(QuestionOf(id, 0), NoData());
  }
  Fill(20, 30, 1);
  WantRoom(1);
  EXPECT_EQ(worker_->figures().slow, 1U);
}

TEST_F(SlowTest, TakesTurns) {
  Fill(1, 40, 4);
  for (int i = 0; i < 20; ++i) WantRoom(Worker::kPatienceMs);
  std::vector<bool> seen(41);
  for (int i = 0; i < 24; ++i) {
    for (uint64_t id = 1; id <= 40; ++id) {
      if (OpenOf(id) > 0) seen[id] = true;
    }
    Tick(Worker::kSlowTurnMs);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 40);
}

// The resolver gives a silent server up when it has doubled its time-out some
// times: a question that is always taken back before would never fail.
TEST_F(SlowTest, HasTurnsThatGetLonger) {
  constexpr int64_t kStepMs = 100;
  Fill(1, 60, 4);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  std::vector<int64_t> stays;
  for (bool was_there = true; stays.size() < 6; Tick(kStepMs)) {
    const bool is_there = OpenOf(1) > 0;
    if (is_there && !was_there) stays.push_back(0);
    if (is_there && !stays.empty()) stays.back() += kStepMs;
    was_there = is_there;
  }
  stays.pop_back();
  EXPECT_TRUE(std::is_sorted(stays.begin(), stays.end()));
  EXPECT_EQ(stays.back(), 8 * Worker::kSlowTurnMs);
}

TEST_F(SlowTest, StaysWhenItsTurnIsOverAndNothingWaits) {
  Fill(1, 30, 2);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  ASSERT_GT(worker_->figures().slow, 0U);
  for (int i = 0; i < 3; ++i) Tick(Worker::kShownMs);
  const size_t starts = mesh_->starts;
  for (int i = 0; i < 5; ++i) Tick(Worker::kSlowTurnMs);
  EXPECT_EQ(mesh_->starts, starts);
}

TEST_F(SlowTest, LetsHealthyOnesInAtOnceBesideTwoHundredDeadOnes) {
  Fill(1, 200, 32);
  for (int i = 0; i < 200; ++i) WantRoom(Worker::kPatienceMs);
  for (uint64_t id = 1000; id < 1050; ++id) {
    StartAsked(id, 2);
    Tick(1);
    EXPECT_GT(OpenOf(id), 0U) << id;
    for (size_t at = 0; at < 2; ++at) {
      Answer(QuestionOf(id, at), NoData());
      Tick(1);
    }
    EXPECT_TRUE(IsDone(id)) << id;
  }
}

// A thousand parked ones behind those that wait for answers all get a turn.
TEST_F(SlowTest, ReachesThoseBehindWhenEachStepTakesAWholeTurn) {
  Fill(1, 60, 2);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  us_per_look_ = Worker::kTurnMicroseconds;
  std::vector<bool> seen(61);
  for (int i = 0; i < 40; ++i) {
    for (uint64_t id = 1; id <= 60; ++id) {
      if (OpenOf(id) > 0) seen[id] = true;
    }
    Tick(Worker::kSlowTurnMs);
  }
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 60);
}

// Dead domains have many questions, a healthy one few.
TEST_F(SlowTest, LeavesRoomToThoseOutsideBeforeOnesThatHaveQuestionsOpen) {
  Fill(1, 30, 32);
  EXPECT_LT(worker_->room(), Budget::kLeastLookup);
  for (int i = 0; i < 4 && reports_.empty(); ++i) WantRoom(25);
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kRoom);
  EXPECT_GE(worker_->room(), Budget::kLeastLookup);
  StartAsked(100, 2);
  EXPECT_GT(OpenOf(100), 0U);
}

// --- turns of those whose answers are cached ---

// What the resolver has cached is answered within the call: a lookup of many
// hosts alone would take a long time.
TEST_F(WorkerTest, AsksNoMoreInATurnThanItsTimeAllows) {
  mesh_->cached = [this](const JobQuestion&) {
    now_us_ += Worker::kTurnMicroseconds / 10;
    return NoData();
  };
  for (const Lane lane : {Lane::kAsked, Lane::kRenewal}) {
    const uint64_t id = lane == Lane::kAsked ? 1 : 2;
    worker_->Post(StartMail{lane, std::make_unique<TestJob>(id, 50)});
    int turns = 0;
    for (; IsRung(); ++turns) {
      const int64_t began = now_us_;
      worker_->OnMail();
      EXPECT_LT(now_us_ - began, 2 * Worker::kTurnMicroseconds);
      ASSERT_LT(turns, 100);
    }
    EXPECT_GE(turns, 4);
    EXPECT_TRUE(IsDone(id)) << id;
  }
}

TEST_F(WorkerTest, HasRoomForOthersWhileOneWaitsForItsTurn) {
  us_per_look_ = Worker::kTurnMicroseconds;
  worker_->Post(StartMail{Lane::kAsked, std::make_unique<TestJob>(1, 20)});
  worker_->OnMail();
  EXPECT_EQ(OpenOf(1), 1U);
  EXPECT_GT(worker_->room(), 0U);
  Work();
  EXPECT_EQ(OpenOf(1), 20U);
}

// --- a crowded mesh ---

TEST_F(WorkerTest, HasTheReserveWhenTheMeshIsCrowded) {
  mesh_->is_crowded = true;
  StartAsked(1, 200);
  EXPECT_EQ(OpenOf(1), (32 - 1) / Budget::kQuestion);
  Start(Lane::kPrefetch, std::make_unique<TestJob>(2, 1));
  ASSERT_NE(ReportOf(2), nullptr);
  EXPECT_EQ(ReportOf(2)->outcome, JobOutcome::kNotStarted);
  EXPECT_EQ(worker_->unasked_room(), 0U);
}

// Slow ones from before must not keep the reserve.
TEST_F(SlowTest, LeavesHalfOfTheReserveToOthersWhenTheMeshIsCrowded) {
  Fill(1, 60, 16);
  for (int i = 0; i < 40; ++i) WantRoom(Worker::kPatienceMs);
  ASSERT_GT(Weight(), 60U);
  mesh_->is_crowded = true;
  StartAsked(1000, 1);
  WantRoom(1);
  EXPECT_LE(mesh_->Use().asked.states, 32U);
  EXPECT_EQ(OpenOf(1000), 1U);
}

// --- more states than there may be ---

TEST_F(WorkerTest, TrimsWhatGrewBeyondTheBound) {
  StartAsked(1, 2);
  StartAsked(2, 2);
  mesh_->Grow(&mesh_->lookups.front(), 100);
  mesh_->Grow(&mesh_->lookups.back(), 60);
  Work();
  EXPECT_LE(mesh_->Use().asked.states, 154U);
  EXPECT_EQ(worker_->figures().slow, 1U);
  EXPECT_THAT(reports_, IsEmpty());
  AnswerAll();
  EXPECT_TRUE(IsDone(1));
  EXPECT_TRUE(IsDone(2));
}

TEST_F(WorkerTest, GivesUpAGreedyLookupAndNamesTheSetting) {
  StartAsked(1, 2);
  for (int i = 0; i < Worker::kMostTrims; ++i) {
    EXPECT_EQ(ReportOf(1), nullptr);
    ASSERT_THAT(mesh_->lookups, SizeIs(1));
    mesh_->Grow(OnlyLookup(), 200);
    Work();
  }
  ASSERT_TRUE(IsDone(1));
  EXPECT_THAT(ReportOf(1)->text, HasSubstr("mesh_share"));
  EXPECT_FALSE(ReportOf(1)->is_whole);
  EXPECT_EQ(worker_->figures().greedy, 1U);
  EXPECT_THAT(mesh_->states, IsEmpty());
}

TEST_F(WorkerTest, EndsUnaskedOnesThatGrewBeyondTheBound) {
  Start(Lane::kPrefetch, std::make_unique<TestJob>(1, 2));
  Start(Lane::kRenewal, std::make_unique<TestJob>(2, 2));
  mesh_->Grow(&mesh_->lookups.front(), 100);
  Work();
  ASSERT_TRUE(IsDone(1));
  EXPECT_FALSE(ReportOf(1)->is_whole);
  EXPECT_EQ(ReportOf(2), nullptr);
}

// --- what nobody waits for ---

struct UnaskedLane {
  const char* name;
  Lane lane;
};

void PrintTo(const UnaskedLane& param, std::ostream* out) {
  *out << param.name;
}

class Unasked : public WorkerTest,
                public ::testing::WithParamInterface<UnaskedLane> {};

// A tenth, 102 states, of which each takes five at least.
TEST_P(Unasked, NeverWaitsForItsStart) {
  for (uint64_t id = 1; id <= 25; ++id) {
    Start(GetParam().lane, std::make_unique<TestJob>(id, 1));
  }
  EXPECT_THAT(mesh_->lookups, SizeIs(20));
  for (uint64_t id = 21; id <= 25; ++id) {
    ASSERT_NE(ReportOf(id), nullptr) << id;
    EXPECT_EQ(ReportOf(id)->outcome, JobOutcome::kNotStarted);
  }
  EXPECT_EQ(worker_->figures().parked, 0U);
}

TEST_P(Unasked, EndsWhenItCouldOnlyWait) {
  Start(GetParam().lane, std::make_unique<TestJob>(1, 40));
  mesh_->is_crowded = true;
  AnswerAll();
  ASSERT_TRUE(IsDone(1));
  EXPECT_FALSE(ReportOf(1)->is_whole);
  EXPECT_LT(ReportOf(1)->questions, 40U);
}

TEST_P(Unasked, TakesNothingFromAskedOnes) {
  for (uint64_t id = 1; id <= 25; ++id) {
    Start(GetParam().lane, std::make_unique<TestJob>(id, 30));
  }
  EXPECT_EQ(worker_->room(), 154U);
  EXPECT_LE(Budget::Weight(mesh_->Use().unasked()), 102U);
}

TEST_P(Unasked, IsNotStartedWhenTheMeshMadeNoState) {
  mesh_->refuses_lookups = true;
  Start(GetParam().lane, std::make_unique<TestJob>(1, 1));
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kNotStarted);
}

INSTANTIATE_TEST_SUITE_P(
    Lanes, Unasked,
    ::testing::Values(UnaskedLane{"Renewal", Lane::kRenewal},
                      UnaskedLane{"Prefetch", Lane::kPrefetch}),
    [](const auto& of) { return std::string(of.param.name); });

TEST_F(WorkerTest, AsksEightQuestionsOfARenewalAtOnce) {
  Start(Lane::kRenewal, std::make_unique<TestJob>(1, 20));
  EXPECT_EQ(OpenOf(1), Worker::kRenewalAtOnce);
  Answer(QuestionOf(1, 0), NoData());
  EXPECT_EQ(OpenOf(1), Worker::kRenewalAtOnce);
  AnswerAll();
  EXPECT_TRUE(ReportOf(1)->is_whole);
}

TEST_F(WorkerTest, AsksOneQuestionOfAPrefetchAtOnce) {
  Start(Lane::kPrefetch,
        std::make_unique<PrefetchJob>(1, LookupOf("a.example"), 12));
  EXPECT_THAT(mesh_->Questions(), SizeIs(1));
  Answer(Q("a.example", kMx), MxOf("a.example", {"m1.example", "m2.example"}));
  EXPECT_THAT(mesh_->Questions(), ElementsAre(Q("m1.example", kA)));
}

// --- letters ---

TEST_F(WorkerTest, GoesOnAsAPrefetchWhenEverybodyLeft) {
  StartAsked(1, 10);
  worker_->Post(LeaveMail{1});
  Work();
  EXPECT_EQ(mesh_->Use().asked.states, 0U);
  EXPECT_EQ(mesh_->Use().prefetch.questions, 10U);
  AnswerAll();
  EXPECT_TRUE(ReportOf(1)->is_whole);
}

TEST_F(WorkerTest, EndsWhenEverybodyLeftAndThereIsNoRoom) {
  StartAsked(1, 30);
  worker_->Post(LeaveMail{1});
  Work();
  ASSERT_TRUE(IsDone(1));
  EXPECT_FALSE(ReportOf(1)->is_whole);
  EXPECT_THAT(mesh_->states, IsEmpty());
}

// It has nothing open that would bring it on.
TEST_F(WorkerTest, GoesOnAsAPrefetchFromWhereItWaitedForRoom) {
  Start(Lane::kAsked,
        std::make_unique<VerdictJob>(1, LookupOf("a.example"), 0));
  StartAsked(2, 200);
  mesh_->is_crowded = true;
  Answer(Q("a.example", kMx), MxOf("a.example", {"mx.example"}));
  ASSERT_FALSE(mesh_->IsAsked(Q("mx.example", kA)));
  mesh_->is_crowded = false;
  worker_->Post(LeaveMail{1});
  Work();
  EXPECT_TRUE(mesh_->IsAsked(Q("mx.example", kA)));
}

TEST_F(WorkerTest, StartsAsAPrefetchWhatEverybodyLeftBeforeItBegan) {
  StartAsked(1, 200);
  StartAsked(2, 1);
  worker_->Post(LeaveMail{2});
  Work();
  EXPECT_EQ(OpenOf(2), 1U);
  EXPECT_EQ(mesh_->Use().prefetch.lookups, 1U);
}

TEST_F(WorkerTest, SaysWhatItKnowsAndGoesOn) {
  StartAsked(1, 1);
  worker_->Post(SnapshotMail{1, "no time"});
  worker_->Post(SnapshotMail{2, "no such job"});
  Work();
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kSnapshot);
  AnswerAll();
  EXPECT_THAT(reports_, SizeIs(2));
}

TEST_F(WorkerTest, EndsWithWhatItKnows) {
  StartAsked(1, 5);
  worker_->Post(EndMail{1, "no time"});
  Work();
  ASSERT_TRUE(IsDone(1));
  EXPECT_EQ(ReportOf(1)->text, "no time");
  EXPECT_THAT(mesh_->states, IsEmpty());
  EXPECT_THAT(mesh_->lookups, IsEmpty());
}

TEST_F(WorkerTest, ReportsAJobAsDroppedThatIsEndedAndNotKnown) {
  worker_->Post(EndMail{9, "no time"});
  Work();
  ASSERT_NE(ReportOf(9), nullptr);
  EXPECT_EQ(ReportOf(9)->outcome, JobOutcome::kDropped);
}

TEST_F(WorkerTest, ReportsAJobAsDroppedWhoseStateVanished) {
  StartAsked(1, 5);
  mesh_->Vanish(OnlyLookup());
  Work();
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kDropped);
  EXPECT_THAT(mesh_->states, IsEmpty());
}

TEST_F(WorkerTest, TellsOfANewConfiguration) {
  worker_->OnConfiguration();
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kReconfigured);
}

// --- failures ---

// A report that is lost leaves the lookup to the service thread, which would
// wait for it until the deadline.
TEST_F(WorkerTest, ReportsAJobAsDroppedWhenItsReportCouldNotBeSent) {
  StartAsked(1, 1);
  failing_sends_ = 1;
  AnswerAll();
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kDropped);
}

TEST_F(WorkerTest, ForgetsAJobThatEndedAlsoWhenNothingCanBeSent) {
  StartAsked(1, 1);
  failing_sends_ = 2;
  worker_->Post(EndMail{1, "no time"});
  Work();
  EXPECT_THAT(mesh_->lookups, IsEmpty());
  worker_->Post(EndMail{1, "no time"});
  Work();
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kDropped);
}

TEST_F(WorkerTest, OpensTheMailAfterALetterThatFailed) {
  failing_sends_ = 1;
  worker_->Post(LookMail{});
  worker_->Post(StartMail{Lane::kAsked, std::make_unique<TestJob>(1, 1)});
  worker_->OnMail();
  EXPECT_EQ(OpenOf(1), 1U);
}

TEST_F(WorkerTest, SaysAgainThatThereIsRoomWhenThatCouldNotBeSent) {
  failing_sends_ = 1;
  worker_->Post(RoomMail{});
  Work();
  EXPECT_THAT(reports_, IsEmpty());
  Tick(25);
  ASSERT_THAT(reports_, SizeIs(1));
  EXPECT_EQ(reports_[0].outcome, JobOutcome::kRoom);
}

TEST_F(WorkerTest, DropsALookupWhoseAnswerWasLost) {
  StartAsked(1, 2);
  OnlyLookup()->job->OnBroken();
  Answer(QuestionOf(1, 0), NoData());
  ASSERT_NE(ReportOf(1), nullptr);
  EXPECT_EQ(ReportOf(1)->outcome, JobOutcome::kDropped);
}

}  // namespace
}  // namespace danebound
