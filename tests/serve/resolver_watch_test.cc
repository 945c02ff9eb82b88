// What the watch makes of files. What name servers answer is in
// mta_resolver_test.py.
#include "stub/serve/resolver/resolver_watch.h"

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;

// Nobody listens there.
constexpr absl::string_view kSilent = "nameserver 127.53.255.1\n";
constexpr absl::string_view kForeign = "nameserver 198.51.100.53\n";

class ResolverWatchTest : public testing::Test {
 protected:
  ResolverWatchTest() {
    folder_ = absl::StrCat(testing::TempDir(), "/resolver-watch-XXXXXX");
    EXPECT_NE(mkdtemp(folder_.data()), nullptr);
    paths_ = {folder_ + "/etc/resolv.conf",
              folder_ + "/postfix/etc/resolv.conf"};
    std::filesystem::create_directories(folder_ + "/etc");
    std::filesystem::create_directories(folder_ + "/postfix/etc");
    Renew();
  }
  ~ResolverWatchTest() override {
    watch_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Renew() {
    watch_ = std::make_unique<ResolverWatch>(
        base_.get(),
        [this](absl::string_view event, const LogFields& fields) {
          std::string line(event);
          for (const auto& field : fields) {
            if (field.first != "error")
              absl::StrAppend(&line, " ", field.second);
          }
          events_.push_back(std::move(line));
        },
        paths_);
  }

  static void Write(const std::string& path, absl::string_view text) {
    std::ofstream(path) << text;
  }

  // Until no question is open any more.
  void RunLoop() {
    const timeval time = TimevalOf(std::chrono::milliseconds(100));
    event_base_loopexit(base_.get(), &time);
    event_base_dispatch(base_.get());
  }

  ResolverState StateFor(const ServeSettings& settings) {
    watch_->Watch(settings);
    RunLoop();
    return watch_->state();
  }

  EventBase base_{event_base_new()};
  std::string folder_;
  ResolvConfPaths paths_;
  std::vector<std::string> events_;
  std::unique_ptr<ResolverWatch> watch_;
  ServeSettings settings_;
};

TEST_F(ResolverWatchTest, HoldsAgainstTheResolverUntilItWasAsked) {
  EXPECT_EQ(watch_->state(), ResolverState::kUnseen);
  EXPECT_NE(watch_->fault(), "");
  Write(paths_.system, kSilent);
  watch_->Watch(settings_);
  EXPECT_EQ(watch_->state(), ResolverState::kUnseen);
  EXPECT_NE(watch_->fault(), "");
  RunLoop();
  // Nothing was shown, and so nothing is believed.
  EXPECT_EQ(watch_->state(), ResolverState::kUnknown);
  EXPECT_EQ(watch_->fault(),
            absl::StrCat("no name server has shown that it validates: ",
                         paths_.system, ", 127.53.255.1: Connection refused"));
  EXPECT_THAT(events_,
              ElementsAre(absl::StrCat("mta-resolver unknown ", paths_.system,
                                       " 127.53.255.1")));
}

// Whatever AD it sets: somebody on the way may set it, too.
TEST_F(ResolverWatchTest, IsBadWhereANameServerIsNotOfThisMachine) {
  Write(paths_.system, absl::StrCat(kSilent, kForeign));
  watch_->Watch(settings_);
  EXPECT_EQ(watch_->state(), ResolverState::kBad);
  EXPECT_EQ(
      watch_->fault(),
      absl::StrCat(paths_.system,
                   ", 198.51.100.53: it is not on this machine, nor trusted "
                   "by the settings"));
  settings_.mta_trusted_resolvers = {"198.51.100.53"};
  watch_->Watch(settings_);
  EXPECT_EQ(watch_->state(), ResolverState::kUnseen);
}

// Of the trusted ones too, in whatever way they are written.
TEST_F(ResolverWatchTest, TrustsAnAddressHoweverItIsWritten) {
  for (const auto& [named, trusted] :
       std::vector<std::pair<std::string, std::string>>{
           {"2001:DB8:0::53", "2001:db8::53"},
           {"2001:db8::53", "2001:0DB8::0053"},
           {"::ffff:198.51.100.53", "198.51.100.53"}}) {
    Renew();
    Write(paths_.system, absl::StrCat("nameserver ", named, "\n"));
    settings_.mta_trusted_resolvers = {trusted};
    watch_->Watch(settings_);
    EXPECT_EQ(watch_->state(), ResolverState::kUnseen) << named;
  }
}

// As the unit's IPAddressDeny= refuses it; the kernel, here, a broadcast.
TEST_F(ResolverWatchTest, SaysWhatToSetWhereATrustedOneMayNotBeAsked) {
  Write(paths_.system, "nameserver 127.255.255.255\n");
  settings_.mta_trusted_resolvers = {"127.255.255.255"};
  EXPECT_EQ(StateFor(settings_), ResolverState::kUnknown);
  EXPECT_EQ(watch_->fault(),
            absl::StrCat(
                "no name server has shown that it validates: ", paths_.system,
                ", 127.255.255.255: to ask it is refused (Permission "
                "denied): the unit of the daemon must let it, "
                "IPAddressAllow=127.255.255.255"));
}

// They set the AD bit of somebody else.
TEST_F(ResolverWatchTest, IsBadWhereANameServerOfLoopbackIsARelay) {
  for (const std::string address :
       {"127.0.0.11", "127.0.0.54", "::ffff:127.0.0.11"}) {
    Renew();
    settings_ = {};
    Write(paths_.system, absl::StrCat("nameserver ", address, "\n"));
    watch_->Watch(settings_);
    EXPECT_EQ(watch_->state(), ResolverState::kBad) << address;
    EXPECT_THAT(watch_->fault(),
                testing::HasSubstr(": it passes on the AD bit of others"));
    settings_.mta_trusted_resolvers = {address};
    watch_->Watch(settings_);
    EXPECT_EQ(watch_->state(), ResolverState::kUnseen) << address;
  }
}

TEST_F(ResolverWatchTest, TakesAllThatIsOfThisMachine) {
  for (const char* address : {"0.0.0.0", "::", "::ffff:127.0.0.1"}) {
    Renew();
    Write(paths_.system, absl::StrCat("nameserver ", address, "\n"));
    watch_->Watch(settings_);
    EXPECT_EQ(watch_->state(), ResolverState::kUnseen) << address;
  }
}

TEST_F(ResolverWatchTest, SaysWhatToDoAboutTheCopyOfTheChroot) {
  const std::string hint = absl::StrCat(
      ". That is the copy in Postfix's chroot: mend ", paths_.system,
      " and restart Postfix, which copies it; where Postfix runs without the "
      "chroot, set mta_resolv_conf = \"",
      paths_.system, "\"");
  Write(paths_.system, kSilent);
  Write(paths_.chroot, kForeign);
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
  EXPECT_THAT(watch_->fault(), testing::EndsWith(hint));
  settings_.mta_resolv_conf = paths_.chroot;  // somebody knows better
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
  EXPECT_THAT(watch_->fault(), testing::EndsWith("by the settings"));
}

TEST_F(ResolverWatchTest, LooksAtTheCopyOfTheChrootToo) {
  Write(paths_.system, kSilent);
  Write(paths_.chroot, kForeign);
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
  EXPECT_TRUE(watch_->stale());
  Write(paths_.chroot, kSilent);
  EXPECT_EQ(StateFor(settings_), ResolverState::kUnknown);
  EXPECT_FALSE(watch_->stale());
  EXPECT_THAT(
      events_,
      ElementsAre(
          absl::StrCat("resolv-conf-stale ", paths_.chroot, " ", paths_.system),
          absl::StrCat("mta-resolver bad ", paths_.chroot, " 198.51.100.53"),
          absl::StrCat("resolv-conf-equal ", paths_.chroot, " ", paths_.system),
          absl::StrCat("mta-resolver unknown ", paths_.system,
                       " 127.53.255.1")));
}

TEST_F(ResolverWatchTest, IsStaleWhereTheCopyLacksTrustAd) {
  Write(paths_.system, absl::StrCat(kSilent, "options trust-ad\n"));
  Write(paths_.chroot, kSilent);
  EXPECT_EQ(StateFor(settings_), ResolverState::kUnknown);
  EXPECT_TRUE(watch_->stale());
}

TEST_F(ResolverWatchTest, LooksAtTheFileThatTheSettingsNameAlone) {
  Write(paths_.system, kForeign);
  Write(paths_.chroot, kSilent);
  settings_.mta_resolv_conf = paths_.chroot;
  EXPECT_EQ(StateFor(settings_), ResolverState::kUnknown);
  EXPECT_TRUE(watch_->stale());
  settings_.mta_resolv_conf = paths_.system;
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
  EXPECT_FALSE(watch_->stale());
}

// A slip in the name must not turn the watch off.
TEST_F(ResolverWatchTest, IsBadWhereTheNamedFileCannotBeRead) {
  settings_.mta_resolv_conf = folder_ + "/nowhere";
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
  EXPECT_EQ(watch_->fault(),
            settings_.mta_resolv_conf + ": No such file or directory");
  settings_.mta_resolv_conf = folder_;
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
}

// resolv.conf(5): the name server is on this machine then.
TEST_F(ResolverWatchTest, TakesThisMachineForANameServerWhereThereIsNoFile) {
  watch_->Watch(settings_);
  EXPECT_EQ(watch_->state(), ResolverState::kUnseen);
}

TEST_F(ResolverWatchTest, IsOffByAWordAlone) {
  Write(paths_.system, kForeign);
  settings_.mta_resolv_conf = "off";
  EXPECT_EQ(StateFor(settings_), ResolverState::kOff);
  EXPECT_EQ(watch_->fault(), "");
  settings_.mta_resolv_conf = "auto";
  EXPECT_EQ(StateFor(settings_), ResolverState::kBad);
}

TEST_F(ResolverWatchTest, SaysNothingTwice) {
  Write(paths_.system, kForeign);
  for (int i = 0; i < 3; ++i) StateFor(settings_);
  EXPECT_THAT(events_, testing::SizeIs(1));
}

}  // namespace
}  // namespace danebound
