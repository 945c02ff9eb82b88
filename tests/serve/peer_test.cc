#include "stub/serve/peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace danebound {
namespace {

// A request is one octet; the test replies.
class Octets : public Protocol {
 public:
  absl::StatusOr<absl::optional<std::string>> Take(
      absl::string_view* octets, bool /*at_end*/) const override {
    if (octets->empty()) return absl::nullopt;
    std::string request(octets->substr(0, 1));
    octets->remove_prefix(1);
    return request;
  }
  std::string Broken(const absl::Status& /*error*/) const override {
    return "";
  }
  void Answer(const std::string& /*request*/,
              const std::shared_ptr<Caller>& /*caller*/,
              OnReply on_reply) override {
    pending.push_back(std::move(on_reply));
  }

  // Replies to a request; others may come meanwhile.
  void Reply(size_t number, std::string octets) {
    const OnReply on_reply = pending[number];
    on_reply(std::move(octets));
  }

  std::vector<OnReply> pending;
};

class PeerTest : public ::testing::Test {
 protected:
  PeerTest() : base_(event_base_new()) {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()),
              0);
    other_end_ = ends[0];
    peer_ = std::make_shared<Peer>(
        base_.get(), ends[1], "uid 1", waiting_, &octets_, PeerLimits(),
        [this](Peer* /*peer*/) { is_ended_ = true; });
    peer_->Start();
  }
  ~PeerTest() override { close(other_end_); }

  void Ask(size_t requests) {
    const std::string octets(requests, 'x');
    EXPECT_EQ(send(other_end_, octets.data(), octets.size(), 0),
              static_cast<ssize_t>(octets.size()));
    Turn();
  }
  void Turn() { event_base_loop(base_.get(), EVLOOP_NONBLOCK); }

  EventBase base_;
  OctetsWaiting waiting_ = std::make_shared<size_t>(0);
  Octets octets_;
  std::shared_ptr<Peer> peer_;
  int other_end_ = -1;
  bool is_ended_ = false;
};

TEST_F(PeerTest, TakesNoMoreRequestsWhileRepliesWaitForOneBeforeThem) {
  Ask(8);
  ASSERT_EQ(octets_.pending.size(), 8U);
  for (size_t i = 1; i < 8; ++i) {
    octets_.Reply(i, std::string(size_t{16} << 10, 'y'));
  }
  Ask(8);
  EXPECT_EQ(octets_.pending.size(), 8U);
  octets_.Reply(0, "y");
  for (int turn = 0; turn < 100; ++turn) {
    std::array<char, 65536> taken{};
    while (recv(other_end_, taken.data(), taken.size(), 0) > 0) {
    }
    Turn();
  }
  EXPECT_EQ(octets_.pending.size(), 16U);
  EXPECT_FALSE(is_ended_);
}

// Others of the user may take what there is for it.
TEST_F(PeerTest, EndsWithMuchThatWaitsWhereItsUserHasTooMuch) {
  *waiting_ = size_t{64} << 20;
  Ask(3);
  octets_.Reply(1, "y");
  EXPECT_FALSE(is_ended_);
  octets_.Reply(2, std::string(size_t{100} << 10, 'y'));
  EXPECT_TRUE(is_ended_);
  EXPECT_EQ(*waiting_, size_t{64} << 20);
}

TEST_F(PeerTest, GivesBackWhatItsUserHasTaken) {
  Ask(2);
  octets_.Reply(1, std::string(1000, 'y'));
  EXPECT_EQ(*waiting_, 1000U);
  octets_.Reply(0, "y");
  Turn();
  EXPECT_EQ(*waiting_, 0U);
}

TEST_F(PeerTest, EndsWhenTooMuchWaitsForOneReply) {
  Ask(32);
  ASSERT_EQ(octets_.pending.size(), 32U);
  const auto reply = [this](size_t octets) {
    for (size_t i = 1; i < 32 && !is_ended_; ++i) {
      octets_.Reply(i, std::string(octets, 'y'));
    }
  };
  reply(size_t{128} << 10);
  EXPECT_FALSE(is_ended_);
  reply(size_t{160} << 10);
  EXPECT_TRUE(is_ended_);
}

}  // namespace
}  // namespace danebound
