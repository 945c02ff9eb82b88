// The desk with a hand-set clock and workers that only write down what they are
// told.
#include "module/desk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "module/budget.h"

namespace danebound {
namespace {

constexpr int64_t kNow = 1'000'000;  // seconds since the epoch
constexpr int64_t kLife = 300;       // of facts, seconds
constexpr int64_t kTick = 25;
constexpr uid_t kUser = 100;
constexpr uid_t kOther = 200;

// Further than any machine's clock: readings of that one count for nothing.
constexpr int64_t kFarBoot = int64_t{1} << 61;

class FakeWorker : public LetterBox {
 public:
  void Post(Mail mail) override {
    if (is_broken) throw std::bad_alloc();
    if (const auto* start = std::get_if<StartMail>(&mail)) {
      size_t& places = start->lane == Lane::kAsked ? asked : unasked;
      places -= std::min<size_t>(places, 1);
    }
    mails.push_back(std::move(mail));
  }
  size_t room() const override { return asked * Budget::kLeastLookup; }
  size_t unasked_room() const override {
    return unasked * Budget::kLeastLookup;
  }
  Figures figures() const override { return figures_now; }

  template <typename Letter>
  std::vector<const Letter*> All() const {
    std::vector<const Letter*> all;
    for (const Mail& mail : mails) {
      if (const auto* letter = std::get_if<Letter>(&mail)) {
        all.push_back(letter);
      }
    }
    return all;
  }
  template <typename Letter>
  size_t Count() const {
    return All<Letter>().size();
  }
  // The lookups that were started, in order.
  std::vector<uint64_t> Started() const {
    std::vector<uint64_t> ids;
    for (const StartMail* start : All<StartMail>()) {
      ids.push_back(start->job->id());
    }
    return ids;
  }
  uint64_t Last() const { return Started().back(); }
  Lane LaneOfLast() const { return All<StartMail>().back()->lane; }

  std::vector<Mail> mails;
  size_t asked = 1000;  // lookups that there is room for
  size_t unasked = 1000;
  Figures figures_now;
  bool is_broken = false;  // out of memory
};

NextHop Hop(absl::string_view text) { return ParseNextHop(text).value(); }

Facts FactsFor(absl::string_view domain, int64_t expires) {
  Facts facts;
  facts.next_hop = Hop(domain);
  facts.kind = Kind::kNullMx;
  facts.security = Security::kInsecure;
  facts.expires = expires;
  return facts;
}

HostFacts HostIn(HostState state, int64_t expires) {
  HostFacts host;
  host.name = host.expanded = Hop("mx.example").name;
  host.state = state;
  if (state == HostState::kTlsaFailed) {
    host.security = Security::kSecure;
    host.addresses = {
        {Address::ParseText("192.0.2.1").value(), Security::kSecure}};
  }
  host.expires = expires;
  return host;
}

Ticket TicketOf(uint64_t connection, uint16_t request = 1, uid_t user = kUser) {
  return {user, connection, request};
}

class DeskTest : public ::testing::Test {
 protected:
  Desk& desk() {
    if (desk_ == nullptr) {
      desk_ = std::make_unique<Desk>(
          settings_, standing_, &clock_,
          Desk::Ports{
              [this](const Ticket& ticket, const DeskReply& reply) {
                replies_[{ticket.connection, ticket.request}].push_back(reply);
              },
              [this] { ++wakes_; },
              [this](LogLevel, absl::string_view text) {
                log_.emplace_back(text);
              }});
    }
    return *desk_;
  }
  FakeWorker& KnownWorker() {
    desk().OnWorker(&worker_, now_ms_);
    return worker_;
  }

  int64_t now() { return clock_.Now(); }

  // Lets time pass without anybody looking.
  void Sleep(int64_t ms) {
    now_ms_ += ms;
    reading_.wall += ms * 1000000;
    reading_.boot += ms * 1000000;
    clock_.Advance(reading_);
  }
  // Lets time pass as the service thread does.
  void Pass(int64_t ms) {
    const int64_t until = now_ms_ + ms;
    for (int i = 0; i < 10000 && now_ms_ < until; ++i) {
      const int64_t next = desk().NextTime();
      const int64_t at = next < 0 ? until : std::clamp(next, now_ms_, until);
      Sleep(std::max<int64_t>(at - now_ms_, 1));
      desk().OnTime(now_ms_);
    }
    ASSERT_GE(now_ms_, until);
  }

  void Ask(const Ticket& ticket, absl::string_view domain = "a.example",
           Freshness freshness = Freshness::kAny, uint32_t timeout_ms = 0) {
    LookupRequest request;
    request.next_hop = Hop(domain);
    request.freshness = freshness;
    request.timeout_ms = timeout_ms;
    desk().OnRequest(ticket, request, now_ms_);
  }
  void AskFresh(const Ticket& ticket, absl::string_view domain = "a.example") {
    Ask(ticket, domain, Freshness::kFresh);
  }
  void AskSelfTest(const Ticket& ticket) {
    desk().OnRequest(ticket, SelfTestRequest(), now_ms_);
  }
  void Flush() {
    desk().OnRequest(TicketOf(99999), FlushRequest(), now_ms_);
    replies_.clear();
  }
  void HangUp(uint64_t connection) { desk().OnHangUp(connection, now_ms_); }
  void Mx(absl::string_view domain) { desk().OnMx(Hop(domain).name, now_ms_); }

  void Tell(uint64_t job, JobOutcome outcome) {
    Report report;
    report.job = job;
    report.outcome = outcome;
    desk().OnReport(report, now_ms_);
  }
  void Finish(uint64_t job, const Facts& facts, bool is_whole = true) {
    Report report;
    report.job = job;
    report.outcome = JobOutcome::kDone;
    report.facts = std::make_shared<Facts>(facts);
    report.is_whole = is_whole;
    desk().OnReport(report, now_ms_);
  }
  void Finish(uint64_t job, absl::string_view domain = "a.example") {
    Finish(job, FactsFor(domain, now() + kLife));
  }
  void TellSnapshot(uint64_t job, absl::string_view domain = "a.example") {
    Report report;
    report.job = job;
    report.outcome = JobOutcome::kSnapshot;
    report.facts = std::make_shared<Facts>(FactsFor(domain, now() + kLife));
    desk().OnReport(report, now_ms_);
  }
  // Has a verdict in the cache.
  void Cache(absl::string_view domain = "a.example") {
    Ask(TicketOf(90000), domain);
    Finish(worker_.Last(), domain);
    replies_.clear();
  }

  // What a client was told: "-" where nothing, "twice" where too much, an error
  // by its name, "facts", "failed facts", "cached facts".
  std::string Told(const Ticket& ticket) {
    const auto& told = replies_[{ticket.connection, ticket.request}];
    if (told.empty()) return "-";
    if (told.size() > 1) return "twice";
    if (const auto* facts = std::get_if<FactsReply>(&told[0])) {
      return absl::StrCat(facts->from_cache ? "cached " : "",
                          facts->facts->kind == Kind::kFailed ? "failed " : "",
                          "facts");
    }
    const Reply& message = std::get<Reply>(told[0]);
    if (const auto* error = std::get_if<ErrorReply>(&message)) {
      return std::string(ToText(error->code));
    }
    return std::holds_alternative<SelfTestReply>(message) ? "self-test"
                                                          : "message";
  }
  std::string Text(const Ticket& ticket) {
    const auto& told = replies_[{ticket.connection, ticket.request}];
    if (told.size() != 1) return "";
    const auto* message = std::get_if<Reply>(&told[0]);
    const auto* error =
        message == nullptr ? nullptr : std::get_if<ErrorReply>(message);
    return error == nullptr ? "" : error->text;
  }
  // What a client would be told now without a lookup.
  std::string Cached(absl::string_view domain = "a.example") {
    const Ticket ticket = TicketOf(91000);
    replies_.erase({ticket.connection, ticket.request});
    Ask(ticket, domain, Freshness::kCachedOnly);
    return Told(ticket);
  }
  uint64_t Count(absl::string_view name) {
    const Ticket ticket = TicketOf(92000);
    replies_.erase({ticket.connection, ticket.request});
    desk().OnRequest(ticket, StatsRequest(), now_ms_);
    const Reply& message =
        std::get<Reply>(replies_[{ticket.connection, ticket.request}][0]);
    for (const Counter& counter : std::get<StatsReply>(message).counters) {
      if (counter.name == name) return counter.value;
    }
    return 0;
  }

  ModuleSettings settings_;
  Standing standing_;
  FakeWorker worker_;
  FakeWorker second_;
  int64_t now_ms_ = 5'000'000;
  int wakes_ = 0;
  std::vector<std::string> log_;
  std::map<std::pair<uint64_t, uint16_t>, std::vector<DeskReply>> replies_;

 private:
  ClockReading reading_ = {kNow * 1'000'000'000, kFarBoot};
  Clock clock_{reading_};
  std::unique_ptr<Desk> desk_;
};

using Ids = std::vector<uint64_t>;

// --- cache ---

TEST_F(DeskTest, AnswersFromTheCacheWhileTheVerdictLives) {
  KnownWorker();
  Cache();
  Ask(TicketOf(1));
  EXPECT_EQ(Told(TicketOf(1)), "cached facts");
  Pass(kLife * 1000);
  EXPECT_EQ(Cached(), "not-cached");
}

TEST_F(DeskTest, LooksUpAgainWhatIsAskedForFresh) {
  KnownWorker();
  Cache();
  AskFresh(TicketOf(1));
  EXPECT_EQ(Told(TicketOf(1)), "-");
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
}

TEST_F(DeskTest, AnswersAnAddressWithoutAWorker) {
  Ask(TicketOf(1), "[192.0.2.1]");
  EXPECT_EQ(Told(TicketOf(1)), "facts");
}

TEST_F(DeskTest, SaysWhyThereAreNoVerdictsWhenTheModuleIsOutOfService) {
  standing_.out_of_service = ErrorReply{ErrorCode::kSettings, "line 3"};
  KnownWorker();
  Ask(TicketOf(1));
  AskSelfTest(TicketOf(2));
  EXPECT_EQ(Text(TicketOf(1)), "line 3");
  EXPECT_EQ(Told(TicketOf(2)), "self-test");
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, GivesNothingFromTheCacheWhileTheResolverDoesNotValidate) {
  KnownWorker();
  Cache();
  Report report;
  report.outcome = JobOutcome::kLooked;
  report.text = "permissive";
  desk().OnReport(report, now_ms_);
  EXPECT_EQ(Cached(), "not-validating");
  Ask(TicketOf(1));
  EXPECT_EQ(Told(TicketOf(1)), "-");
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, TellsAllWhoWaitWhenTheResolverDoesNotValidate) {
  KnownWorker();
  Ask(TicketOf(1));
  Ask(TicketOf(2));
  Tell(worker_.Last(), JobOutcome::kNotValidating);
  EXPECT_EQ(Told(TicketOf(1)), "not-validating");
  EXPECT_EQ(Told(TicketOf(2)), "not-validating");
}

TEST_F(DeskTest, LooksAtTheModeOnceASecondWhileTheCacheAnswers) {
  KnownWorker();
  Cache();
  for (int i = 0; i < 10; ++i) Cached();
  EXPECT_EQ(worker_.Count<LookMail>(), 1U);
  Sleep(1000);
  Cached();
  EXPECT_EQ(worker_.Count<LookMail>(), 2U);
}

TEST_F(DeskTest, KeepsNothingLongerThanMaxVerdictLife) {
  settings_.max_verdict_life = 10;
  KnownWorker();
  Cache();
  Sleep(9000);
  EXPECT_EQ(Cached(), "cached facts");
  Sleep(1000);
  EXPECT_EQ(Cached(), "not-cached");
}

// --- the first worker ---

TEST_F(DeskTest, WakesAWorkerWhenNoneIsKnownAndSaysSoAfterASecond) {
  Ask(TicketOf(1));
  Ask(TicketOf(2), "b.example");
  EXPECT_EQ(wakes_, 1);
  Pass(999);
  EXPECT_EQ(wakes_, 4);
  EXPECT_EQ(Told(TicketOf(1)), "-");
  Pass(1);
  EXPECT_EQ(Told(TicketOf(1)), "no-worker");
  EXPECT_NE(Text(TicketOf(1)).find("access-control"), std::string::npos);
}

TEST_F(DeskTest, PlacesWhatWaitsOnceAWorkerIsKnown) {
  Ask(TicketOf(1));
  Pass(500);
  KnownWorker();
  ASSERT_EQ(worker_.Count<StartMail>(), 1U);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
}

TEST_F(DeskTest, AnswersAHastyClientInItsTimeWhenNoWorkerIsKnown) {
  Ask(TicketOf(1), "a.example", Freshness::kAny, 400);
  Ask(TicketOf(2));
  Pass(250);
  EXPECT_EQ(Told(TicketOf(1)), "no-worker");
  EXPECT_EQ(Told(TicketOf(2)), "-");
}

TEST_F(DeskTest, AnswersByTheDeadlineWhenNoWorkerIsKnown) {
  settings_.deadline_ms = 100;
  Ask(TicketOf(1));
  Pass(100);
  EXPECT_EQ(Told(TicketOf(1)), "no-worker");
  EXPECT_EQ(desk().NextTime(), -1);
}

TEST_F(DeskTest, ChangesNothingWhenAKnownWorkerShowsItselfAgain) {
  KnownWorker();
  desk().OnWorker(&worker_, now_ms_);
  EXPECT_EQ(Count("workers.known"), 1U);
  EXPECT_EQ(log_, std::vector<std::string>{"worker 1 is known"});
}

TEST_F(DeskTest, ChoosesTheWorkerWithTheMostRoom) {
  worker_.asked = 1;
  second_.asked = 2;
  KnownWorker();
  desk().OnWorker(&second_, now_ms_);
  Ask(TicketOf(1), "a.example");
  EXPECT_EQ(second_.Count<StartMail>(), 1U);
  Ask(TicketOf(1, 2), "b.example");
  Ask(TicketOf(1, 3), "c.example");
  Ask(TicketOf(1, 4), "d.example");
  EXPECT_EQ(worker_.Count<StartMail>() + second_.Count<StartMail>(), 3U);
  EXPECT_EQ(Count("lanes.asked.waiting"), 1U);
}

// --- turns ---

TEST_F(DeskTest, TakesTurnsByUserThenByConnectionWhenThereIsNoRoom) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1, 1), "a1.example");
  Ask(TicketOf(1, 2), "a2.example");
  Ask(TicketOf(2, 1), "b1.example");
  Ask(TicketOf(3, 1, kOther), "c1.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 0U);
  worker_.asked = 4;
  Tell(0, JobOutcome::kRoom);
  // The lookups are numbered as they came.
  EXPECT_EQ(worker_.Started(), (Ids{1, 4, 3, 2}));
}

TEST_F(DeskTest, PlacesTheNextWhenALookupIsDone) {
  KnownWorker().asked = 1;
  Ask(TicketOf(1, 1), "a.example");
  Ask(TicketOf(1, 2), "b.example");
  EXPECT_EQ(worker_.Started(), Ids{1});
  worker_.asked = 1;
  Finish(1);
  EXPECT_EQ(worker_.Started(), (Ids{1, 2}));
}

TEST_F(DeskTest, PlacesTheNextAtATickWhenThereIsRoom) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1));
  Pass(kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 0U);
  worker_.asked = 1;
  Pass(kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
}

TEST_F(DeskTest, AsksForRoomAtEachTickWhileLookupsWait) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1));
  Pass(4 * kTick);
  EXPECT_EQ(worker_.Count<RoomMail>(), 4U);
  worker_.asked = 1;
  Pass(4 * kTick);
  EXPECT_EQ(worker_.Count<RoomMail>(), 4U);
}

TEST_F(DeskTest,
       TellsWorkersThatTimePassesOnlyWhileTheyHaveStatesOrParkedJobs) {
  KnownWorker();
  Ask(TicketOf(1));
  Pass(4 * kTick);
  EXPECT_EQ(worker_.Count<TickMail>(), 0U);
  worker_.figures_now.prefetch = 1;
  Pass(kTick);
  EXPECT_EQ(worker_.Count<TickMail>(), 1U);
  worker_.figures_now.prefetch = 0;
  worker_.figures_now.parked = 1;
  Pass(kTick);
  EXPECT_EQ(worker_.Count<TickMail>(), 2U);
}

TEST_F(DeskTest, NeedsNoTimeWhenNothingIsOpen) {
  KnownWorker();
  EXPECT_EQ(desk().NextTime(), -1);
  Ask(TicketOf(1));
  Finish(worker_.Last());
  EXPECT_EQ(desk().NextTime(), -1);
}

TEST_F(DeskTest, SaysBusyWhenThereIsNoRoomUntilTheDeadline) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1));
  Pass(settings_.deadline_ms);
  EXPECT_EQ(Told(TicketOf(1)), "busy");
  EXPECT_NE(Text(TicketOf(1)).find("mesh_share"), std::string::npos);
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, SaysBusyToAHastyClientAloneWhenThereIsNoRoom) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1), "a.example", Freshness::kAny, 1000);
  Ask(TicketOf(2));
  Pass(800);
  EXPECT_EQ(Told(TicketOf(1)), "busy");
  EXPECT_EQ(Told(TicketOf(2)), "-");
  worker_.asked = 1;
  Pass(kTick);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(2)), "facts");
}

TEST_F(DeskTest, StandsInTheLineOfEachWhoWaitsWhenALookupIsShared) {
  KnownWorker().asked = 0;
  for (uint16_t i = 1; i <= 100; ++i) {
    Ask(TicketOf(1, i), absl::StrCat("a", i, ".example"));
  }
  Ask(TicketOf(2, 1, kOther), "a100.example");
  worker_.asked = 2;
  Tell(0, JobOutcome::kRoom);
  EXPECT_EQ(worker_.Started(), (Ids{1, 100}));
}

// --- sharing ---

TEST_F(DeskTest, SharesALookupWhenRequestsAreEqual) {
  KnownWorker();
  Ask(TicketOf(1));
  Ask(TicketOf(2));
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Told(TicketOf(2)), "facts");
  EXPECT_EQ(Count("lookups.coalesced"), 1U);
}

TEST_F(DeskTest, DoesNotShareAcrossPorts) {
  KnownWorker();
  Ask(TicketOf(1), "a.example");
  Ask(TicketOf(2), "a.example:26");
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
}

TEST_F(DeskTest, EndsNeitherWhenTwoOfDifferentFreshnessAreOpen) {
  KnownWorker();
  Cache();
  Pass(kLife * 1000);
  Ask(TicketOf(1));
  const uint64_t any = worker_.Last();
  AskFresh(TicketOf(2));
  const uint64_t fresh = worker_.Last();
  ASSERT_NE(any, fresh);
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  Finish(any);
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Told(TicketOf(2)), "-");
  AskFresh(TicketOf(3));
  Finish(fresh);
  EXPECT_EQ(Told(TicketOf(2)), "facts");
  EXPECT_EQ(Told(TicketOf(3)), "facts");
}

TEST_F(DeskTest, BeginsAnewWhenTheLookupIsEnding) {
  KnownWorker();
  Ask(TicketOf(1));
  Pass(settings_.deadline_ms);
  ASSERT_EQ(worker_.Count<EndMail>(), 1U);
  Ask(TicketOf(2));
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(2)), "facts");
}

TEST_F(DeskTest, EndsAPrefetchOnceALookupThatSomebodyAskedForIsPlaced) {
  KnownWorker();
  Mx("a.example");
  const uint64_t prefetch = worker_.Last();
  worker_.asked = 0;
  Ask(TicketOf(1));
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  worker_.asked = 1;
  Pass(kTick);
  ASSERT_EQ(worker_.Count<EndMail>(), 1U);
  EXPECT_EQ(worker_.All<EndMail>()[0]->job, prefetch);
  EXPECT_TRUE(std::holds_alternative<EndMail>(worker_.mails.back()));
  EXPECT_EQ(worker_.LaneOfLast(), Lane::kAsked);
  const uint64_t asked = worker_.Last();
  Tell(prefetch, JobOutcome::kDropped);
  EXPECT_EQ(Told(TicketOf(1)), "-");
  Finish(asked);
  EXPECT_EQ(Told(TicketOf(1)), "facts");
}

TEST_F(DeskTest, PlacesAnAskedLookupAlsoWhenThePrefetchFoundNoRoom) {
  KnownWorker();
  Mx("a.example");
  const uint64_t prefetch = worker_.Last();
  worker_.asked = 0;
  Ask(TicketOf(1));
  Tell(prefetch, JobOutcome::kNotStarted);
  EXPECT_EQ(Told(TicketOf(1)), "-");
  worker_.asked = 1;
  Tell(0, JobOutcome::kRoom);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
}

TEST_F(DeskTest, StartsNoPrefetchWhenTheSameIsAskedFor) {
  KnownWorker();
  Ask(TicketOf(1));
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
}

// --- those who leave ---

TEST_F(DeskTest, TakesALookupOutOfTheQueueWhenNobodyWaitsForIt) {
  KnownWorker().asked = 0;
  Ask(TicketOf(1));
  HangUp(1);
  EXPECT_EQ(Count("lanes.asked.waiting"), 0U);
  EXPECT_EQ(Count("lookups.open"), 0U);
  worker_.asked = 1;
  Pass(kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 0U);
}

TEST_F(DeskTest, LetsAPlacedLookupGoOnAsAPrefetchWhenNobodyWaitsForIt) {
  settings_.max_lookups_per_user = 1;
  KnownWorker();
  Ask(TicketOf(1));
  HangUp(1);
  ASSERT_EQ(worker_.Count<LeaveMail>(), 1U);
  EXPECT_EQ(worker_.All<LeaveMail>()[0]->job, worker_.Last());
  Ask(TicketOf(2), "b.example");
  EXPECT_EQ(Told(TicketOf(2)), "-");
  Finish(1);
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, EndsALookupAsSoonAsAPrefetchWhenAllHaveHungUp) {
  KnownWorker();
  Ask(TicketOf(1));
  HangUp(1);
  Pass(PrefetchPolicy::kMs - 1);
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  Pass(kTick);
  EXPECT_EQ(worker_.Count<EndMail>(), 1U);
}

// He will ask again, and is told then.
TEST_F(DeskTest, LetsALookupGoOnToItsDeadlineWhenTheTimeOfTheClientIsOver) {
  KnownWorker();
  Ask(TicketOf(1), "a.example", Freshness::kAny, 1000);
  Pass(2000);
  ASSERT_EQ(Told(TicketOf(1)), "failed facts");
  ASSERT_EQ(worker_.Count<LeaveMail>(), 1U);
  Pass(settings_.deadline_ms - 2000 - kTick);
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  Pass(2 * kTick);
  EXPECT_EQ(worker_.Count<EndMail>(), 1U);
}

TEST_F(DeskTest, GoesOnForThoseWhoStillWaitWhenOneHangsUp) {
  KnownWorker();
  Ask(TicketOf(1, 1));
  Ask(TicketOf(1, 2));
  Ask(TicketOf(2));
  HangUp(1);
  EXPECT_EQ(worker_.Count<LeaveMail>(), 0U);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1, 1)), "-");
  EXPECT_EQ(Told(TicketOf(1, 2)), "-");
  EXPECT_EQ(Told(TicketOf(2)), "facts");
}

TEST_F(DeskTest, MovesTheAccountWhenTheUserOfALookupLeavesItToAnother) {
  settings_.max_lookups_per_user = 1;
  KnownWorker();
  Ask(TicketOf(1, 1, kUser));
  Ask(TicketOf(2, 1, kOther));
  HangUp(1);
  Ask(TicketOf(3, 1, kUser), "b.example");
  EXPECT_EQ(Told(TicketOf(3, 1)), "-");
  Ask(TicketOf(4, 1, kOther), "c.example");
  EXPECT_EQ(Told(TicketOf(4, 1)), "busy");
  Finish(1);
  Ask(TicketOf(4, 2, kOther), "c.example");
  EXPECT_EQ(Told(TicketOf(4, 2)), "-");
}

TEST_F(DeskTest, SaysBusyWhenMaxLookupsAreOpen) {
  settings_.max_lookups = 2;
  KnownWorker();
  Ask(TicketOf(1, 1), "a.example");
  Ask(TicketOf(2, 1, kOther), "b.example");
  Ask(TicketOf(3), "c.example");
  EXPECT_EQ(Told(TicketOf(3)), "busy");
  EXPECT_NE(Text(TicketOf(3)).find("max_lookups)"), std::string::npos);
  Ask(TicketOf(3, 2), "a.example");
  EXPECT_EQ(Told(TicketOf(3, 2)), "-");
}

TEST_F(DeskTest, SaysBusyToAUserAloneWhenHeHasMaxLookupsPerUser) {
  settings_.max_lookups_per_user = 1;
  KnownWorker();
  Ask(TicketOf(1, 1), "a.example");
  Ask(TicketOf(1, 2), "b.example");
  EXPECT_EQ(Told(TicketOf(1, 2)), "busy");
  EXPECT_NE(Text(TicketOf(1, 2)).find("max_lookups_per_user"),
            std::string::npos);
  Ask(TicketOf(2, 1, kOther), "b.example");
  EXPECT_EQ(Told(TicketOf(2, 1)), "-");
}

TEST_F(DeskTest, IsNotBusyWhenThoseWhoFilledItHaveHungUp) {
  KnownWorker();
  for (uint64_t connection = 1; connection <= 18; ++connection) {
    for (uint16_t i = 0; i < 64; ++i) {
      Ask(TicketOf(connection, i),
          absl::StrCat("c", connection, "r", i, ".example"));
    }
    HangUp(connection);
  }
  Ask(TicketOf(100));
  EXPECT_EQ(Told(TicketOf(100)), "-");
  EXPECT_EQ(Count("errors.busy"), 0U);
  EXPECT_EQ(Count("lanes.asked.waiting"), 1U);
  for (const uint64_t id : worker_.Started()) Tell(id, JobOutcome::kNotStarted);
  EXPECT_EQ(Count("lanes.asked.waiting"), 1U);
  EXPECT_EQ(Count("lookups.open"), 1U);
}

// --- rates ---

TEST_F(DeskTest, LetsFreshLookupsWaitForTheirRateAndNoOthers) {
  settings_.fresh_per_second = 2;
  KnownWorker();
  for (uint16_t i = 1; i <= 3; ++i) {
    AskFresh(TicketOf(1, i), absl::StrCat("f", i, ".example"));
  }
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
  Ask(TicketOf(2), "a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 3U);
  Pass(499);
  EXPECT_EQ(worker_.Count<StartMail>(), 3U);
  Pass(kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 4U);
}

// In heaps they would keep the resolver thread for long.
TEST_F(DeskTest, StartsFreshLookupsOneByOneAsTheirRateAllows) {
  settings_.fresh_per_second = 100;
  KnownWorker();
  for (uint16_t i = 1; i <= 110; ++i) {
    AskFresh(TicketOf(1, i), absl::StrCat("f", i, ".example"));
  }
  for (size_t started = 100; started < 110; ++started) {
    EXPECT_EQ(worker_.Count<StartMail>(), started);
    EXPECT_LE(desk().NextTime(), now_ms_ + 10);
    Pass(10);
  }
}

TEST_F(DeskTest, DoesNotTurnInCirclesWhenARateHasRoomAndTheWorkerHasNone) {
  settings_.fresh_per_second = 100;
  KnownWorker();
  for (uint16_t i = 1; i <= 101; ++i) {
    AskFresh(TicketOf(1, i), absl::StrCat("f", i, ".example"));
  }
  worker_.asked = 0;
  Pass(10);
  EXPECT_GT(desk().NextTime(), now_ms_);
}

TEST_F(DeskTest, GivesOthersTheirTurnWhenFreshLookupsFillTheRoom) {
  KnownWorker().asked = 0;
  for (uint16_t i = 1; i <= 10; ++i) {
    AskFresh(TicketOf(1, i), absl::StrCat("f", i, ".example"));
  }
  Ask(TicketOf(2, 1, kOther), "a.example");
  Ask(TicketOf(2, 2, kOther), "b.example");
  worker_.asked = 4;
  Tell(0, JobOutcome::kRoom);
  EXPECT_EQ(worker_.Started(), (Ids{1, 11, 2, 12}));
}

TEST_F(DeskTest, DoesNotWaitForTheRateWhenOneWhoWaitsNeedsNothingFresh) {
  settings_.fresh_per_second = 1;
  KnownWorker();
  AskFresh(TicketOf(1, 1), "f.example");
  AskFresh(TicketOf(1, 2), "a.example");
  ASSERT_EQ(worker_.Count<StartMail>(), 1U);
  Ask(TicketOf(2, 1, kOther), "a.example");
  Pass(kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
}

TEST_F(DeskTest, LooksOnceForAllSelfTestsThatWait) {
  KnownWorker();
  for (uint64_t connection = 1; connection <= 128; ++connection) {
    for (uint16_t i = 0; i < 64; ++i) AskSelfTest(TicketOf(connection, i));
  }
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  EXPECT_EQ(Count("lookups.open"), 1U);
  Report report;
  report.job = worker_.Last();
  report.outcome = JobOutcome::kDone;
  report.probe = Probe();
  desk().OnReport(report, now_ms_);
  for (uint64_t connection = 1; connection <= 128; ++connection) {
    for (uint16_t i = 0; i < 64; ++i) {
      ASSERT_EQ(Told(TicketOf(connection, i)), "self-test");
    }
  }
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, LetsSelfTestsWaitForTheRate) {
  settings_.fresh_per_second = 2;
  KnownWorker();
  for (uint16_t i = 0; i < 3; ++i) {
    AskSelfTest(TicketOf(1, i));
    if (i < 2) Tell(worker_.Last(), JobOutcome::kNotStarted);
  }
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
  Pass(500 + kTick);
  EXPECT_EQ(worker_.Count<StartMail>(), 3U);
}

TEST_F(DeskTest, LooksAgainForASelfTestWhenTheOneBeforeWasLeft) {
  KnownWorker();
  AskSelfTest(TicketOf(1));
  HangUp(1);
  AskSelfTest(TicketOf(2));
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
}

TEST_F(DeskTest, AnswersASelfTestWhenTheResolverDoesNot) {
  KnownWorker();
  AskSelfTest(TicketOf(1));
  Pass(settings_.deadline_ms + 100);
  EXPECT_EQ(Told(TicketOf(1)), "self-test");
}

// --- time ---

TEST_F(DeskTest, CostsNoTimeForThoseWhoWaitUntilTheyAreDue) {
  KnownWorker();
  for (uint64_t connection = 1; connection <= 128; ++connection) {
    for (uint16_t i = 0; i < 64; ++i) {
      Ask(TicketOf(connection, i), "a.example", Freshness::kAny, 15000);
    }
  }
  EXPECT_EQ(Count("lookups.open"), 1U);
  // Due 15 seconds less the margin of one; until then there are only ticks.
  const size_t mails = worker_.mails.size();
  for (int i = 0; i < 100; ++i) {
    desk().OnTime(now_ms_);
    ASSERT_EQ(desk().NextTime(), now_ms_ + kTick);
    Sleep(kTick);
  }
  EXPECT_EQ(worker_.mails.size(), mails);
  Finish(worker_.Last());
  for (uint64_t connection = 1; connection <= 128; ++connection) {
    for (uint16_t i = 0; i < 64; ++i) {
      ASSERT_EQ(Told(TicketOf(connection, i)), "facts");
    }
  }
}

TEST_F(DeskTest, AnswersBeforeAClientGivesUpWithWhatIsKnownByThen) {
  KnownWorker();
  Ask(TicketOf(1), "a.example", Freshness::kAny, 1000);
  Ask(TicketOf(2));
  Pass(799);
  EXPECT_EQ(worker_.Count<SnapshotMail>(), 0U);
  Pass(1);
  ASSERT_EQ(worker_.Count<SnapshotMail>(), 1U);
  TellSnapshot(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Told(TicketOf(2)), "-");
  EXPECT_EQ(Cached(), "not-cached");
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(2)), "facts");
  EXPECT_EQ(Told(TicketOf(1)), "facts");
}

TEST_F(DeskTest, AnswersAClientInItsTimeWhenNoSnapshotComes) {
  KnownWorker();
  Ask(TicketOf(1), "a.example", Freshness::kAny, 1000);
  Pass(900);
  EXPECT_EQ(Told(TicketOf(1)), "failed facts");
  EXPECT_EQ(worker_.Count<LeaveMail>(), 1U);
}

TEST_F(DeskTest, EndsALookupAtTheDeadlineAndAnswersWithItsReport) {
  KnownWorker();
  Ask(TicketOf(1));
  Pass(settings_.deadline_ms - 1);
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  Pass(1);
  ASSERT_EQ(worker_.Count<EndMail>(), 1U);
  EXPECT_NE(worker_.All<EndMail>()[0]->why.find("deadline_ms"),
            std::string::npos);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, AnswersWithinItsGraceWhenAWorkerNeverDoes) {
  KnownWorker();
  Ask(TicketOf(1));
  Pass(settings_.deadline_ms + 100);
  EXPECT_EQ(Told(TicketOf(1)), "failed facts");
  Pass(4899);
  EXPECT_EQ(Count("lookups.open"), 1U);
  Pass(1);
  EXPECT_EQ(Count("lookups.open"), 0U);
  EXPECT_EQ(desk().NextTime(), -1);
  EXPECT_EQ(worker_.Count<EndMail>(), 1U);
}

TEST_F(DeskTest, BeginsAnewOnceWhenTheResolverDropsALookup) {
  KnownWorker();
  Ask(TicketOf(1));
  Tell(1, JobOutcome::kDropped);
  EXPECT_EQ(worker_.Started(), (Ids{1, 1}));
  EXPECT_EQ(Told(TicketOf(1)), "-");
  Tell(1, JobOutcome::kDropped);
  EXPECT_EQ(Told(TicketOf(1)), "failed facts");
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, ForgetsADroppedLookupThatNobodyWaitsFor) {
  KnownWorker();
  Mx("a.example");
  Tell(1, JobOutcome::kDropped);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, TellsAllWhoWaitWhenItStops) {
  KnownWorker().asked = 1;
  Ask(TicketOf(1), "a.example");
  Ask(TicketOf(2), "b.example");
  AskSelfTest(TicketOf(3));
  Mx("c.example");
  desk().Stop();
  EXPECT_EQ(Told(TicketOf(1)), "stopping");
  EXPECT_EQ(Told(TicketOf(2)), "stopping");
  EXPECT_EQ(Told(TicketOf(3)), "self-test");
  EXPECT_EQ(desk().NextTime(), -1);
}

// --- flush ---

TEST_F(DeskTest, ForgetsVerdictsWhenFlushed) {
  KnownWorker();
  Cache();
  Flush();
  EXPECT_EQ(Cached(), "not-cached");
}

TEST_F(DeskTest, AnswersAndKeepsNothingWhenFlushedMeanwhile) {
  KnownWorker();
  Ask(TicketOf(1));
  Flush();
  Ask(TicketOf(2));
  EXPECT_EQ(worker_.Started(), (Ids{1, 2}));
  Finish(1);
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Told(TicketOf(2)), "-");
  EXPECT_EQ(Cached(), "not-cached");
  Finish(2);
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, FlushesOneNextHopAlone) {
  KnownWorker();
  Cache("a.example");
  Cache("b.example");
  Ask(TicketOf(1), "c.example");
  FlushRequest request;
  request.next_hop = Hop("a.example");
  desk().OnRequest(TicketOf(2), request, now_ms_);
  EXPECT_EQ(Cached("a.example"), "not-cached");
  EXPECT_EQ(Cached("b.example"), "cached facts");
  Finish(worker_.Last(), "c.example");
  EXPECT_EQ(Cached("c.example"), "cached facts");
}

TEST_F(DeskTest, AnswersAndKeepsNothingWhenTheResolverIsReconfigured) {
  KnownWorker();
  Cache("b.example");
  Ask(TicketOf(1));
  Tell(0, JobOutcome::kReconfigured);
  Finish(worker_.Last());
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Cached("a.example"), "not-cached");
  EXPECT_EQ(Cached("b.example"), "not-cached");
}

// --- prefetch ---

TEST_F(DeskTest, PrefetchesWhatAnMxAnswerNamesAndKeepsWholeFacts) {
  KnownWorker();
  Mx("a.example");
  ASSERT_EQ(worker_.Count<StartMail>(), 1U);
  EXPECT_EQ(worker_.LaneOfLast(), Lane::kPrefetch);
  Finish(1);
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, PrefetchesNothingThatLivesInTheCache) {
  KnownWorker();
  Cache();
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
}

TEST_F(DeskTest, PrefetchesNothingWhenItIsOff) {
  settings_.prefetch = false;
  KnownWorker();
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 0U);
}

TEST_F(DeskTest, DropsAPrefetchWhenThereIsNoRoomForWhatNobodyAsked) {
  KnownWorker().unasked = 0;
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 0U);
  EXPECT_EQ(Count("prefetch.dropped.room"), 1U);
  EXPECT_EQ(Count("lookups.open"), 0U);
}

TEST_F(DeskTest, RemembersAPrefetchForHalfAMinuteWhateverCameOfIt) {
  KnownWorker();
  Mx("a.example");
  Tell(1, JobOutcome::kNotStarted);
  Sleep(29999);
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  EXPECT_EQ(Count("prefetch.dropped.recent"), 1U);
  Sleep(1);
  Mx("a.example");
  EXPECT_EQ(worker_.Count<StartMail>(), 2U);
}

struct Cost {
  size_t questions;
  size_t fruitless;
  uint64_t started;  // of those that follow
};

// 24 questions a second pay for two prefetches of twelve.
TEST_F(DeskTest, PaysForWhatAPrefetchAskedAndMoreForAnswersOfNoUse) {
  settings_.prefetch_per_second = 2 * PrefetchPolicy::kQuestions;
  const std::vector<Cost> costs = {
      {0, 0, 2}, {1, 0, 1}, {12, 0, 1}, {1, 1, 1}, {4, 3, 0}};
  KnownWorker();
  int name = 0;
  for (const Cost& cost : costs) {
    SCOPED_TRACE(cost.questions);
    Sleep(60000);
    Mx(absl::StrCat("p", ++name, ".example"));
    Report report;
    report.job = worker_.Last();
    report.outcome = JobOutcome::kNotStarted;
    report.questions = cost.questions;
    report.fruitless = cost.fruitless;
    desk().OnReport(report, now_ms_);
    const uint64_t before = Count("prefetch.started");
    for (int i = 0; i < 5; ++i) Mx(absl::StrCat("p", ++name, ".example"));
    EXPECT_EQ(Count("prefetch.started") - before, cost.started);
    for (const uint64_t id : worker_.Started())
      Tell(id, JobOutcome::kNotStarted);
  }
}

TEST_F(DeskTest, EndsAPrefetchAfterThreeSeconds) {
  KnownWorker();
  Mx("a.example");
  Pass(2999);
  EXPECT_EQ(worker_.Count<EndMail>(), 0U);
  Pass(1);
  EXPECT_EQ(worker_.Count<EndMail>(), 1U);
  EXPECT_EQ(Count("lookups.past_deadline"), 0U);
}

TEST_F(DeskTest, KeepsNothingOfAPrefetchThatIsNotWhole) {
  KnownWorker();
  Mx("a.example");
  Finish(1, FactsFor("a.example", now() + kLife), false);
  EXPECT_EQ(Cached(), "not-cached");
}

TEST_F(DeskTest, KeepsAnAskedLookupThatWasGivenUpAtItsDeadline) {
  KnownWorker();
  Ask(TicketOf(1));
  Pass(settings_.deadline_ms);
  Facts facts = FactsFor("a.example", now() + kLife);
  facts.kind = Kind::kMx;
  facts.hosts = {HostIn(HostState::kTlsaFailed, now() + 5)};
  Finish(1, facts, false);
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Cached(), "cached facts");
  Sleep(5000);
  EXPECT_EQ(Cached(), "not-cached");
}

TEST_F(DeskTest, KeepsWhatLivesWhenAFreshLookupFails) {
  KnownWorker();
  Cache();
  AskFresh(TicketOf(1));
  Facts failed = FactsFor("a.example", now() + 5);
  failed.kind = Kind::kFailed;
  Finish(worker_.Last(), failed);
  EXPECT_EQ(Told(TicketOf(1)), "failed facts");
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, KeepsNothingThatHasEndedAlready) {
  KnownWorker();
  Ask(TicketOf(1));
  Finish(1, FactsFor("a.example", now()));
  EXPECT_EQ(Told(TicketOf(1)), "facts");
  EXPECT_EQ(Count("cache.entries"), 0U);
}

// --- renewal ---

constexpr int64_t kUntilRenewal = (kLife - kLife / 10) * 1000;

TEST_F(DeskTest, RenewsAVerdictInUseInTheLastTenthOfItsLife) {
  KnownWorker();
  Cache();
  Cached();
  Pass(kUntilRenewal - 1);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  Pass(1);
  ASSERT_EQ(worker_.Count<StartMail>(), 2U);
  EXPECT_EQ(worker_.LaneOfLast(), Lane::kRenewal);
  // The resolver's cache has no more than the rest of the same lives.
  EXPECT_EQ(worker_.All<StartMail>().back()->job->leeway(), kLife / 10 + 1);
  Finish(worker_.Last());
  Pass(kLife * 1000 - 2000);
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, RenewsNothingThatNobodyAskedForAgain) {
  KnownWorker();
  Cache();
  EXPECT_EQ(desk().NextTime(), -1);
  Pass(kUntilRenewal);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
}

TEST_F(DeskTest, DropsARenewalWhenThereIsNoRoomForWhatNobodyAsked) {
  KnownWorker();
  Cache();
  Cached();
  worker_.unasked = 0;
  Pass(kUntilRenewal);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
  EXPECT_EQ(Count("renewals.dropped"), 1U);
  EXPECT_EQ(Cached(), "cached facts");
}

TEST_F(DeskTest, RenewsNothingThatWasFlushed) {
  KnownWorker();
  Cache();
  Cached();
  Flush();
  Pass(kUntilRenewal);
  EXPECT_EQ(worker_.Count<StartMail>(), 1U);
}

TEST_F(DeskTest, KeepsWhatLivesWhenARenewalCouldNotMendIt) {
  KnownWorker();
  Cache();
  Cached();
  Pass(kUntilRenewal);
  Facts worse = FactsFor("a.example", now() + kLife);
  worse.kind = Kind::kMx;
  worse.hosts = {HostIn(HostState::kAddressFailed, now() + 5)};
  Finish(worker_.Last(), worse);
  Sleep(10000);
  EXPECT_EQ(Cached(), "cached facts");
  Sleep(kLife / 10 * 1000 - 10000);
  EXPECT_EQ(Cached(), "not-cached");
}

TEST_F(DeskTest, EndsARenewalWhenTheSameIsAskedForFresh) {
  KnownWorker();
  Cache();
  Cached();
  Pass(kUntilRenewal);
  const uint64_t renewal = worker_.Last();
  AskFresh(TicketOf(1));
  ASSERT_EQ(worker_.Count<EndMail>(), 1U);
  EXPECT_EQ(worker_.All<EndMail>()[0]->job, renewal);
  EXPECT_EQ(worker_.LaneOfLast(), Lane::kAsked);
}

// --- lack of memory ---

TEST_F(DeskTest, AnswersSoonWhenALookupCannotBePosted) {
  KnownWorker().is_broken = true;
  EXPECT_THROW(Ask(TicketOf(1)), std::bad_alloc);
  worker_.is_broken = false;
  Pass(kTick);
  EXPECT_EQ(Told(TicketOf(1)), "busy");
  EXPECT_EQ(Count("lookups.open"), 0U);
  EXPECT_EQ(Count("lanes.asked.waiting"), 0U);
}

TEST_F(DeskTest, AnswersTheOthersWhenOneCannotBeEnded) {
  KnownWorker();
  Ask(TicketOf(1), "a.example");
  desk().OnWorker(&second_, now_ms_);
  second_.asked = 2000;
  Ask(TicketOf(2), "b.example");
  ASSERT_EQ(second_.Count<StartMail>(), 1U);
  Sleep(settings_.deadline_ms + 100);
  worker_.is_broken = true;
  int failures = 0;
  for (int i = 0; i < 10; ++i) {
    try {
      desk().OnTime(now_ms_);
    } catch (const std::bad_alloc&) {
      ++failures;
    }
  }
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(Told(TicketOf(2)), "failed facts");
  worker_.is_broken = false;
  Pass(kTick);
  EXPECT_EQ(Told(TicketOf(1)), "failed facts");
}

}  // namespace
}  // namespace danebound
