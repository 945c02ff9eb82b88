#include "stub/embedded/asker.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

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
  EXPECT_NE(arrivals[0].answer.why.find("no trust anchor works"),
            std::string::npos);
  EXPECT_FALSE(asker_->is_anchored());
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
  EXPECT_TRUE(asker_->is_anchored());
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
