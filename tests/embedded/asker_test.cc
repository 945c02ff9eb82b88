#include "stub/embedded/asker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/embedded/folder.h"
#include "tests/embedded/signed_root.h"

namespace danebound {
namespace {

// Port 9 of this host answers nobody.
constexpr const char* kConf =
    "server: trust-anchor: \". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n"
    " local-zone: \"local.example\" static\n"
    " local-data: \"mx.local.example 60 A 192.0.2.1\"\n"
    "forward-zone:\n name: .\n forward-addr: 127.0.0.1@9\n";

class AskerTest : public ::testing::Test {
 protected:
  AskerTest() { Use(kConf); }

  void Use(absl::string_view conf) {
    ContextOptions options;
    options.unbound_conf = folder_.Write("unbound.conf", conf);
    absl::StatusOr<Context> context = NewContext(options);
    EXPECT_TRUE(context.ok()) << context.status();
    asker_ = std::make_unique<Asker>(*std::move(context));
  }
  // Nothing is known of the trust anchor's zone, and that at once.
  void UseWithoutKeys() {
    Use(absl::StrReplaceAll(kConf, {{"local-zone: \"local",
                                     "local-zone: \".\" refuse\n"
                                     " local-zone: \"local"}}));
  }

  static Question Local() {
    return {Name::ParseText("mx.local.example").value(), RrType::kA};
  }
  static Question Remote() {
    return {Name::ParseText("mx.example").value(), RrType::kA};
  }

  Folder folder_;
  std::unique_ptr<Asker> asker_;
};

// It knows local data at once, and calls that insecure: so it would all, with a
// trust anchor that it cannot use. It then calls back before ub_resolve_event
// returns.
TEST_F(AskerTest, AnswersNothingBeforeATrustAnchorWasSeenToWork) {
  UseWithoutKeys();
  asker_->Ask(7, Local());
  ASSERT_TRUE(asker_->Wait(SteadyNow()).ok());
  const std::vector<Asker::Arrival> arrivals = asker_->TakeArrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].who, 7U);
  EXPECT_EQ(arrivals[0].question, Local());
  EXPECT_EQ(arrivals[0].answer.security, Security::kFailed);
  EXPECT_NE(arrivals[0].answer.why.find("the trust anchor at . does not work"),
            std::string::npos);
  EXPECT_NE(asker_->AnchorFault(), "");
  EXPECT_TRUE(asker_->TakeArrivals().empty());
}

TEST_F(AskerTest, AnswersOnceTheKeysOfATrustAnchorAreSecure) {
  Use(SignedRootConf(folder_));
  const Question question = {Name::ParseText("mx.a.example").value(),
                             RrType::kA};
  asker_->Ask(7, question);
  ASSERT_TRUE(asker_->Wait(SteadyNow() + std::chrono::seconds(10)).ok());
  const std::vector<Asker::Arrival> arrivals = asker_->TakeArrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].question, question);
  EXPECT_EQ(arrivals[0].answer.security, Security::kSecure);
  EXPECT_EQ(asker_->AnchorFault(), "");
}

// Signatures would count that have ended.
TEST_F(AskerTest, GoesByTheClockWhateverDateIsSet) {
  Use(absl::StrCat(SignedRootConf(folder_),
                   "server: val-override-date: \"20900101000000\"\n"));
  asker_->Ask(7, {Name::ParseText("mx.a.example").value(), RrType::kA});
  ASSERT_TRUE(asker_->Wait(SteadyNow() + std::chrono::seconds(10)).ok());
  const std::vector<Asker::Arrival> arrivals = asker_->TakeArrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].answer.security, Security::kSecure)
      << arrivals[0].answer.why;
}

// Nobody answers for that zone.
constexpr const char* kDeadAnchor =
    "server: trust-anchor: \"dead.test. DS 1 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n"
    "stub-zone:\n name: dead.test\n stub-addr: 127.0.0.1@9\n";

TEST_F(AskerTest, FailsOnlyWhatRestsOnATrustAnchorThatDoesNotWork) {
  Use(absl::StrCat(SignedRootConf(folder_), kDeadAnchor));
  asker_->Ask(1, {Name::ParseText("mx.dead.test").value(), RrType::kA});
  asker_->Ask(2, {Name::ParseText("mx.a.example").value(), RrType::kA});
  std::map<size_t, Answer> answers;
  while (answers.size() < 2) {
    ASSERT_TRUE(asker_->Wait(SteadyNow() + std::chrono::seconds(10)).ok());
    const std::vector<Asker::Arrival> arrivals = asker_->TakeArrivals();
    ASSERT_FALSE(arrivals.empty());
    for (const auto& arrival : arrivals) answers[arrival.who] = arrival.answer;
  }
  EXPECT_EQ(answers[1].security, Security::kFailed);
  EXPECT_NE(answers[1].why.find("the trust anchor at dead.test does not work"),
            std::string::npos)
      << answers[1].why;
  EXPECT_EQ(answers[2].security, Security::kSecure);
  EXPECT_NE(asker_->AnchorFault().find("the one at dead.test"),
            std::string::npos);
}

TEST_F(AskerTest, PutsFewQuestionsOfOneToLibunboundAtATime) {
  Use(SignedRootConf(folder_));
  for (int i = 0; i < 40; ++i) {
    asker_->Ask(7, {Name::ParseText(absl::StrCat("n", i, ".a.example")).value(),
                    RrType::kA});
  }
  size_t answered = 0;
  while (answered < 40) {
    ASSERT_TRUE(asker_->Wait(SteadyNow() + std::chrono::seconds(10)).ok());
    const size_t arrived = asker_->TakeArrivals().size();
    ASSERT_GT(arrived, 0U);
    answered += arrived;
  }
  EXPECT_EQ(answered, 40U);
}

TEST_F(AskerTest, LooksAtTheTrustAnchorAgainForTheNextQuestion) {
  UseWithoutKeys();
  for (size_t who = 1; who <= 2; ++who) {
    asker_->Ask(who, Local());
    ASSERT_TRUE(asker_->Wait(SteadyNow()).ok());
    ASSERT_EQ(asker_->TakeArrivals().size(), 1U) << who;
  }
}

TEST_F(AskerTest, DropsTheArrivalsOfWhomItForgets) {
  UseWithoutKeys();
  asker_->Ask(7, Local());
  asker_->Ask(8, Local());
  asker_->Forget(7);
  ASSERT_TRUE(asker_->Wait(SteadyNow()).ok());
  const std::vector<Asker::Arrival> arrivals = asker_->TakeArrivals();
  ASSERT_EQ(arrivals.size(), 1U);
  EXPECT_EQ(arrivals[0].who, 8U);
}

TEST_F(AskerTest, ReturnsFromWaitAtTheDeadline) {
  asker_->Forget(1);
  ASSERT_TRUE(asker_->Wait(SteadyNow() + std::chrono::milliseconds(20)).ok());
  EXPECT_TRUE(asker_->TakeArrivals().empty());
}

// Under AddressSanitizer: libunbound calls back for open questions as it goes.
TEST_F(AskerTest, MayGoWithQuestionsOpen) {
  asker_->Ask(1, Remote());
  asker_.reset();
}

}  // namespace
}  // namespace danebound
