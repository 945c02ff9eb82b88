// The client's side of the protocol without I/O.
#include "stub/client/session.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/wire/frame.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kNow = 1'700'000'000;

LookupRequest LookupOf(absl::string_view domain) {
  return LookupRequest{Domain(domain), Freshness::kAny, 0};
}

std::string Octets(uint16_t id, const Reply& reply) {
  return EncodeFrame(id, reply, kNow).value();
}

std::string OctetsOf(uint16_t id, const Request& request) {
  return EncodeFrame(id, request).value();
}

std::string ReplyFor(uint16_t id, absl::string_view domain) {
  return Octets(id, LookupReply{FactsFor(Domain(domain)), false});
}

// The session after its refusal of these octets.
void ExpectLost(Session& session, const std::string& octets,
                const std::string& text) {
  const absl::Status status = session.OnReceived(octets, kNow);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr(text));
  EXPECT_FALSE(session.TakeReply().has_value());
  EXPECT_EQ(session.OnReceived("", kNow), status);
  EXPECT_EQ(session.Ask(StatsRequest()).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Session, PutsRequestsInLineAsFrames) {
  Session session;
  const uint16_t first = session.Ask(LookupOf("a.example")).value();
  const uint16_t second = session.Ask(StatsRequest()).value();
  EXPECT_NE(first, second);
  EXPECT_EQ(session.octets_to_send(), OctetsOf(first, LookupOf("a.example")) +
                                          OctetsOf(second, StatsRequest()));
}

TEST(Session, KeepsWhatWasNotSent) {
  Session session;
  const uint16_t id = session.Ask(StatsRequest()).value();
  session.OnSent(3);
  EXPECT_EQ(session.octets_to_send(), OctetsOf(id, StatsRequest()).substr(3));
  session.OnSent(5);
  EXPECT_EQ(session.octets_to_send(), "");
}

TEST(Session, TakesRepliesInAnyOrderAndAnyPieces) {
  Session session;
  const uint16_t first = session.Ask(LookupOf("a.example")).value();
  const uint16_t second = session.Ask(LookupOf("b.example")).value();
  const std::string octets =
      ReplyFor(second, "b.example") + ReplyFor(first, "a.example");
  for (const char octet : octets) {
    ASSERT_TRUE(session.OnReceived(absl::string_view(&octet, 1), kNow).ok());
  }
  EXPECT_EQ(session.TakeReply()->id, second);
  EXPECT_EQ(session.TakeReply()->id, first);
  EXPECT_FALSE(session.TakeReply().has_value());
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(Session, BoundsWhatIsInFlight) {
  Session session;
  std::set<uint16_t> ids;
  for (size_t i = 0; i < Session::kMostInFlight; ++i) {
    ids.insert(session.Ask(StatsRequest()).value());
  }
  EXPECT_EQ(ids.size(), Session::kMostInFlight);
  EXPECT_EQ(ids.count(0), 0U);
  EXPECT_EQ(session.Ask(StatsRequest()).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(Session, NeverGivesTheIdOfAnOpenRequestAgain) {
  Session session;
  const uint16_t open = session.Ask(LookupOf("a.example")).value();
  for (int i = 0; i < 70000; ++i) {
    const uint16_t id = session.Ask(FlushRequest()).value();
    ASSERT_NE(id, open);
    ASSERT_NE(id, 0);
    session.OnSent(session.octets_to_send().size());
    ASSERT_TRUE(session.OnReceived(Octets(id, FlushReply{1}), kNow).ok());
    ASSERT_TRUE(session.TakeReply().has_value());
  }
}

TEST(Session, DropsTheReplyToAForgottenRequest) {
  Session session;
  const uint16_t id = session.Ask(LookupOf("a.example")).value();
  session.Forget(id);
  EXPECT_EQ(session.in_flight(), 1U);
  ASSERT_TRUE(session.OnReceived(ReplyFor(id, "a.example"), kNow).ok());
  EXPECT_FALSE(session.TakeReply().has_value());
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(Session, HandsOutErrorsOfTheWholeConnection) {
  Session session;
  ASSERT_TRUE(
      session.OnReceived(Octets(0, ErrorReply{ErrorCode::kBusy, ""}), kNow)
          .ok());
  EXPECT_EQ(session.TakeReply()->id, 0);
}

TEST(Session, IsLostWhenAnotherNextHopIsAnswered) {
  const uint16_t id = 1;
  const LookupReply other{FactsFor(Domain("b.example")), false};
  LookupReply other_port{FactsFor(Domain("a.example:26")), false};
  LookupReply other_form{FactsFor(Domain("[a.example]")), false};
  for (const LookupReply& reply : {other, other_port, other_form}) {
    Session session;
    ASSERT_EQ(session.Ask(LookupOf("a.example")).value(), id);
    ExpectLost(session, Octets(id, reply), "asked was a.example port 25");
  }
}

TEST(Session, IsLostWhenAnotherKindIsAnswered) {
  const std::vector<Reply> others = {FlushReply{0}, StatsReply(), HelloReply(),
                                     SelfTestReply()};
  for (const Reply& other : others) {
    Session session;
    const uint16_t id = session.Ask(LookupOf("a.example")).value();
    ExpectLost(session, Octets(id, other), "not of the kind");
  }
}

TEST(Session, IsLostWhenARequestComesBack) {
  Session session;
  const uint16_t id = session.Ask(LookupOf("a.example")).value();
  ExpectLost(session, OctetsOf(id, LookupOf("a.example")), "is no reply");
}

TEST(Session, IsLostWhenNothingWasAskedUnderTheId) {
  Session session;
  const uint16_t id = session.Ask(LookupOf("a.example")).value();
  ExpectLost(session, ReplyFor(static_cast<uint16_t>(id + 1), "a.example"),
             "nothing was asked");
}

TEST(Session, IsLostWhenARequestIsAnsweredTwice) {
  Session session;
  const uint16_t id = session.Ask(FlushRequest()).value();
  const std::string reply = Octets(id, FlushReply{1});
  ASSERT_TRUE(session.OnReceived(reply, kNow).ok());
  ASSERT_TRUE(session.TakeReply().has_value());
  ExpectLost(session, reply, "nothing was asked");
}

TEST(Session, IsLostOnGarbageAndOnAnotherVersion) {
  Session garbage;
  ExpectLost(garbage, "SSH-2.0-OpenSSH\r\n", "frame length");
  Session version;
  const uint16_t id = version.Ask(FlushRequest()).value();
  std::string reply = Octets(id, FlushReply{1});
  reply[4] = 1;
  ExpectLost(version, reply, "protocol version 1");
}

TEST(Session, RefusesARequestThatFitsNoFrame) {
  Session session;
  EXPECT_EQ(session.Ask(HelloRequest{std::string(256, 'x')}).status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(session.octets_to_send(), "");
  EXPECT_EQ(session.in_flight(), 0U);
}

}  // namespace
}  // namespace danebound
