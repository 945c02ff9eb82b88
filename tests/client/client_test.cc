// The blocking client against a server that keeps to the protocol.
#include "stub/client/client.h"

#include <unistd.h>

#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/client/errors.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Seconds(5);

LookupOptions Within(absl::Duration timeout) {
  LookupOptions options;
  options.timeout = timeout;
  return options;
}

TEST(Client, ConcludesAVerdictFromTheFacts) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  Client client({folder.SocketPath()});
  const Verdict verdict = client.Lookup(Domain("example.org")).value();
  EXPECT_EQ(verdict.next_hop, Domain("example.org"));
  EXPECT_EQ(verdict.disposition, Disposition::kDeliver);
  ASSERT_EQ(verdict.hosts.size(), 2U);
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kAuthenticate);
}

TEST(Client, KeepsOneConnection) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  Client client({folder.SocketPath()});
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client.Lookup(Domain("example.org")).ok());
  }
  EXPECT_EQ(server.connections(), 1);
}

// What was asked before and left must not be taken for the answer.
TEST(Client, GivesTheVerdictAskedForAfterACallbackThrew) {
  TemporaryFolder folder;
  // The second and third of three are answered when the fourth is asked for.
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    std::vector<uint16_t> ids;
    std::vector<Facts> facts;
    size_t sent = 0;
    while (auto request = peer.ReadLookup()) {
      const auto& lookup = std::get<LookupRequest>(request->message);
      ids.push_back(request->id);
      facts.push_back(FactsFor(lookup.next_hop));
      if (ids.size() == 2 || ids.size() == 3) continue;
      for (; sent < ids.size(); ++sent) {
        peer.Send(ids[sent], LookupReply{facts[sent], false});
      }
    }
  });
  Client client({folder.SocketPath()});
  const std::vector<NextHop> many = {Domain("a.example"), Domain("b.example"),
                                     Domain("c.example")};
  const auto throws = [](size_t, const absl::StatusOr<Verdict>&) {
    throw std::runtime_error("of the caller");
  };
  EXPECT_THROW(client.LookupAll(many, {}, throws), std::runtime_error);
  EXPECT_EQ(client.Lookup(Domain("d.example"))->next_hop, Domain("d.example"));
}

// RFC 7672 6: the facts are the same, the choice is the caller's.
TEST(Client, AppliesTheCallersChoices) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    while (auto request = peer.ReadLookup()) {
      const auto& lookup = std::get<LookupRequest>(request->message);
      Facts facts = FactsFor(lookup.next_hop);
      facts.security = Security::kInsecure;
      peer.Send(request->id, LookupReply{facts, false});
    }
  });
  Client client({folder.SocketPath()});
  LookupOptions options;
  const NextHop domain = Domain("example.org");
  EXPECT_EQ(client.Lookup(domain, options)->hosts[0].duty,
            Duty::kOpportunistic);
  options.choices.insecure_mx = InsecureMx::kAuthenticate;
  EXPECT_EQ(client.Lookup(domain, options)->hosts[0].duty, Duty::kAuthenticate);
  options.choices.require = true;
  EXPECT_EQ(client.Lookup(domain, options)->hosts[0].cause,
            Cause::kDaneRequired);
}

// RFC 5321 5.1
TEST(Client, ShufflesEqualPreferencesAtEachCall) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  Client client({folder.SocketPath()});
  std::set<std::string> firsts;
  for (int i = 0; i < 64; ++i) {
    firsts.insert(client.Lookup(Domain("example.org"))->hosts[0].name.ToText());
  }
  EXPECT_EQ(firsts.size(), 2U);
}

// RFC 7672 2.2: no DNS for a literal, so nobody to ask.
TEST(Client, NeedsNoModuleForALiteral) {
  Client client({"/nowhere/module.sock"});
  const Verdict verdict = client.Lookup(Domain("[192.0.2.1]")).value();
  EXPECT_EQ(verdict.kind, Kind::kAddress);
  ASSERT_EQ(verdict.hosts.size(), 1U);
  EXPECT_EQ(verdict.hosts[0].duty, Duty::kOpportunistic);
  LookupOptions options;
  options.choices.require = true;
  EXPECT_EQ(client.Lookup(Domain("[192.0.2.1]"), options)->disposition,
            Disposition::kDefer);
}

TEST(Client, SendsFreshnessAndTheTimeThatIsLeft) {
  TemporaryFolder folder;
  LookupRequest seen;
  ModuleServer server(folder.SocketPath(), [&seen](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    seen = std::get<LookupRequest>(request->message);
    peer.Send(request->id, LookupReply{FactsFor(seen.next_hop), false});
    peer.WaitForClose();
  });
  Client client({folder.SocketPath()});
  LookupOptions options = Within(kTimeout);
  options.freshness = Freshness::kFresh;
  ASSERT_TRUE(client.Lookup(Domain("example.org"), options).ok());
  EXPECT_EQ(seen.freshness, Freshness::kFresh);
  EXPECT_LE(seen.timeout_ms, 5000U);
  EXPECT_GE(seen.timeout_ms, 4000U);
}

// Reads as many lookups as one connection may have open.
std::vector<AcceptedClient::Asked> ReadAll(AcceptedClient& peer) {
  std::vector<AcceptedClient::Asked> open;
  while (open.size() < Session::kMostInFlight) {
    absl::optional<AcceptedClient::Asked> request = peer.ReadLookup();
    if (!request.has_value()) break;
    open.push_back(*std::move(request));
  }
  return open;
}

TEST(Client, LooksManyUpSideBySide) {
  constexpr size_t kCount = 500;
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer,
                                              int number) {
    if (number >= 4) return AnswerLookups(peer);
    // The last first.
    for (std::vector<AcceptedClient::Asked> open = ReadAll(peer); !open.empty();
         open.pop_back()) {
      const auto& lookup = std::get<LookupRequest>(open.back().message);
      peer.Send(open.back().id, LookupReply{FactsFor(lookup.next_hop), false});
    }
    AnswerLookups(peer);
  });
  std::vector<NextHop> next_hops;
  next_hops.reserve(kCount);
  for (size_t i = 0; i < kCount; ++i) {
    next_hops.push_back(Domain(absl::StrCat("d", i, ".example")));
  }
  std::set<size_t> done;
  Client client({folder.SocketPath()});
  client.LookupAll(next_hops, Within(kTimeout),
                   [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
                     ASSERT_TRUE(verdict.ok()) << verdict.status();
                     EXPECT_EQ(verdict->next_hop, next_hops[index]);
                     EXPECT_TRUE(done.insert(index).second);
                   });
  EXPECT_EQ(done.size(), kCount);
  EXPECT_GE(server.connections(), 4);
}

// A run of a queue with many domains whose name servers are dead.
TEST(Client, KeepsNoneOfManyWaitingForThoseThatAreNotAnswered) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), AnswerAllButSilent);
  std::vector<NextHop> next_hops;
  for (int i = 0; i < 100; ++i) {
    next_hops.push_back(Domain(absl::StrCat("d", i, ".silent.example")));
  }
  next_hops.push_back(Domain("ok.example"));
  std::vector<size_t> order;
  Client client({folder.SocketPath()});
  client.LookupAll(next_hops, Within(absl::Milliseconds(500)),
                   [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
                     EXPECT_EQ(verdict.ok(), index == 100);
                     order.push_back(index);
                   });
  ASSERT_EQ(order.size(), next_hops.size());
  EXPECT_EQ(order.front(), 100U);
}

TEST(Client, GivesEachOfManyItsOwnError) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    while (auto request = peer.ReadLookup()) {
      const auto& lookup = std::get<LookupRequest>(request->message);
      if (lookup.next_hop == Domain("bad.example")) {
        peer.Send(request->id,
                  ErrorReply{ErrorCode::kTooLarge, "70000 octets"});
      } else if (lookup.next_hop == Domain("good.example")) {
        peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
      }
    }
  });
  std::vector<absl::StatusCode> codes(3, absl::StatusCode::kUnknown);
  Client client({folder.SocketPath()});
  client.LookupAll(
      {Domain("silent.example"), Domain("bad.example"), Domain("good.example")},
      Within(absl::Milliseconds(300)),
      [&](size_t index, const absl::StatusOr<Verdict>& verdict) {
        codes[index] = verdict.status().code();
      });
  EXPECT_THAT(codes, ::testing::ElementsAre(absl::StatusCode::kDeadlineExceeded,
                                            absl::StatusCode::kOutOfRange,
                                            absl::StatusCode::kOk));
}

TEST(Client, AsksForStatsFlushHelloAndSelfTest) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    while (auto request = peer.Read()) {
      const Request& message = request->message;
      if (std::holds_alternative<StatsRequest>(message)) {
        peer.Send(request->id, StatsReply{{{"cache.hits", 7}}});
      } else if (const auto* flush = std::get_if<FlushRequest>(&message)) {
        peer.Send(request->id, FlushReply{flush->next_hop ? 1U : 99U});
      } else if (const auto* hello = std::get_if<HelloRequest>(&message)) {
        peer.Send(request->id, HelloReply{hello->client, "unbound"});
      } else {
        peer.Send(request->id, SelfTestReply{{SelfTestCheck()}});
      }
    }
  });
  Client client({folder.SocketPath()});
  EXPECT_EQ(client.Stats(kTimeout)->counters[0].value, 7U);
  EXPECT_EQ(client.Flush(Domain("a.example"), kTimeout)->flushed, 1U);
  EXPECT_EQ(client.Flush(absl::nullopt, kTimeout)->flushed, 99U);
  EXPECT_EQ(client.Hello("me", kTimeout)->server, "me");
  EXPECT_EQ(client.SelfTest(kTimeout)->checks[0].result,
            SelfTestCheck::Result::kFailed);
}

TEST(Client, IsUsableFromSeveralThreadsWithOneEach) {
  TemporaryFolder folder;
  std::vector<std::thread> threads;
  threads.reserve(4);
  // The server answers one connection after the other.
  ModuleServer server(folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&folder] {
      Client client({folder.SocketPath()});
      for (int j = 0; j < 50; ++j) {
        EXPECT_TRUE(
            client.Lookup(Domain("example.org"), Within(kTimeout)).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(Client, RefusesATimeoutThatIsNotPositive) {
  Client client({"/nowhere/module.sock"});
  for (const absl::Duration timeout :
       {absl::ZeroDuration(), absl::Seconds(-1), -absl::InfiniteDuration()}) {
    EXPECT_EQ(
        client.Lookup(Domain("example.org"), Within(timeout)).status().code(),
        absl::StatusCode::kInvalidArgument);
  }
}

// docs/protocol.md, "Errors": each means defer, none is a verdict.
TEST(Client, MakesAnErrorOfEachErrorCodeThatSaysWhatToDo) {
  const std::vector<std::pair<ErrorCode, absl::StatusCode>> codes = {
      {ErrorCode::kMalformed, absl::StatusCode::kInternal},
      {ErrorCode::kVersion, absl::StatusCode::kUnimplemented},
      {ErrorCode::kTooLarge, absl::StatusCode::kOutOfRange},
      {ErrorCode::kBusy, absl::StatusCode::kDeadlineExceeded},
      {ErrorCode::kNotCached, absl::StatusCode::kNotFound},
      {ErrorCode::kNoWorker, absl::StatusCode::kUnavailable},
      {ErrorCode::kNotValidating, absl::StatusCode::kFailedPrecondition},
      {ErrorCode::kWrongUnbound, absl::StatusCode::kFailedPrecondition},
      {ErrorCode::kStopping, absl::StatusCode::kDeadlineExceeded},
      {ErrorCode::kSettings, absl::StatusCode::kFailedPrecondition},
  };
  for (const auto& [code, expected] : codes) {
    TemporaryFolder folder;
    ModuleServer server(
        folder.SocketPath(), [code = code](AcceptedClient& peer, int) {
          while (auto request = peer.ReadLookup()) {
            peer.Send(request->id, ErrorReply{code, "the cause"});
          }
        });
    Client client({folder.SocketPath()});
    const absl::Status status =
        client.Lookup(Domain("example.org"), Within(absl::Milliseconds(200)))
            .status();
    EXPECT_EQ(status.code(), expected) << ToText(code);
    EXPECT_THAT(
        std::string(status.message()),
        AllOf(HasSubstr(folder.SocketPath()),
              HasSubstr(std::string(ToText(code))), HasSubstr("the cause; ")));
  }
}

}  // namespace
}  // namespace danebound
