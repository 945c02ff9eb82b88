// The embedded driver in an event loop; answers over the network are in
// tests/serve.
#include "stub/embedded/event_embedded.h"

#include <event2/event.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/embedded/folder.h"

namespace danebound {
namespace {

// Port 9 of this host answers nobody.
constexpr const char* kConf =
    "server: trust-anchor: \". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n"
    "forward-zone:\n name: .\n forward-addr: 127.0.0.1@9\n";

constexpr absl::Duration kPlenty = absl::Seconds(20);

class EventEmbeddedTest : public ::testing::Test {
 protected:
  EventEmbeddedTest() : loop_(event_base_new()) {
    EmbeddedOptions options;
    options.unbound_conf = folder_.Write("unbound.conf", kConf);
    auto embedded = EventEmbedded::New(options, loop_.get());
    EXPECT_TRUE(embedded.ok()) << embedded.status();
    embedded_ = *std::move(embedded);
  }

  // Looks up, and stores the facts.
  void Start(absl::string_view next_hop, absl::Duration timeout = kPlenty) {
    embedded_->Start(ParseNextHop(next_hop).value(), timeout,
                     [this](const Facts& facts) {
                       facts_.push_back(facts);
                       event_base_loopbreak(loop_.get());
                     });
  }

  Facts Next() {
    event_base_dispatch(loop_.get());
    if (facts_.empty()) return {};
    Facts facts = facts_.back();
    facts_.clear();
    return facts;
  }

  struct Free {
    void operator()(event_base* loop) const { event_base_free(loop); }
  };

  Folder folder_;
  std::unique_ptr<event_base, Free> loop_;  // outlives the resolver
  std::unique_ptr<EventEmbedded> embedded_;
  std::vector<Facts> facts_;
};

// Without DNS there is nothing to wait for.
TEST_F(EventEmbeddedTest, NeverCallsBackBeforeStartReturns) {
  Start("[192.0.2.1]");
  EXPECT_TRUE(facts_.empty());
  EXPECT_EQ(Next().kind, Kind::kAddress);
}

TEST_F(EventEmbeddedTest, GivesUpAtTheDeadline) {
  Start("remote.example", absl::Milliseconds(50));
  const Facts facts = Next();
  EXPECT_EQ(facts.kind, Kind::kFailed);
  EXPECT_EQ(facts.security, Security::kFailed);
  ASSERT_EQ(facts.reasons.size(), 1U);
  EXPECT_TRUE(absl::StrContains(facts.reasons[0].text, "within 50ms"))
      << facts.reasons[0].text;
}

TEST_F(EventEmbeddedTest, AnswersOneWhileAnotherWaits) {
  Start("remote.example");
  Start("[192.0.2.1]");
  EXPECT_EQ(Next().kind, Kind::kAddress);
}

TEST_F(EventEmbeddedTest, MayBeAskedFromInsideAnAnswer) {
  embedded_->Start(ParseNextHop("[192.0.2.2]").value(), kPlenty,
                   [this](const Facts&) { Start("[192.0.2.1]"); });
  EXPECT_EQ(Next().kind, Kind::kAddress);
}

// Under AddressSanitizer: nothing calls back into what is gone.
TEST_F(EventEmbeddedTest, MayGoWithLookupsOpen) {
  Start("remote.example");
  Start("[192.0.2.1]");
  embedded_.reset();
  event_base_loop(loop_.get(), EVLOOP_NONBLOCK);
  EXPECT_TRUE(facts_.empty());
}

}  // namespace
}  // namespace danebound
