#include "module/connection.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "stub/wire/facts_octets.h"
#include "stub/wire/frame.h"

namespace danebound {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr size_t kInFlight = 4;
constexpr int kTurn = 8;
constexpr int64_t kIdleMs = 300000;

// A connection, and the client at its other end.
class Served {
 public:
  Served() : clock_(ReadClocks()) {
    std::array<int, 2> ends{};
    socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data());
    client_ = ends[0];
    connection_ = std::make_unique<Connection>(
        Descriptor(ends[1]), 0, Connection::Limits{kInFlight, kIdleMs}, &clock_,
        0);
  }
  ~Served() { close(client_); }
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;

  Connection& connection() { return *connection_; }
  int client() const { return client_; }
  const std::vector<uint16_t>& requests() const { return requests_; }
  // From now on the cache has these octets for every lookup.
  void Cache(std::string octets) { cached_ = std::move(octets); }

  // The client writes, the connection is served until it waits.
  void Write(absl::string_view octets, int64_t now_ms = 0) {
    send(client_, octets.data(), octets.size(), MSG_NOSIGNAL);
    Serve(now_ms);
  }

  void Serve(int64_t now_ms = 0) {
    connection_->OnReadable();
    connection_->OnWritable();
    do {
      ServeTurn(kTurn, now_ms);
    } while (connection_->wants_turn() && !connection_->is_over());
  }

  int ServeTurn(int length, int64_t now_ms = 0) {
    return connection_->Serve(
        length, [this](const LookupView& lookup) { return FromCache(lookup); },
        [this](uint16_t request, const Request&) {
          requests_.push_back(request);
        },
        now_ms);
  }

  // The replies the client has got.
  std::vector<Reply> Replies() {
    std::string octets(65536, '\0');
    ssize_t count = 0;
    while ((count = recv(client_, octets.data(), octets.size(), 0)) > 0) {
      received_.append(octets, 0, static_cast<size_t>(count));
    }
    std::vector<Reply> replies;
    absl::string_view rest = received_;
    while (const auto frame = TakeFrame(&rest).value()) {
      replies.push_back(ParseReply(*frame, 0).value());
    }
    received_.erase(0, received_.size() - rest.size());
    return replies;
  }

  std::vector<ErrorCode> Errors() {
    std::vector<ErrorCode> codes;
    for (const Reply& reply : Replies()) {
      codes.push_back(std::get<ErrorReply>(reply).code);
    }
    return codes;
  }

 private:
  absl::optional<CachedFacts> FromCache(const LookupView&) const {
    if (cached_.empty()) return absl::nullopt;
    return CachedFacts{cached_, 7};
  }

  std::string cached_;
  Clock clock_;
  int client_ = -1;
  std::unique_ptr<Connection> connection_;
  std::vector<uint16_t> requests_;
  std::string received_;
};

std::string Hello(uint16_t id) {
  return EncodeFrame(id, HelloRequest{"test"}).value();
}

// Facts whose reply takes about `octets`.
FactsReply LargeReply(size_t octets) {
  auto facts = std::make_shared<Facts>();
  facts->kind = Kind::kMx;
  facts->security = Security::kSecure;
  facts->hosts.resize(1);
  facts->hosts[0].state = HostState::kTlsa;
  facts->hosts[0].security = Security::kSecure;
  facts->hosts[0].addresses = {
      {Address::ParseText("192.0.2.1").value(), Security::kSecure}};
  facts->hosts[0].tlsa = {std::string(octets / 2, 'x'),
                          std::string(octets / 2, 'y')};
  return {facts, false};
}

TEST(Connection, TakesARequestThatComesOctetByOctet) {
  Served served;
  for (const char octet : Hello(7)) {
    EXPECT_THAT(served.requests(), IsEmpty());
    served.Write({&octet, 1});
  }
  EXPECT_THAT(served.requests(), ElementsAre(7));
}

TEST(Connection, TakesSeveralRequestsThatComeAtOnce) {
  Served served;
  served.Write(Hello(1) + Hello(2) + Hello(3).substr(0, 5));
  EXPECT_THAT(served.requests(), ElementsAre(1, 2));
}

TEST(Connection, TakesNoMoreRequestsThanMayBeOpen) {
  Served served;
  std::string hellos;
  for (uint16_t id = 1; id <= 10; ++id) hellos += Hello(id);
  served.Write(hellos);
  EXPECT_THAT(served.requests(), SizeIs(kInFlight));
  EXPECT_FALSE(served.connection().wants_read());
  served.connection().AddReply(1, Reply(HelloReply{"s", "r"}));
  served.Serve();
  EXPECT_THAT(served.requests(), SizeIs(kInFlight + 1));
}

TEST(Connection, TakesNoMoreRequestsInATurnThanItIsLong) {
  Served served;
  send(served.client(), (Hello(1) + Hello(2) + Hello(3)).data(),
       3 * Hello(1).size(), MSG_NOSIGNAL);
  served.connection().OnReadable();
  EXPECT_EQ(served.ServeTurn(2), 2);
  EXPECT_THAT(served.requests(), ElementsAre(1, 2));
  EXPECT_TRUE(served.connection().wants_turn());
  EXPECT_EQ(served.ServeTurn(2), 1);
  EXPECT_FALSE(served.connection().wants_turn());
}

TEST(Connection, EncodesNoMoreRepliesInATurnThanItIsLong) {
  Served served;
  served.Write(Hello(1) + Hello(2) + Hello(3));
  for (uint16_t id = 1; id <= 3; ++id) {
    served.connection().AddReply(id, Reply(HelloReply{"s", "r"}));
  }
  served.ServeTurn(2);
  EXPECT_THAT(served.Replies(), SizeIs(2));
  EXPECT_TRUE(served.connection().wants_turn());
}

// Replies from the cache are there at once: they count until they are sent.
TEST(Connection, CountsRepliesThatAreNotSentAsInFlight) {
  Served served;
  std::string hellos;
  for (uint16_t id = 1; id <= 10; ++id) hellos += Hello(id);
  send(served.client(), hellos.data(), hellos.size(), MSG_NOSIGNAL);
  served.connection().OnReadable();
  int taken = 0;
  served.connection().Serve(
      kTurn, [](const LookupView&) { return absl::nullopt; },
      [&served, &taken](uint16_t request, const Request&) {
        ++taken;
        served.connection().AddReply(request, Reply(HelloReply{"s", "r"}));
      },
      0);
  EXPECT_EQ(taken, static_cast<int>(kInFlight));
  EXPECT_THAT(served.Replies(), SizeIs(kInFlight));
}

std::string Lookup(uint16_t id) {
  return EncodeFrame(id, LookupRequest{ParseNextHop("a.example").value()})
      .value();
}

std::string CachedOctets() {
  Facts facts;
  facts.next_hop = ParseNextHop("a.example").value();
  facts.expanded = facts.next_hop.name;
  facts.kind = Kind::kNullMx;
  facts.security = Security::kSecure;
  facts.expires = 300;
  return EncodeFacts(facts, 0).value();
}

TEST(Connection, CopiesWhatTheCacheHas) {
  Served served;
  served.Cache(CachedOctets());
  served.Write(Lookup(1) + Hello(2) + Lookup(3));
  EXPECT_THAT(served.requests(), ElementsAre(2));
  const std::vector<Reply> replies = served.Replies();
  ASSERT_THAT(replies, SizeIs(2));
  for (const Reply& reply : replies) {
    EXPECT_TRUE(std::get<LookupReply>(reply).from_cache);
    EXPECT_EQ(std::get<LookupReply>(reply).facts.expires, 300 - 7);
  }
}

// As others: more than may be in flight are not taken before some are sent.
TEST(Connection, CountsRepliesFromTheCacheUntilTheyAreSent) {
  Served served;
  served.Cache(CachedOctets());
  std::string lookups;
  for (uint16_t id = 1; id <= 10; ++id) lookups += Lookup(id);
  send(served.client(), lookups.data(), lookups.size(), MSG_NOSIGNAL);
  served.connection().OnReadable();
  EXPECT_EQ(served.ServeTurn(kTurn), static_cast<int>(kInFlight));
  EXPECT_THAT(served.Replies(), SizeIs(kInFlight));
  EXPECT_TRUE(served.connection().wants_turn());
  EXPECT_EQ(served.ServeTurn(kTurn), static_cast<int>(kInFlight));
  EXPECT_EQ(served.ServeTurn(kTurn), 2);
}

TEST(Connection, ClosesWithAnErrorAfterALengthOutOfRange) {
  for (const absl::string_view length :
       {absl::string_view("\x00\x00\x00\x00", 4),
        absl::string_view("\x00\x00\x00\x03", 4),
        absl::string_view("\x00\x00\x10\x01", 4),
        absl::string_view("\x80\x00\x00\x00", 4),
        absl::string_view("\xff\xff\xff\xff", 4)}) {
    Served served;
    served.Write(length);
    EXPECT_THAT(served.Errors(), ElementsAre(ErrorCode::kMalformed));
    EXPECT_TRUE(served.connection().is_over());
  }
}

TEST(Connection, RefusesAnotherVersionAndAnUnknownKindAndGoesOn) {
  Served served;
  std::string version = Hello(1);
  version[4] = 1;
  std::string kind = Hello(2);
  kind[5] = 99;
  std::string body = Hello(3);
  body[8] = 50;
  served.Write(version + kind + body + Hello(4));
  EXPECT_THAT(served.Errors(),
              ElementsAre(ErrorCode::kVersion, ErrorCode::kMalformed,
                          ErrorCode::kMalformed));
  EXPECT_THAT(served.requests(), ElementsAre(4));
  EXPECT_FALSE(served.connection().is_over());
}

TEST(Connection, GivesAPartialFrameFiveSeconds) {
  Served served;
  served.Write(Hello(1).substr(0, 6), 1000);
  EXPECT_FALSE(served.connection().IsLate(5999));
  EXPECT_TRUE(served.connection().IsLate(6000));
}

// One octet a second keeps no frame open.
TEST(Connection, CountsAPartialFrameFromItsFirstOctet) {
  Served served;
  served.Write(Hello(1).substr(0, 1), 1000);
  served.Write(Hello(1).substr(1, 1), 5500);
  EXPECT_TRUE(served.connection().IsLate(6000));
}

// A client that pipelines always has a part of the next frame under way.
TEST(Connection, CountsAPartialFrameFromTheLastOneThatIsComplete) {
  Served served;
  served.Write(Hello(1) + Hello(2).substr(0, 6), 1000);
  served.Write(Hello(2).substr(6) + Hello(3).substr(0, 6), 5000);
  EXPECT_FALSE(served.connection().IsLate(9999));
  EXPECT_TRUE(served.connection().IsLate(10000));
}

// What it does not read it does not wait for.
TEST(Connection, CountsNoPartialFrameWhileItDoesNotReadOn) {
  Served served;
  const int little = 4096;
  setsockopt(served.connection().fd(), SOL_SOCKET, SO_SNDBUF, &little,
             sizeof(little));
  served.Write(Hello(1) + Hello(2) + Hello(3) + Hello(4).substr(0, 6), 1000);
  for (uint16_t id = 1; id <= 3; ++id) {
    served.connection().AddReply(id, LargeReply(120000));
  }
  served.Serve(1000);
  ASSERT_FALSE(served.connection().wants_read());
  EXPECT_FALSE(served.connection().IsLate(1000 + Connection::kStalledMs - 1));
  EXPECT_TRUE(served.connection().IsLate(1000 + Connection::kStalledMs));
}

TEST(Connection, RepliesToAClientThatSendsNoMore) {
  Served served;
  std::string hellos;
  for (uint16_t id = 1; id <= kInFlight + 1; ++id) hellos += Hello(id);
  served.Write(hellos);
  shutdown(served.client(), SHUT_WR);
  served.Serve();
  for (uint16_t id = 1; id <= kInFlight + 1; ++id) {
    EXPECT_FALSE(served.connection().is_over());
    served.connection().AddReply(id, Reply(HelloReply{"s", "r"}));
    served.Serve();
  }
  EXPECT_THAT(served.Replies(), SizeIs(kInFlight + 1));
  EXPECT_TRUE(served.connection().is_over());
}

TEST(Connection, SendsWhatIsReadyWhenItFinishesAndAFarewell) {
  Served served;
  served.Write(Hello(1));
  served.connection().AddReply(1, Reply(HelloReply{"s", "r"}));
  served.connection().Finish();
  const ErrorReply farewell{ErrorCode::kStopping, "stop"};
  served.connection().SayFarewell(EncodeFrame(0, farewell, 0).value());
  EXPECT_THAT(served.Replies(),
              ElementsAre(Reply(HelloReply{"s", "r"}), Reply(farewell)));
}

TEST(Connection, MayBeIdleForAsLongAsItIsSet) {
  Served served;
  served.Write(Hello(1), 1000);
  served.connection().AddReply(1, Reply(HelloReply{"s", "r"}));
  served.Serve(1000);
  EXPECT_FALSE(served.connection().IsLate(1000 + kIdleMs - 1));
  EXPECT_TRUE(served.connection().IsLate(1000 + kIdleMs));
}

TEST(Connection, IsNotIdleWhileARequestIsOpen) {
  Served served;
  served.Write(Hello(1), 0);
  EXPECT_FALSE(served.connection().IsLate(10 * kIdleMs));
}

TEST(Connection, IsOverWhenTheClientHangsUpMidFrame) {
  Served served;
  served.Write(Hello(1).substr(0, 6));
  shutdown(served.client(), SHUT_RDWR);
  served.Serve();
  EXPECT_TRUE(served.connection().is_over());
}

// What the client does not read is neither encoded nor read for.
TEST(Connection, BuffersLittleForAClientThatNeverReads) {
  Served served;
  uint16_t id = 0;
  int answered = 0;
  while (served.connection().wants_read() && answered < 1000) {
    served.Write(Hello(++id));
    while (served.requests().size() > static_cast<size_t>(answered)) {
      served.connection().AddReply(static_cast<uint16_t>(++answered),
                                   LargeReply(60000));
    }
    served.Serve();
  }
  EXPECT_LT(answered, 20);
  EXPECT_TRUE(served.connection().IsLate(Connection::kStalledMs));
  std::vector<Reply> replies = served.Replies();
  served.Serve();
  const std::vector<Reply> more = served.Replies();
  EXPECT_EQ(replies.size() + more.size(), static_cast<size_t>(answered));
}

TEST(Connection, SaysTooLargeWhereTheFactsFillNoFrame) {
  Served served;
  served.Write(Hello(1));
  served.connection().AddReply(1, LargeReply(kMaxBodySize));
  served.Serve();
  EXPECT_THAT(served.Errors(), ElementsAre(ErrorCode::kTooLarge));
}

// recv() without room for ancillary data lets the kernel close descriptors.
TEST(Connection, KeepsNoDescriptorThatAClientSendsAlong) {
  Served served;
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(pipe(pipe_ends.data()), 0);
  std::string hello = Hello(1);
  iovec octets{hello.data(), hello.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &octets;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  *reinterpret_cast<int*>(CMSG_DATA(header)) = pipe_ends[1];
  ASSERT_GT(sendmsg(served.client(), &message, 0), 0);
  close(pipe_ends[1]);
  served.Serve();
  EXPECT_THAT(served.requests(), ElementsAre(1));
  char octet = 0;
  // End of file: no one holds the writing end any more.
  EXPECT_EQ(read(pipe_ends[0], &octet, 1), 0);
  close(pipe_ends[0]);
}

}  // namespace
}  // namespace danebound
