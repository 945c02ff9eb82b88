// The client for event loops: descriptor, events, deadlines, tickets.
#include "stub/client/event_client.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
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

// What an event loop waits, at most a second.
int Milliseconds(const absl::optional<EventClient::Clock::time_point>& until) {
  if (!until.has_value()) return 1000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      *until - EventClient::Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1000));
}

// A small event loop: runs until so many have finished.
std::map<uint64_t, absl::StatusOr<ClientReply>> RunLoop(EventClient& client,
                                                        size_t count) {
  std::map<uint64_t, absl::StatusOr<ClientReply>> finished;
  while (true) {
    client.Advance();
    for (auto& end : client.TakeFinished()) {
      finished.emplace(end.ticket, std::move(end.reply));
    }
    if (finished.size() >= count) return finished;
    pollfd ready = {client.fd(), client.events(), 0};
    poll(&ready, 1, Milliseconds(client.NextDeadline()));
  }
}

void StartSilent(EventClient& client, int count, absl::Duration timeout) {
  for (int i = 0; i < count; ++i) {
    client.Start(LookupOf(absl::StrCat("d", i, ".silent.example")), timeout);
  }
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
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
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
    EXPECT_EQ(std::get<FoundFacts>(*reply).ToFacts().next_hop, started[ticket]);
  }
  EXPECT_EQ(client.open(), 0U);
  EXPECT_FALSE(client.NextDeadline().has_value());
}

// Dead name servers: the module says nothing until the time is over.
TEST(EventClient, AnswersBesideHundredsThatAreNotAnswered) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), AnswerAllButSilent);
  EventClient client({folder.SocketPath()});
  StartSilent(client, 240, kTimeout);
  client.Advance();
  for (int i = 0; i < 10; ++i) {
    const uint64_t ticket =
        client.Start(LookupOf(absl::StrCat("d", i, ".example")), kTimeout);
    const auto finished = RunLoop(client, 1);
    ASSERT_TRUE(finished.contains(ticket));
    EXPECT_TRUE(finished.at(ticket).ok());
  }
  EXPECT_EQ(client.open(), 240U);
  EXPECT_GE(server.connections(), 4);
}

TEST(EventClient, KeepsOneConnectionAtMostWhenNothingIsOpen) {
  TemporaryFolder folder;
  std::atomic<int> open = 0;
  ModuleServer server(
      folder.SocketPath(), [&open](AcceptedClient& peer, int number) {
        ++open;
        std::vector<AcceptedClient::Asked> requests;
        while (number < 4 && requests.size() < 40) {
          requests.push_back(*peer.ReadLookup());
        }
        for (const AcceptedClient::Asked& each : requests) {
          const auto& lookup = std::get<LookupRequest>(each.message);
          peer.Send(each.id, LookupReply{FactsFor(lookup.next_hop), false});
        }
        AnswerLookups(peer);
        --open;
      });
  EventClient client({folder.SocketPath()});
  StartSilent(client, 250, kTimeout);
  RunLoop(client, 250);
  const int connections = server.connections();
  EXPECT_GE(connections, 4);
  const auto is_closed = [&] { return open <= 1; };
  for (int i = 0; i < 500 && !is_closed(); ++i) usleep(10'000);
  EXPECT_TRUE(is_closed());
  client.Start(LookupOf("example.org"), kTimeout);
  RunLoop(client, 1);
  EXPECT_EQ(server.connections(), connections);
}

TEST(EventClient, HasNoMoreConnectionsThanItMay) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), AnswerAllButSilent);
  ClientOptions options{folder.SocketPath()};
  options.most_connections = 2;
  EventClient client(options);
  StartSilent(client, 200, absl::Minutes(1));
  StartSilent(client, 1, absl::Milliseconds(500));
  RunLoop(client, 1);  // that one ends, the others are open
  EXPECT_EQ(client.open(), 200U);
  EXPECT_EQ(server.connections(), 2);
}

// The module has as many connections of this user as it takes.
TEST(EventClient, GoesOnWhereOneMoreConnectionIsRefused) {
  TemporaryFolder folder;
  ModuleServer server(
      folder.SocketPath(), [](AcceptedClient& peer, int number) {
        if (number > 0) {
          peer.Send(0, ErrorReply{ErrorCode::kBusy, "too many connections"});
          return;
        }
        std::vector<AcceptedClient::Asked> requests;
        while (requests.size() < Session::kMostInFlight) {
          requests.push_back(*peer.ReadLookup());
        }
        usleep(1'000'000);
        for (const AcceptedClient::Asked& each : requests) {
          const auto& lookup = std::get<LookupRequest>(each.message);
          peer.Send(each.id, LookupReply{FactsFor(lookup.next_hop), false});
        }
        AnswerLookups(peer);
      });
  ClientOptions options{folder.SocketPath()};
  options.patience = absl::Milliseconds(100);
  EventClient client(options);
  StartSilent(client, 100, kTimeout);
  for (const auto& [ticket, reply] : RunLoop(client, 100)) {
    EXPECT_TRUE(reply.ok()) << reply.status();
  }
  EXPECT_GE(server.connections(), 3);
  EXPECT_LE(server.connections(), 15);
}

// A reload, with several connections.
TEST(EventClient, AsksAgainWhatWasOpenOnAnyConnection) {
  TemporaryFolder folder;
  ModuleServer server(
      folder.SocketPath(), [](AcceptedClient& peer, int number) {
        if (number >= 2) return AnswerLookups(peer);
        for (int i = 0; i < 36; ++i) peer.ReadLookup();
        peer.Send(0, ErrorReply{ErrorCode::kStopping, "reload"});
      });
  EventClient client({folder.SocketPath()});
  StartSilent(client, 100, kTimeout);
  for (const auto& [ticket, reply] : RunLoop(client, 100)) {
    EXPECT_TRUE(reply.ok()) << reply.status();
  }
}

// Whatever a child that was forked has open still.
TEST(EventClient, IsNotWokenByConnectionsThatHaveEnded) {
  TemporaryFolder folder;
  ModuleServer server(
      folder.SocketPath(), [](AcceptedClient& peer, int number) {
        if (number == 0) return peer.WaitForClose();
        const auto request = peer.ReadLookup();
        const auto& lookup = std::get<LookupRequest>(request->message);
        usleep(200'000);
        peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
      });
  EventClient client({folder.SocketPath()});
  StartSilent(client, 65, absl::Seconds(2));
  client.Advance();
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  EXPECT_EQ(RunLoop(client, 1).size(), 1U);
  usleep(100'000);
  client.Advance();
  pollfd ready = {client.fd(), client.events(), 0};
  EXPECT_EQ(poll(&ready, 1, 100), 0);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

TEST(EventClient, KeepsItsDescriptorFromOtherPrograms) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 1);
  EventClient client({folder.SocketPath()});
  client.Start(LookupOf("example.org"), kTimeout);
  client.Advance();
  EXPECT_NE(fcntl(client.fd(), F_GETFD) & FD_CLOEXEC, 0);
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
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
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
  EXPECT_EQ(std::get<FoundFacts>(*finished.at(quick)).ToFacts().next_hop,
            Domain("b.example"));
  EXPECT_EQ(server.connections(), 1);
}

TEST(EventClient, ForgetsWhatIsCancelled) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
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
  EXPECT_EQ(std::get<FoundFacts>(*finished[0].reply).view().kind,
            Kind::kAddress);
  EXPECT_EQ(client.fd(), -1);
}

TEST(EventClient, FinishesARequestThatFitsNoFrameWithAnError) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 1);
  EventClient client({folder.SocketPath()});
  const uint64_t ticket =
      client.Start(HelloRequest{std::string(256, 'x')}, kTimeout);
  EXPECT_EQ(RunLoop(client, 1).at(ticket).status().code(),
            absl::StatusCode::kOutOfRange);
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
