// The change of a certificate as literal scenarios.
#include "stub/rollover/rollover.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kNow = 1'700'000'000;
constexpr uint32_t kTtl = 3600;

const TlsaParameters k311 = {3, 1, 1};
const TlsaParameters k312 = {3, 1, 2};
const TlsaParameters k201 = {2, 0, 1};

// RDATA of these parameters for what is called `name`.
std::string Record(const TlsaParameters& parameters, const std::string& name) {
  return std::string{static_cast<char>(parameters.usage),
                     static_cast<char>(parameters.selector),
                     static_cast<char>(parameters.matching)} +
         name;
}

const std::string kOld = Record(k311, "old");
const std::string kNew = Record(k311, "new");

// A certificate below the authority "ca".
RolloverIdentity Certificate(const std::string& name) {
  return {{{k311, {Record(k311, name)}},
           {k312, {Record(k312, name)}},
           {k201, {Record(k201, "ca"), Record(k201, name)}}}};
}

ServerView Shows(const std::set<std::string>& rdata, uint32_t hold = kTtl) {
  return {"ns", true, "", rdata, hold};
}

ServerView Silent() { return {"silent", false, "timeout", {}, 0}; }

ServerView Named(const std::string& name, ServerView view) {
  view.server = name;
  return view;
}

RolloverQuestion FromOldToNew(const std::vector<ServerView>& servers) {
  return {servers, {Certificate("old")}, {Certificate("new")}};
}

// After the new one was deployed.
RolloverQuestion AfterChange(const std::vector<ServerView>& servers) {
  return {servers, {Certificate("new")}, {Certificate("new")}};
}

RolloverAnswer Ask(const RolloverQuestion& question,
                   const RolloverMemory& memory = {}, int64_t now = kNow) {
  return AnswerRollover(question, memory, now);
}

// RFC 7671 8.1
TEST(Rollover, GoesFromOldToBothToNew) {
  const RolloverAnswer start =
      Ask(FromOldToNew({Shows({kOld}), Shows({kOld})}));
  EXPECT_EQ(start.state, RolloverState::kPublish);
  EXPECT_THAT(start.publish, ElementsAre(kNew));
  EXPECT_THAT(start.remove, IsEmpty());

  const RolloverAnswer half =
      Ask(FromOldToNew({Shows({kOld, kNew}), Named("ns2", Shows({kOld}))}),
          start.memory, kNow + 10);
  EXPECT_EQ(half.state, RolloverState::kSpreading);
  EXPECT_THAT(half.servers, ElementsAre("ns2"));
  EXPECT_THAT(half.publish, ElementsAre(kNew));

  const RolloverQuestion both =
      FromOldToNew({Shows({kOld, kNew}), Shows({kOld, kNew})});
  const RolloverAnswer waiting = Ask(both, half.memory, kNow + 20);
  EXPECT_EQ(waiting.state, RolloverState::kWaiting);
  EXPECT_EQ(waiting.earliest, kNow + 20 + 2 * kTtl);
  EXPECT_THAT(waiting.publish, IsEmpty());

  const int64_t later = kNow + 20 + 2 * kTtl;
  EXPECT_EQ(Ask(both, waiting.memory, later - 1).state,
            RolloverState::kWaiting);
  const RolloverAnswer go = Ask(both, waiting.memory, later);
  EXPECT_EQ(go.state, RolloverState::kDeploy);
  EXPECT_EQ(go.earliest, later);

  const RolloverAnswer after =
      Ask(AfterChange({Shows({kOld, kNew}), Shows({kNew})}), go.memory, later);
  EXPECT_EQ(after.state, RolloverState::kRemove);
  EXPECT_THAT(after.remove, ElementsAre(kOld));

  const RolloverAnswer end = Ask(AfterChange({Shows({kNew}), Shows({kNew})}),
                                 after.memory, later + 10);
  EXPECT_EQ(end.state, RolloverState::kDone);
  EXPECT_THAT(end.publish, IsEmpty());
  EXPECT_THAT(end.remove, IsEmpty());
}

// RFC 7671 8.1
TEST(Rollover, WaitsTwiceTheLongestOfOldAndNewTtl) {
  const auto memory = Ask(FromOldToNew({Shows({kOld}, 86400)})).memory;
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew}, 300)}), memory).earliest,
            kNow + 2 * 86400);
  const auto short_memory = Ask(FromOldToNew({Shows({kOld}, 300)})).memory;
  EXPECT_EQ(
      Ask(FromOldToNew({Shows({kOld, kNew}, 86400)}), short_memory).earliest,
      kNow + 2 * 86400);
}

TEST(Rollover, WaitsForTheServerWithTheLongestHold) {
  EXPECT_EQ(
      Ask(FromOldToNew({Shows({kOld, kNew}, 60), Shows({kOld, kNew}, 7200)}))
          .earliest,
      kNow + 2 * 7200);
}

// RFC 7671 8.1: a denial is kept by caches too
TEST(Rollover, WaitsOutTheDenialWhereThereWereNoRecords) {
  const RolloverAnswer start = Ask(FromOldToNew({Shows({}, 900)}));
  EXPECT_EQ(start.state, RolloverState::kPublish);
  EXPECT_THAT(start.publish, ElementsAre(kNew, kOld));
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew}, 60)}), start.memory).earliest,
            kNow + 2 * 900);
}

TEST(Rollover, BeginsToWaitWhenTheLastServerShowsTheChange) {
  const RolloverQuestion both = FromOldToNew({Shows({kOld, kNew})});
  const auto memory = Ask(both).memory;
  EXPECT_EQ(memory.since, kNow);
  EXPECT_EQ(Ask(both, memory, kNow + 100).memory.since, kNow);
}

TEST(Rollover, BeginsAnewWhenAServerFallsBack) {
  const auto memory = Ask(FromOldToNew({Shows({kOld, kNew})})).memory;
  const RolloverAnswer back =
      Ask(FromOldToNew({Shows({kOld})}), memory, kNow + 100);
  EXPECT_EQ(back.memory.since, absl::nullopt);
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew})}), back.memory, kNow + 200)
                .earliest,
            kNow + 200 + 2 * kTtl);
}

TEST(Rollover, BeginsAnewForAnotherNextCertificate) {
  const auto memory = Ask(FromOldToNew({Shows({kOld, kNew})})).memory;
  const std::string newer = Record(k311, "newer");
  const RolloverQuestion question = {{Shows({kOld, kNew, newer})},
                                     {Certificate("old")},
                                     {Certificate("newer")}};
  const RolloverAnswer answer = Ask(question, memory, kNow + 2 * kTtl);
  EXPECT_EQ(answer.state, RolloverState::kWaiting);
  EXPECT_EQ(answer.memory.since, kNow + 2 * kTtl);
  EXPECT_THAT(answer.remove, ElementsAre(kNew));
}

TEST(Rollover, IsUnknownWhileAServerIsSilentAndForgetsNothing) {
  const auto memory = Ask(FromOldToNew({Shows({kOld, kNew})})).memory;
  const RolloverAnswer answer = Ask(
      FromOldToNew({Shows({kOld, kNew}), Silent()}), memory, kNow + 2 * kTtl);
  EXPECT_EQ(answer.state, RolloverState::kUnknown);
  EXPECT_EQ(answer.earliest, absl::nullopt);
  EXPECT_THAT(answer.servers, ElementsAre("silent"));
  EXPECT_EQ(answer.memory.since, kNow);
}

TEST(Rollover, DoesNotBeginToWaitWhileAServerIsSilent) {
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew}), Silent()})).memory.since,
            absl::nullopt);
}

TEST(Rollover, IsUnknownWithoutServers) {
  EXPECT_EQ(Ask(FromOldToNew({})).state, RolloverState::kUnknown);
}

// RFC 7671 8
TEST(Rollover, IsBrokenWhereTheCurrentCertificateIsNotMatched) {
  const RolloverAnswer answer = Ask(FromOldToNew(
      {Shows({kOld, kNew}), Named("ns2", Shows({kNew})), Silent()}));
  EXPECT_EQ(answer.state, RolloverState::kBroken);
  EXPECT_THAT(answer.servers, ElementsAre("ns2"));
  EXPECT_THAT(answer.publish, ElementsAre(kOld));
}

// RFC 7671 8
TEST(Rollover, IsBrokenWhenTheNextIsDeployedUnannounced) {
  const RolloverAnswer answer = Ask(AfterChange({Shows({kOld})}));
  EXPECT_EQ(answer.state, RolloverState::kBroken);
  EXPECT_THAT(answer.publish, ElementsAre(kNew));
  EXPECT_THAT(answer.unmatched, ElementsAre(kOld));
}

// RFC 7671 8, 8.3
TEST(Rollover, IsBrokenWhereOneCombinationFailsAlone) {
  const RolloverAnswer answer =
      Ask(FromOldToNew({Shows({kOld, Record(k312, "gone")})}));
  EXPECT_EQ(answer.state, RolloverState::kBroken);
  EXPECT_THAT(answer.publish,
              ElementsAre(kNew, Record(k312, "new"), Record(k312, "old")));
  EXPECT_THAT(answer.unmatched, ElementsAre(Record(k312, "gone")));
}

// RFC 7671 8.4
TEST(Rollover, WantsTheNextInEveryCombinationThatIsPublished) {
  const RolloverAnswer answer =
      Ask(FromOldToNew({Shows({kOld, kNew, Record(k312, "old")})}));
  EXPECT_EQ(answer.state, RolloverState::kPublish);
  EXPECT_THAT(answer.publish, ElementsAre(Record(k312, "new")));
}

// RFC 7671 5.1
TEST(Rollover, IsDoneAtOnceWhereTheKeyStays) {
  const RolloverQuestion question = {
      {Shows({kOld})}, {Certificate("old")}, {Certificate("old")}};
  EXPECT_EQ(Ask(question).state, RolloverState::kDone);
}

// RFC 7671 5.2, 8
TEST(Rollover, DeploysAtOnceBelowTheSameAuthority) {
  const RolloverAnswer answer =
      Ask(FromOldToNew({Shows({Record(k201, "ca")})}));
  EXPECT_EQ(answer.state, RolloverState::kDeploy);
  EXPECT_EQ(answer.earliest, absl::nullopt);
}

// A renewed certificate of the same key.
RolloverIdentity Renewed(const std::string& name) {
  RolloverIdentity renewed = Certificate(name);
  renewed.records[{3, 0, 1}] = {Record({3, 0, 1}, "renewed")};
  return renewed;
}

// RFC 7671 5.1, 8
TEST(Rollover, DeploysARenewalOfTheSameKeyBesideAStagedOne) {
  const std::string staged = Record(k311, "staged");
  const RolloverAnswer answer =
      Ask({{Shows({kOld, staged})}, {Certificate("old")}, {Renewed("old")}});
  EXPECT_EQ(answer.state, RolloverState::kDeploy);
  EXPECT_THAT(answer.remove, IsEmpty());
  EXPECT_THAT(answer.unmatched, ElementsAre(staged));
}

// RFC 7671 8.1
TEST(Rollover, DeploysAKeyAtOnceThatWasStagedLongAgo) {
  const RolloverQuestion staged = {
      {Shows({kOld, kNew})}, {Certificate("old")}, {Certificate("old")}};
  const auto memory = Ask(staged).memory;
  const int64_t later = kNow + 2 * kTtl;
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew})}), memory, later - 1).state,
            RolloverState::kWaiting);
  EXPECT_EQ(Ask(FromOldToNew({Shows({kOld, kNew})}), memory, later).state,
            RolloverState::kDeploy);
}

// RFC 7671 8: caches may still have the combination that only the old one had.
TEST(Rollover, WaitsForACombinationToLeaveCachesBeforeAStagedKey) {
  const std::string old_312 = Record(k312, "old");
  const RolloverQuestion staged = {{Shows({kOld, kNew, old_312})},
                                   {Certificate("old")},
                                   {Certificate("old")}};
  const auto memory = Ask(staged).memory;
  const int64_t later = kNow + 10 * kTtl;
  const RolloverAnswer answer =
      Ask(FromOldToNew({Shows({kOld, kNew})}), memory, later);
  EXPECT_EQ(answer.state, RolloverState::kWaiting);
  EXPECT_EQ(answer.earliest, later + 2 * kTtl);
}

TEST(Rollover, WaitsForACombinationToLeaveCachesBeforeARenewal) {
  const std::string whole = Record({3, 0, 1}, "old");
  RolloverIdentity old = Certificate("old");
  old.records[{3, 0, 1}] = {whole};
  const auto memory = Ask({{Shows({kOld, whole})}, {old}, {old}}).memory;
  const RolloverQuestion renewal = {{Shows({kOld})}, {old}, {Renewed("old")}};
  const RolloverAnswer answer = Ask(renewal, memory, kNow + 10);
  EXPECT_EQ(answer.state, RolloverState::kWaiting);
  EXPECT_EQ(answer.earliest, kNow + 10 + 2 * kTtl);
  EXPECT_EQ(Ask(renewal, answer.memory, kNow + 10 + 2 * kTtl).state,
            RolloverState::kDeploy);
}

// RFC 7671 8.1
TEST(Rollover, SaysUntilWhenCachesMayHoldWhatNobodySaw) {
  const RolloverQuestion renewal = {
      {Shows({kOld})}, {Certificate("old")}, {Renewed("old")}};
  const RolloverAnswer first = Ask(renewal);
  EXPECT_EQ(first.state, RolloverState::kDeploy);
  EXPECT_EQ(first.unseen_until, kNow + 2 * kTtl);
  EXPECT_EQ(Ask(renewal, first.memory, kNow + 2 * kTtl - 1).unseen_until,
            kNow + 2 * kTtl);
  EXPECT_EQ(Ask(renewal, first.memory, kNow + 2 * kTtl).unseen_until,
            absl::nullopt);
  const RolloverQuestion rest = {
      {Shows({kOld})}, {Certificate("old")}, {Certificate("old")}};
  EXPECT_EQ(Ask(rest).unseen_until, absl::nullopt);
}

// RFC 7671 5.2: any of several authorities may sign the next time.
TEST(Rollover, LeavesSpareAuthoritiesAlone) {
  const auto below = [](const std::string& authority) {
    return RolloverIdentity{{{k201, {Record(k201, authority)}}}};
  };
  const ServerView both = Shows({Record(k201, "e5"), Record(k201, "e6")});
  const RolloverAnswer first = Ask({{both}, {below("e5")}, {below("e5")}});
  EXPECT_EQ(first.state, RolloverState::kDone);
  EXPECT_THAT(first.unmatched, ElementsAre(Record(k201, "e6")));
  const int64_t later = kNow + 2 * kTtl;
  EXPECT_EQ(
      Ask({{both}, {below("e5")}, {below("e6")}}, first.memory, later).state,
      RolloverState::kDeploy);
  const RolloverAnswer after =
      Ask({{both}, {below("e6")}, {below("e6")}}, first.memory, later);
  EXPECT_EQ(after.state, RolloverState::kDone);
  EXPECT_THAT(after.remove, IsEmpty());
}

TEST(Rollover, LeavesAloneWhatWasNeverSeenToMatch) {
  const RolloverAnswer answer =
      Ask({{Shows({kOld, kNew})}, {Certificate("new")}, {}});
  EXPECT_EQ(answer.state, RolloverState::kDone);
  EXPECT_THAT(answer.remove, IsEmpty());
  EXPECT_THAT(answer.unmatched, ElementsAre(kOld));
}

TEST(Rollover, RemembersWhatWasReplacedUntilItIsGone) {
  const RolloverQuestion before = {
      {Shows({kOld, kNew})}, {Certificate("old")}, {}};
  const RolloverQuestion after = AfterChange({Shows({kOld, kNew})});
  auto memory = Ask(before).memory;
  for (int hour = 1; hour < 4; ++hour) {
    const RolloverAnswer answer = Ask(after, memory, kNow + hour * 3600);
    EXPECT_EQ(answer.state, RolloverState::kRemove);
    EXPECT_THAT(answer.remove, ElementsAre(kOld));
    memory = answer.memory;
  }
  memory = Ask(AfterChange({Shows({kNew})}), memory).memory;
  EXPECT_THAT(memory.replaced, IsEmpty());
}

TEST(Rollover, DeploysARenewalWhileWhatWasReplacedStillStands) {
  const auto memory =
      Ask({{Shows({kOld, kNew})}, {Certificate("old")}, {}}).memory;
  const RolloverAnswer answer = Ask(
      {{Shows({kOld, kNew})}, {Certificate("new")}, {Renewed("new")}}, memory);
  EXPECT_EQ(answer.state, RolloverState::kDeploy);
  EXPECT_THAT(answer.remove, ElementsAre(kOld));
}

TEST(Rollover, LeavesAloneWhatIsKeptOnPurpose) {
  const auto memory =
      Ask({{Shows({kOld, kNew})}, {Certificate("old")}, {}}).memory;
  RolloverQuestion after = AfterChange({Shows({kOld, kNew})});
  after.keep = {kOld};
  const RolloverAnswer answer = Ask(after, memory);
  EXPECT_EQ(answer.state, RolloverState::kDone);
  EXPECT_THAT(answer.unmatched, IsEmpty());
  EXPECT_THAT(answer.memory.replaced, IsEmpty());
}

TEST(Rollover, WantsARecordForAKeyOnStandbyAfterAllElse) {
  const RolloverIdentity standby = {{{k311, {Record(k311, "later")}}}};
  RolloverQuestion question = {{Shows({kOld})}, {Certificate("old")}, {}};
  question.standby = {standby};
  const RolloverAnswer missing = Ask(question);
  EXPECT_EQ(missing.state, RolloverState::kPublish);
  EXPECT_THAT(missing.publish, ElementsAre(Record(k311, "later")));
  question.next = {Renewed("old")};
  EXPECT_EQ(Ask(question).state, RolloverState::kDeploy);
  question.next = {};
  question.servers = {Shows({kOld, Record(k311, "later")})};
  EXPECT_EQ(Ask(question).state, RolloverState::kDone);
}

// RFC 7671 5.2: 2 x x is of an authority, and the file has none.
TEST(Rollover, AsksForTheChainWhereAnAuthorityIsPublished) {
  const RolloverIdentity alone = {{{k311, {kOld}}}};
  const ServerView view = Shows({Record(k201, "ca")});
  const RolloverAnswer answer = Ask({{view}, {alone}, {}});
  EXPECT_EQ(answer.state, RolloverState::kUnknown);
  EXPECT_THAT(answer.impossible, ElementsAre(k201));
  EXPECT_THAT(answer.publish, IsEmpty());
  EXPECT_THAT(answer.remove, IsEmpty());
  const RolloverIdentity next = {{{k311, {kNew}}}};
  const RolloverAnswer for_next = Ask({{view}, {Certificate("old")}, {next}});
  EXPECT_EQ(for_next.state, RolloverState::kUnknown);
  EXPECT_THAT(for_next.impossible, ElementsAre(k201));
  EXPECT_THAT(for_next.publish, IsEmpty());
}

TEST(Rollover, IsBrokenWhateverTheFileDoesNotTell) {
  const RolloverIdentity alone = {{{k311, {kOld}}}};
  const RolloverAnswer answer =
      Ask({{Shows({kNew, Record(k201, "ca")})}, {alone}, {}});
  EXPECT_EQ(answer.state, RolloverState::kBroken);
  EXPECT_THAT(answer.publish, ElementsAre(kOld));
}

// A certificate that signs itself.
RolloverIdentity SelfIssued(const std::string& name) {
  return {{{k311, {Record(k311, name)}}, {k201, {}}}};
}

// RFC 7671 5.2: OpenSSL, for one, takes DANE-TA(2) only above the leaf.
TEST(Rollover, IsBrokenWhereOnlyAnAuthorityIsPublishedAndThereIsNone) {
  const std::string leaf = Record(k201, "old");
  const RolloverAnswer answer = Ask({{Shows({leaf})}, {SelfIssued("old")}, {}});
  EXPECT_EQ(answer.state, RolloverState::kBroken);
  EXPECT_THAT(answer.hopeless, ElementsAre(k201));
  EXPECT_THAT(answer.publish, ElementsAre(kOld));
  EXPECT_THAT(answer.remove, ElementsAre(leaf));
}

TEST(Rollover, GoesFromAnAuthorityToACertificateThatSignsItself) {
  const std::string ca = Record(k201, "ca");
  const auto question = [&](const std::set<std::string>& shown) {
    return RolloverQuestion{
        {Shows(shown)}, {Certificate("old")}, {SelfIssued("new")}};
  };
  const RolloverAnswer start = Ask(question({ca}));
  EXPECT_EQ(start.state, RolloverState::kPublish);
  EXPECT_THAT(start.publish, ElementsAre(kNew, kOld));
  EXPECT_THAT(start.remove, IsEmpty());
  const RolloverAnswer both =
      Ask(question({ca, kOld, kNew}), start.memory, kNow + 10);
  EXPECT_EQ(both.state, RolloverState::kPublish);
  EXPECT_THAT(both.publish, IsEmpty());
  EXPECT_THAT(both.remove, ElementsAre(ca));
  const RolloverAnswer without =
      Ask(question({kOld, kNew}), both.memory, kNow + 20);
  EXPECT_EQ(without.state, RolloverState::kWaiting);
  EXPECT_EQ(without.earliest, kNow + 20 + 2 * kTtl);
}

TEST(Rollover, KeepsRecordsOfEveryCurrentCertificate) {
  RolloverQuestion question = {{Shows({kOld, Record(k311, "rsa")})},
                               {Certificate("old"), Certificate("rsa")},
                               {}};
  EXPECT_EQ(Ask(question).state, RolloverState::kDone);
  question.servers = {Shows({kOld})};
  EXPECT_EQ(Ask(question).state, RolloverState::kBroken);
}

TEST(Rollover, ChangesOneOfSeveralCertificates) {
  const std::string rsa = Record(k311, "rsa");
  const std::vector<RolloverIdentity> before = {Certificate("old"),
                                                Certificate("rsa")};
  const std::vector<RolloverIdentity> after = {Certificate("new"),
                                               Certificate("rsa")};
  const std::vector<RolloverIdentity> next = {Certificate("new")};
  EXPECT_EQ(Ask({{Shows({kOld, rsa})}, before, next}).state,
            RolloverState::kPublish);
  const auto memory = Ask({{Shows({kOld, kNew, rsa})}, before, next}).memory;
  EXPECT_EQ(Ask({{Shows({kOld, kNew, rsa})}, after, next}, memory).state,
            RolloverState::kRemove);
}

// Nobody can know of the current one any more; everybody soon of the next one.
TEST(Rollover, DeploysWhatEveryServerHasWhereNoneHasTheCurrentOne) {
  const RolloverAnswer answer =
      Ask(FromOldToNew({Shows({kNew}), Shows({kNew})}));
  EXPECT_EQ(answer.state, RolloverState::kDeploy);
  EXPECT_THAT(answer.publish, IsEmpty());
  EXPECT_THAT(answer.servers, IsEmpty());
  for (const ServerView& other :
       {Shows({kOld, kNew}), Shows({}), Silent(),
        Shows({kNew, Record(k312, "old")}), Shows({Record(k311, "x")})}) {
    const RolloverAnswer broken = Ask(FromOldToNew({Shows({kNew}), other}));
    EXPECT_EQ(broken.state, RolloverState::kBroken);
    EXPECT_FALSE(broken.publish.empty());
  }
}

TEST(Rollover, SpreadsWhereOneServerHasNoRecordsAtAll) {
  const RolloverAnswer answer =
      Ask({{Shows({kOld}), Named("ns2", Shows({}))}, {Certificate("old")}, {}});
  EXPECT_EQ(answer.state, RolloverState::kSpreading);
  EXPECT_THAT(answer.servers, ElementsAre("ns2"));
}

TEST(Rollover, PublishesWhatIsWantedWhereNothingIs) {
  RolloverQuestion question = {{Shows({})}, {Certificate("old")}, {}};
  EXPECT_THAT(Ask(question).publish, ElementsAre(kOld));
  question.wanted = {k201};
  EXPECT_THAT(Ask(question).publish, ElementsAre(Record(k201, "ca")));
}

// Records that no client can use hold nothing up.
TEST(Rollover, DoesNotTakeUnknownParametersForAPromise) {
  const std::string unknown = Record({9, 1, 1}, "x");
  const RolloverAnswer alone =
      Ask({{Shows({unknown})}, {Certificate("old")}, {}});
  EXPECT_EQ(alone.state, RolloverState::kPublish);
  EXPECT_THAT(alone.unmatched, ElementsAre(unknown));
  EXPECT_EQ(Ask({{Shows({kOld, unknown})}, {Certificate("old")}, {}}).state,
            RolloverState::kDone);
}

TEST(Rollover, SaysWhichCombinationsABareKeyCannotMatch) {
  const RolloverIdentity key = {{{k311, {kNew}}}};
  const RolloverAnswer answer =
      Ask({{Shows({kOld, Record(k201, "ca")})}, {Certificate("old")}, {key}});
  EXPECT_EQ(answer.state, RolloverState::kPublish);
  EXPECT_THAT(answer.impossible, ElementsAre(k201));
}

TEST(Rollover, ForgetsALongTtlWhenNoCacheCanHaveItAnyMore) {
  const auto idle = [](uint32_t hold) {
    return RolloverQuestion{
        {Shows({kOld}, hold)}, {Certificate("old")}, {Certificate("old")}};
  };
  const auto memory = Ask(idle(86400)).memory;
  const auto soon = Ask(idle(300), memory, kNow + 86400).memory;
  EXPECT_EQ(soon.hold, 86400U);
  const auto late = Ask(idle(300), soon, kNow + 2 * 86400).memory;
  EXPECT_EQ(late.hold, 300U);
}

TEST(Rollover, KeepsALongTtlThroughTheChange) {
  const auto memory = Ask(FromOldToNew({Shows({kOld}, 86400)})).memory;
  const int64_t late = kNow + 10 * 86400;
  EXPECT_EQ(
      Ask(FromOldToNew({Shows({kOld, kNew}, 300)}), memory, late).earliest,
      late + 2 * 86400);
}

// A clock that was set back makes nothing earlier.
TEST(Rollover, BearsAClockThatGoesBack) {
  const RolloverQuestion both = FromOldToNew({Shows({kOld, kNew})});
  const auto memory = Ask(both).memory;
  EXPECT_EQ(Ask(both, memory, kNow - 100000).earliest, kNow + 2 * kTtl);
}

}  // namespace
}  // namespace danebound
