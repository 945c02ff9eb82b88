// The client for event loops: descriptor, events, deadlines, tickets.
#include "stub/client/event_client.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

LookupRequest LookupOf(absl::string_view domain) {
  return LookupRequest{Domain(domain), Freshness::kAny, 0};
}

// A small event loop: runs until so many have finished.
std::map<uint64_t, absl::StatusOr<Message>> RunLoop(EventClient& client,
                                                    size_t count) {
  std::map<uint64_t, absl::StatusOr<Message>> finished;
  while (finished.size() < count) {
    client.Advance();
    for (auto& end : client.TakeFinished()) {
      finished.emplace(end.ticket, std::move(end.reply));
    }
    pollfd ready = {client.fd(), client.events(), 0};
    if (client.open() > 0) poll(&ready, 1, 5);
  }
  return finished;
}

TEST(EventClient, WantsNothingBeforeTheFirstRequest) {
  EventClient client({"/nowhere/module.sock"});
  client.Advance();
  EXPECT_EQ(client.fd(), -1);
  EXPECT_FALSE(client.NextDeadline().has_value());
  EXPECT_EQ(client.open(), 0U);
}

TEST(EventClient, FinishesManyRequestsUnderTheirTickets) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](Peer& peer, int) { AnswerLookups(peer); });
  EventClient client({folder.SocketPath()});
  std::map<uint64_t, NextHop> started;
  // More than fit one connection at a time.
  for (int i = 0; i < 300; ++i) {
    const LookupRequest request = LookupOf(absl::StrCat("d", i, ".example"));
    started[client.Start(request, kTimeout)] = request.next_hop;
  }
  EXPECT_EQ(started.size(), 300U);
  for (const auto& [ticket, reply] : RunLoop(client, 300)) {
    ASSERT_TRUE(reply.ok()) << reply.status();
    EXPECT_EQ(std::get<LookupReply>(*reply).facts.next_hop, started[ticket]);
  }
  EXPECT_EQ(client.open(), 0U);
  EXPECT_FALSE(client.NextDeadline().has_value());
}

TEST(EventClient, KeepsItsDescriptorFromOtherPrograms) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 1);
  EventClient client({folder.SocketPath()});
  client.Start(LookupOf("example.org"), kTimeout);
  client.Advance();
  EXPECT_NE(fcntl(client.fd(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(fcntl(client.fd(), F_GETFL) & O_NONBLOCK, 0);
  close(listener);
}

TEST(EventClient, SaysWhenItMustBeCalled) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 1);
  EventClient client({folder.SocketPath()});
  const auto before = EventClient::Clock::now();
  client.Start(LookupOf("b.example"), absl::Seconds(9));
  client.Start(LookupOf("a.example"), absl::Seconds(3));
  client.Advance();
  const auto left = *client.NextDeadline() - before;
  EXPECT_GE(left, std::chrono::milliseconds(3000));
  EXPECT_LE(left, std::chrono::milliseconds(3500));
  close(listener);
}

TEST(EventClient, DropsTheLateReplyOfWhatTimedOut) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](Peer& peer, int) {
    const auto slow = peer.ReadLookup();
    const auto quick = peer.ReadLookup();
    usleep(100'000);
    for (const auto& request : {slow, quick}) {
      const auto& lookup = std::get<LookupRequest>(request->message);
      peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
    }
    peer.WaitForClose();
  });
  EventClient client({folder.SocketPath()});
  const uint64_t slow =
      client.Start(LookupOf("a.example"), absl::Milliseconds(50));
  const uint64_t quick = client.Start(LookupOf("b.example"), kTimeout);
  const auto finished = RunLoop(client, 2);
  EXPECT_EQ(finished.at(slow).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(std::get<LookupReply>(*finished.at(quick)).facts.next_hop,
            Domain("b.example"));
  EXPECT_EQ(server.connections(), 1);
}

TEST(EventClient, ForgetsWhatIsCancelled) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](Peer& peer, int) { AnswerLookups(peer); });
  EventClient client({folder.SocketPath()});
  const uint64_t cancelled = client.Start(LookupOf("a.example"), kTimeout);
  client.Advance();
  client.Cancel(cancelled);
  client.Cancel(12345);
  const uint64_t kept = client.Start(LookupOf("b.example"), kTimeout);
  EXPECT_TRUE(RunLoop(client, 1).at(kept).ok());
}

TEST(EventClient, AnswersALiteralAtOnce) {
  EventClient client({"/nowhere/module.sock"});
  const uint64_t ticket = client.Start(LookupOf("[192.0.2.1]"), kTimeout);
  const auto finished = client.TakeFinished();
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].ticket, ticket);
  EXPECT_EQ(std::get<LookupReply>(*finished[0].reply).facts.kind,
            Kind::kAddress);
  EXPECT_EQ(client.fd(), -1);
}

TEST(EventClient, FinishesWhatIsNoRequestWithAnError) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 1);
  EventClient client({folder.SocketPath()});
  const uint64_t ticket = client.Start(FlushReply(), kTimeout);
  EXPECT_EQ(RunLoop(client, 1).at(ticket).status().code(),
            absl::StatusCode::kInvalidArgument);
  close(listener);
}

TEST(EventClient, DoesNotSpinWhileNobodyListens) {
  EventClient client({"/nowhere/module.sock"});
  client.Start(LookupOf("example.org"), absl::Milliseconds(300));
  int turns = 0;
  while (client.open() > 0) {
    client.Advance();
    ++turns;
    const auto next = client.NextDeadline();
    if (!next.has_value()) break;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(
        *next - EventClient::Clock::now());
    if (left.count() > 0) poll(nullptr, 0, static_cast<int>(left.count()));
  }
  EXPECT_LE(turns, 20);
}

}  // namespace
}  // namespace danebound
