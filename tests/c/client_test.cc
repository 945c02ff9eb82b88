// Lookups through C against a real socket: blocking, in an event loop, and all
// that can go wrong.
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using testing::HasSubstr;
using testing::StrEq;

OptionsPtr NewOptions(uint32_t timeout_ms = 5000) {
  OptionsPtr options(danebound_options_new());
  danebound_options_set_timeout(options.get(), timeout_ms);
  return options;
}

// A module that answers, and a client of it.
struct Answering {
  TemporaryFolder folder;
  ModuleServer server{folder.SocketPath(),
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); }};
  ClientPtr client{danebound_client_new(folder.SocketPath().c_str())};
};

// Takes all that ended, by ticket.
void TakeAll(danebound_client* client, std::map<uint64_t, LookupEnd>& ends) {
  int error = 0;
  danebound_verdict* verdict = nullptr;
  char* why = nullptr;
  while (const uint64_t ticket =
             danebound_client_take(client, &error, &verdict, &why)) {
    ends[ticket] = {error, CVerdictPtr(verdict), TakeText(why)};
  }
}

// Runs the loop of danebound.h until so many lookups have ended.
std::map<uint64_t, LookupEnd> RunLoop(danebound_client* client, size_t count) {
  std::map<uint64_t, LookupEnd> ends;
  TakeAll(client, ends);
  while (ends.size() < count) {
    pollfd ready = {danebound_client_fd(client),
                    danebound_client_events(client), 0};
    poll(&ready, 1, danebound_client_poll_timeout(client));
    danebound_client_advance(client);
    TakeAll(client, ends);
  }
  return ends;
}

uint64_t Start(danebound_client* client, const std::string& next_hop,
               const danebound_options* options) {
  uint64_t ticket = 0;
  EXPECT_EQ(danebound_client_start(client, next_hop.c_str(), options, &ticket,
                                   nullptr),
            DANEBOUND_OK);
  return ticket;
}

TEST(CClient, WaitsForAVerdict) {
  Answering module;
  const LookupEnd end =
      Lookup(module.client.get(), "example.org", NewOptions().get());
  ASSERT_EQ(end.error, DANEBOUND_OK) << end.why;
  EXPECT_EQ(end.why, "");
  EXPECT_THAT(danebound_verdict_next_hop(end.verdict.get()),
              StrEq("example.org"));
  ASSERT_EQ(danebound_verdict_host_count(end.verdict.get()), 2U);
  EXPECT_EQ(danebound_host_duty(danebound_verdict_host(end.verdict.get(), 0)),
            DANEBOUND_DUTY_AUTHENTICATE);
}

TEST(CClient, SaysWhatTheModuleHadInItsCache) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    for (const bool from_cache : {false, true}) {
      const auto request = peer.ReadLookup();
      if (!request.has_value()) return;
      peer.Send(request->id,
                LookupReply{FactsFor(Domain("example.org")), from_cache});
    }
    peer.WaitForClose();
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  for (const int from_cache : {0, 1}) {
    const LookupEnd end = Lookup(client.get(), "example.org");
    ASSERT_EQ(end.error, DANEBOUND_OK) << end.why;
    EXPECT_EQ(danebound_verdict_from_cache(end.verdict.get()), from_cache);
  }
  EXPECT_EQ(danebound_verdict_from_cache(nullptr), 0);
}

TEST(CClient, KeepsAVerdictBeyondItsClient) {
  Answering module;
  const LookupEnd end =
      Lookup(module.client.get(), "example.org", NewOptions().get());
  module.client.reset();
  EXPECT_THAT(danebound_verdict_next_hop(end.verdict.get()),
              StrEq("example.org"));
}

TEST(CClient, EndsManyLookupsUnderTheirTickets) {
  Answering module;
  const OptionsPtr options = NewOptions();
  std::map<uint64_t, std::string> started;
  for (int i = 0; i < 200; ++i) {
    const std::string domain = absl::StrCat("d", i, ".example");
    started[Start(module.client.get(), domain, options.get())] = domain;
  }
  EXPECT_EQ(started.size(), 200U);
  for (const auto& [ticket, end] : RunLoop(module.client.get(), 200)) {
    ASSERT_EQ(end.error, DANEBOUND_OK) << end.why;
    EXPECT_EQ(danebound_verdict_next_hop(end.verdict.get()), started[ticket]);
  }
}

TEST(CClient, TellsALoopWhatToWaitFor) {
  Answering module;
  danebound_client* client = module.client.get();
  EXPECT_EQ(danebound_client_fd(client), -1);
  EXPECT_EQ(danebound_client_poll_timeout(client), -1);
  Start(client, "example.org", NewOptions().get());
  EXPECT_EQ(danebound_client_poll_timeout(client), 0);
  danebound_client_advance(client);
  EXPECT_GE(danebound_client_fd(client), 0);
  EXPECT_NE(danebound_client_events(client) & POLLIN, 0);
  EXPECT_GT(danebound_client_poll_timeout(client), 0);
  EXPECT_LE(danebound_client_poll_timeout(client), 5000);
}

TEST(CClient, EndsALookupOfAnAddressAtOnce) {
  const ClientPtr client(danebound_client_new("/nowhere"));
  const uint64_t ticket =
      Start(client.get(), "[192.0.2.1]:2525", NewOptions().get());
  EXPECT_EQ(danebound_client_poll_timeout(client.get()), 0);
  const auto ends = RunLoop(client.get(), 1);
  EXPECT_EQ(danebound_verdict_port(ends.at(ticket).verdict.get()), 2525);
}

// Lookups that nobody takes must not keep a blocking one from waiting, nor be
// lost to it.
TEST(CClient, WaitsWhileOtherLookupsHaveEnded) {
  Answering module;
  const uint64_t first =
      Start(module.client.get(), "[192.0.2.1]", NewOptions().get());
  const LookupEnd end =
      Lookup(module.client.get(), "example.org", NewOptions().get());
  EXPECT_EQ(end.error, DANEBOUND_OK);
  const auto ends = RunLoop(module.client.get(), 1);
  EXPECT_EQ(ends.begin()->first, first);
}

TEST(CClient, ForgetsWhatWasGivenUp) {
  Answering module;
  danebound_client* client = module.client.get();
  const OptionsPtr options = NewOptions();
  const uint64_t ended = Start(client, "[192.0.2.1]", options.get());
  const uint64_t open = Start(client, "a.example", options.get());
  const uint64_t kept = Start(client, "b.example", options.get());
  danebound_client_cancel(client, ended);
  danebound_client_cancel(client, open);
  danebound_client_cancel(client, ended);
  danebound_client_cancel(client, 12345);
  const auto ends = RunLoop(client, 1);
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends.count(kept), 1U);
}

// RFC 7672 2.1.2: no answer is never an answer without DANE.
TEST(CClient, HasAnErrorAndNoVerdictWhenTheModuleIsSilent) {
  TemporaryFolder folder;
  const int listener = Listen(folder.SocketPath(), 4);
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const LookupEnd end =
      Lookup(client.get(), "example.org", NewOptions(20).get());
  EXPECT_EQ(end.error, DANEBOUND_ERROR_TIMEOUT);
  EXPECT_EQ(end.verdict, nullptr);
  EXPECT_THAT(end.why, HasSubstr(folder.SocketPath()));
  close(listener);
}

TEST(CClient, NamesWhoAnswersButIsNoModule) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    peer.ReadLookup();
    peer.SendOctets("220 mx.example.org ESMTP\r\n220 what do you want?\r\n");
    peer.WaitForClose();
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const LookupEnd end = Lookup(client.get(), "example.org", NewOptions().get());
  EXPECT_EQ(end.error, DANEBOUND_ERROR_PROTOCOL);
  EXPECT_THAT(end.why, HasSubstr("no danebound module"));
}

struct ErrorCase {
  ErrorCode code;
  int error;
};

void PrintTo(const ErrorCase& error_case, std::ostream* os) {
  *os << ToText(error_case.code);
}

class CClientError : public testing::TestWithParam<ErrorCase> {};

TEST_P(CClientError, IsTheOneOfTheModulesReply) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    if (!request.has_value()) return;
    peer.Send(request->id, ErrorReply{GetParam().code, "the text"});
    peer.WaitForClose();
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const LookupEnd end = Lookup(client.get(), "example.org", NewOptions().get());
  EXPECT_EQ(end.error, GetParam().error);
  EXPECT_EQ(end.verdict, nullptr);
  EXPECT_THAT(end.why, HasSubstr("the text"));
}

INSTANTIATE_TEST_SUITE_P(
    All, CClientError,
    testing::Values(ErrorCase{ErrorCode::kVersion, DANEBOUND_ERROR_PROTOCOL},
                    ErrorCase{ErrorCode::kTooLarge, DANEBOUND_ERROR_PROTOCOL},
                    ErrorCase{ErrorCode::kNotCached, DANEBOUND_ERROR_NOT_FOUND},
                    ErrorCase{ErrorCode::kNoWorker,
                              DANEBOUND_ERROR_UNAVAILABLE},
                    ErrorCase{ErrorCode::kNotValidating, DANEBOUND_ERROR_STATE},
                    ErrorCase{ErrorCode::kMalformed, DANEBOUND_ERROR_INTERNAL}),
    [](const auto& param) {
      return std::string(1, static_cast<char>(65 + param.index));
    });

TEST(CClient, RefusesWhatIsNoNextHop) {
  const ClientPtr client(danebound_client_new(nullptr));
  for (const char* text : {"", "a..b", "192.0.2.1", "user@example.org", "[host",
                           "example.org:0", "\xff\xfe"}) {
    const LookupEnd end = Lookup(client.get(), text);
    EXPECT_EQ(end.error, DANEBOUND_ERROR_ARGUMENT) << text;
    EXPECT_THAT(end.why, HasSubstr("next hop")) << text;
  }
}

TEST(CClient, RefusesNullWhereAnObjectMustBe) {
  const ClientPtr client(danebound_client_new(nullptr));
  danebound_verdict* verdict = nullptr;
  uint64_t ticket = 7;
  int error = 7;
  EXPECT_EQ(Lookup(nullptr, "example.org").error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(Lookup(client.get(), nullptr).error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_lookup(client.get(), "[192.0.2.1]", nullptr,
                                    nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(
      danebound_client_start(nullptr, "example.org", nullptr, &ticket, nullptr),
      DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_start(client.get(), "example.org", nullptr,
                                   nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_take(nullptr, &error, &verdict, nullptr), 0U);
  EXPECT_EQ(danebound_client_take(client.get(), nullptr, &verdict, nullptr),
            0U);
  EXPECT_EQ(danebound_client_take(client.get(), &error, nullptr, nullptr), 0U);
  EXPECT_EQ(danebound_client_fd(nullptr), -1);
  EXPECT_EQ(danebound_client_events(nullptr), 0);
  EXPECT_EQ(danebound_client_poll_timeout(nullptr), -1);
  danebound_client_advance(nullptr);
  danebound_client_cancel(nullptr, 1);
  danebound_client_free(nullptr);
  danebound_text_free(nullptr);
}

// A place that held something before.
template <typename Object>
Object* Stale() {
  static int mark = 0;
  return reinterpret_cast<Object*>(&mark);
}

TEST(CClient, LeavesNothingInOutPointersAfterAFailure) {
  const ClientPtr client(danebound_client_new(nullptr));
  for (danebound_client* const asked : {client.get(), ClientPtr().get()}) {
    auto* verdict = Stale<danebound_verdict>();
    uint64_t ticket = 7;
    EXPECT_LT(
        danebound_client_lookup(asked, "a..b", nullptr, &verdict, nullptr), 0);
    EXPECT_EQ(verdict, nullptr);
    EXPECT_LT(danebound_client_start(asked, "a..b", nullptr, &ticket, nullptr),
              0);
    EXPECT_EQ(ticket, 0U);
  }
}

TEST(CClient, LeavesNothingInOutPointersWhenNothingHasEnded) {
  const ClientPtr client(danebound_client_new(nullptr));
  for (danebound_client* const asked : {client.get(), ClientPtr().get()}) {
    int error = 7;
    auto* verdict = Stale<danebound_verdict>();
    char* why = Stale<char>();
    EXPECT_EQ(danebound_client_take(asked, &error, &verdict, &why), 0U);
    EXPECT_EQ(error, 0);
    EXPECT_EQ(verdict, nullptr);
    EXPECT_EQ(why, nullptr);
  }
}

TEST(CClient, LeavesNoVerdictInOutPointersOfALookupThatFailed) {
  const ClientPtr client(danebound_client_new("/nowhere/module.sock"));
  danebound_client_set_patience(client.get(), 0);
  auto* verdict = Stale<danebound_verdict>();
  EXPECT_EQ(danebound_client_lookup(client.get(), "example.org", nullptr,
                                    &verdict, nullptr),
            DANEBOUND_ERROR_UNAVAILABLE);
  EXPECT_EQ(verdict, nullptr);
}

TEST(CClient, LeavesNoObjectInOutPointersOfItsOtherCalls) {
  const ClientPtr client(danebound_client_new("/nowhere/module.sock"));
  danebound_client_set_patience(client.get(), 0);
  auto* next_hop = Stale<danebound_next_hop>();
  EXPECT_LT(danebound_next_hop_parse("a..b", nullptr, &next_hop, nullptr), 0);
  EXPECT_EQ(next_hop, nullptr);
  auto* test = Stale<danebound_self_test>();
  EXPECT_LT(danebound_client_self_test(client.get(), 100, &test, nullptr), 0);
  EXPECT_EQ(test, nullptr);
  auto* host = Stale<danebound_host>();
  EXPECT_LT(danebound_host_new(DANEBOUND_DUTY_SKIP, nullptr, nullptr, 0,
                               nullptr, 0, nullptr, &host, nullptr),
            0);
  EXPECT_EQ(host, nullptr);
}

// A bound is for all lookups of the client, also for those that wait for long.
TEST(CClient, HasNoMoreConnectionsThanItMay) {
  TemporaryFolder folder;
  ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    while (peer.ReadLookup().has_value()) {
    }
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  ASSERT_EQ(danebound_client_set_most_connections(client.get(), 1),
            DANEBOUND_OK);
  const OptionsPtr patient = NewOptions(60'000);
  const OptionsPtr hasty = NewOptions(500);
  for (int i = 0; i <= 200; ++i) {
    uint64_t ticket = 0;
    ASSERT_EQ(danebound_client_start(client.get(), "example.org",
                                     (i < 200 ? patient : hasty).get(), &ticket,
                                     nullptr),
              DANEBOUND_OK);
  }
  RunLoop(client.get(), 1);  // that one ends, the others are open
  EXPECT_EQ(danebound_client_open_count(client.get()), 200U);
  EXPECT_EQ(server.connections(), 1);
}

TEST(CClient, TakesItsBoundOfConnectionsBeforeItLooksUp) {
  const ClientPtr client(danebound_client_new("/nowhere/module.sock"));
  EXPECT_EQ(danebound_client_set_most_connections(client.get(), 0),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_set_most_connections(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
  Lookup(client.get(), "example.org", NewOptions(100).get());
  EXPECT_EQ(danebound_client_set_most_connections(client.get(), 1),
            DANEBOUND_ERROR_STATE);
}

TEST(CClient, WaitsForAModuleAsLongAsItsPatience) {
  const ClientPtr client(danebound_client_new("/nowhere/module.sock"));
  ASSERT_EQ(danebound_client_set_patience(client.get(), 0), DANEBOUND_OK);
  const LookupEnd end =
      Lookup(client.get(), "example.org", NewOptions(2000).get());
  EXPECT_EQ(end.error, DANEBOUND_ERROR_UNAVAILABLE);
  EXPECT_EQ(danebound_client_set_patience(client.get(), 1),
            DANEBOUND_ERROR_STATE);
  EXPECT_EQ(danebound_client_set_patience(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
}

TEST(CClient, CountsTheLookupsThatAreOpen) {
  Answering module;
  EXPECT_EQ(danebound_client_open_count(module.client.get()), 0U);
  Start(module.client.get(), "example.org", NewOptions().get());
  Start(module.client.get(), "example.net", NewOptions().get());
  EXPECT_EQ(danebound_client_open_count(module.client.get()), 2U);
  RunLoop(module.client.get(), 2);
  EXPECT_EQ(danebound_client_open_count(module.client.get()), 0U);
  EXPECT_EQ(danebound_client_open_count(nullptr), 0U);
}

// --- Many next hops in one call

struct ManyEnds {
  int error = 0;
  std::vector<LookupEnd> each;
};

ManyEnds LookUpAll(danebound_client* client,
                   const std::vector<const char*>& next_hops) {
  const size_t count = next_hops.size();
  std::vector<danebound_verdict*> verdicts(count, Stale<danebound_verdict>());
  std::vector<int> errors(count, 7);
  std::vector<char*> whys(count, Stale<char>());
  ManyEnds ends;
  ends.error = danebound_client_lookup_all(client, next_hops.data(), count,
                                           NewOptions().get(), verdicts.data(),
                                           errors.data(), whys.data());
  for (size_t i = 0; i < count; ++i) {
    ends.each.push_back(
        {errors[i], CVerdictPtr(verdicts[i]), TakeText(whys[i])});
  }
  return ends;
}

TEST(CLookupAll, GivesEachNextHopItsOwnVerdict) {
  Answering module;
  std::vector<std::string> domains;
  std::vector<const char*> next_hops;
  for (int i = 0; i < 200; ++i) {
    domains.push_back(absl::StrCat("d", i, ".example"));
  }
  for (const std::string& domain : domains) next_hops.push_back(domain.c_str());
  const ManyEnds ends = LookUpAll(module.client.get(), next_hops);
  EXPECT_EQ(ends.error, DANEBOUND_OK);
  for (size_t i = 0; i < domains.size(); ++i) {
    ASSERT_EQ(ends.each[i].error, DANEBOUND_OK) << ends.each[i].why;
    EXPECT_EQ(danebound_verdict_next_hop(ends.each[i].verdict.get()),
              domains[i]);
  }
}

// RFC 7672 2.1.2: what has no verdict ends by itself, with an error.
TEST(CLookupAll, EndsAloneWhatIsNoNextHop) {
  Answering module;
  const ManyEnds ends =
      LookUpAll(module.client.get(), {"example.org", nullptr, "a..b", "a.b"});
  EXPECT_EQ(ends.error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(ends.each[0].error, DANEBOUND_OK);
  EXPECT_EQ(ends.each[1].error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(ends.each[1].verdict, nullptr);
  EXPECT_EQ(ends.each[2].error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(ends.each[2].verdict, nullptr);
  EXPECT_THAT(ends.each[2].why, HasSubstr("a..b"));
  EXPECT_EQ(ends.each[3].error, DANEBOUND_OK);
}

TEST(CLookupAll, HasAnErrorForEachWhenTheModuleIsGone) {
  const ClientPtr client(danebound_client_new("/nowhere/module.sock"));
  danebound_client_set_patience(client.get(), 0);
  const ManyEnds ends =
      LookUpAll(client.get(), {"[192.0.2.1]", "example.org", "a..b"});
  EXPECT_EQ(ends.error, DANEBOUND_ERROR_UNAVAILABLE);
  EXPECT_EQ(ends.each[0].error, DANEBOUND_OK);
  EXPECT_EQ(ends.each[1].error, DANEBOUND_ERROR_UNAVAILABLE);
  EXPECT_EQ(ends.each[1].verdict, nullptr);
}

TEST(CLookupAll, LeavesOtherLookupsOfItsClientAlone) {
  Answering module;
  const uint64_t first =
      Start(module.client.get(), "[192.0.2.1]", NewOptions().get());
  EXPECT_EQ(LookUpAll(module.client.get(), {"example.org"}).error,
            DANEBOUND_OK);
  EXPECT_EQ(RunLoop(module.client.get(), 1).begin()->first, first);
}

TEST(CLookupAll, RefusesNull) {
  const ClientPtr client(danebound_client_new(nullptr));
  const char* next_hop = "[192.0.2.1]";
  auto* verdict = Stale<danebound_verdict>();
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  EXPECT_EQ(danebound_client_lookup_all(nullptr, &next_hop, 1, nullptr,
                                        &verdict, nullptr, nullptr),
            refused);
  EXPECT_EQ(verdict, nullptr);
  EXPECT_EQ(danebound_client_lookup_all(client.get(), nullptr, 1, nullptr,
                                        &verdict, nullptr, nullptr),
            refused);
  EXPECT_EQ(danebound_client_lookup_all(client.get(), &next_hop, 1, nullptr,
                                        nullptr, nullptr, nullptr),
            refused);
  EXPECT_EQ(danebound_client_lookup_all(client.get(), nullptr, 0, nullptr,
                                        nullptr, nullptr, nullptr),
            DANEBOUND_OK);
}

TEST(CLookupAll, WritesItsPlacesAlsoWithoutRoomForVerdicts) {
  const ClientPtr client(danebound_client_new(nullptr));
  const char* const next_hops[] = {"[192.0.2.1]", "[192.0.2.2]"};
  int errors[] = {7, 7};
  char* whys[] = {Stale<char>(), Stale<char>()};
  EXPECT_EQ(danebound_client_lookup_all(client.get(), next_hops, 2, nullptr,
                                        nullptr, errors, whys),
            DANEBOUND_ERROR_ARGUMENT);
  for (const size_t i : {0, 1}) {
    EXPECT_EQ(errors[i], DANEBOUND_ERROR_ARGUMENT);
    EXPECT_EQ(whys[i], nullptr);
  }
}

// --- Self-test

using SelfTestPtr =
    std::unique_ptr<danebound_self_test, FreeObject<danebound_self_test_free>>;

// Answers a self-test with these checks.
struct Tested {
  explicit Tested(std::vector<SelfTestCheck> checks)
      : server(folder.SocketPath(), [checks](AcceptedClient& peer, int) {
          const auto request = peer.Read();
          if (!request.has_value()) return;
          peer.Send(request->id, SelfTestReply{checks});
          peer.WaitForClose();
        }) {
    danebound_self_test* made = nullptr;
    EXPECT_EQ(danebound_client_self_test(client.get(), 5000, &made, nullptr),
              DANEBOUND_OK);
    test.reset(made);
  }

  TemporaryFolder folder;
  ModuleServer server;
  ClientPtr client{danebound_client_new(folder.SocketPath().c_str())};
  SelfTestPtr test;
};

TEST(CSelfTest, SaysWhatTheModuleSaw) {
  const Tested tested({{"trust-anchor", SelfTestCheck::Result::kPassed, "."},
                       {"resolver", SelfTestCheck::Result::kWarning, "old"}});
  const danebound_self_test* test = tested.test.get();
  EXPECT_EQ(danebound_self_test_result(test), DANEBOUND_CHECK_WARNING);
  ASSERT_EQ(danebound_self_test_count(test), 2U);
  EXPECT_THAT(danebound_self_test_check_name(test, 0), StrEq("trust-anchor"));
  EXPECT_EQ(danebound_self_test_check_result(test, 0), DANEBOUND_CHECK_PASSED);
  EXPECT_THAT(danebound_self_test_check_text(test, 1), StrEq("old"));
}

TEST(CSelfTest, FailsWhereOneCheckFailsOrThereIsNone) {
  const Tested failed({{"a", SelfTestCheck::Result::kPassed, ""},
                       {"b", SelfTestCheck::Result::kFailed, ""}});
  EXPECT_EQ(danebound_self_test_result(failed.test.get()),
            DANEBOUND_CHECK_FAILED);
  EXPECT_EQ(danebound_self_test_check_result(failed.test.get(), 2),
            DANEBOUND_CHECK_FAILED);
  EXPECT_THAT(danebound_self_test_check_name(failed.test.get(), 2), StrEq(""));
  EXPECT_THAT(danebound_self_test_check_text(failed.test.get(), 2), StrEq(""));
  const Tested empty({});
  EXPECT_EQ(danebound_self_test_result(empty.test.get()),
            DANEBOUND_CHECK_FAILED);
  EXPECT_EQ(danebound_self_test_result(nullptr), DANEBOUND_CHECK_FAILED);
  EXPECT_EQ(danebound_self_test_count(nullptr), 0U);
  EXPECT_EQ(danebound_self_test_check_result(nullptr, 0),
            DANEBOUND_CHECK_FAILED);
}

TEST(CSelfTest, RefusesNullAndNoTime) {
  const ClientPtr client(danebound_client_new(nullptr));
  danebound_self_test* test = nullptr;
  EXPECT_EQ(danebound_client_self_test(nullptr, 1, &test, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_self_test(client.get(), 1, nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_client_self_test(client.get(), 0, &test, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
}

// --- Texts of others

// RFC 3629
TEST(CTexts, AreLinesOfUtf8WhateverAModuleWrites) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    if (!request.has_value()) return;
    peer.Send(request->id, ErrorReply{ErrorCode::kStopping,
                                      "caf\xC3\xA9 \xFF\n\xED\xA0\x80"});
    peer.WaitForClose();
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  danebound_client_set_patience(client.get(), 0);
  const LookupEnd end = Lookup(client.get(), "example.org", NewOptions().get());
  EXPECT_LT(end.error, 0);
  EXPECT_THAT(end.why, HasSubstr("caf\xC3\xA9 ?????;"));
}

// The choices reach the conclusion, RFC 7672 2.2.1 and 6.
TEST(COptions, ReachTheVerdict) {
  Answering module;
  const OptionsPtr options = NewOptions();
  danebound_options_set_port(options.get(), 2525);
  danebound_options_set_require(options.get(), 1);
  ASSERT_EQ(
      danebound_options_set_freshness(options.get(), DANEBOUND_FRESHNESS_FRESH),
      DANEBOUND_OK);
  LookupEnd end = Lookup(module.client.get(), "example.org", options.get());
  EXPECT_EQ(danebound_verdict_port(end.verdict.get()), 2525);
  EXPECT_EQ(danebound_verdict_require(end.verdict.get()), 1);
  const std::string first =
      danebound_host_name(danebound_verdict_host(end.verdict.get(), 0));
  ASSERT_EQ(
      danebound_options_add_own_name(options.get(), first.c_str(), nullptr),
      DANEBOUND_OK);
  end = Lookup(module.client.get(), "example.org", options.get());
  EXPECT_EQ(danebound_verdict_host_count(end.verdict.get()), 0U);
}

// RFC 7671 9: the order decides which of two digests counts.
TEST(COptions, ChooseTheDigestsThatCount) {
  Facts facts = FactsFor(Domain("example.org"));
  facts.hosts[0].tlsa = {std::string("\x03\x01\x01") + std::string(32, 'x'),
                         std::string("\x03\x01\x02") + std::string(64, 'x')};
  facts.hosts.resize(1);
  TemporaryFolder folder;
  const ModuleServer server(
      folder.SocketPath(), [&](AcceptedClient& peer, int) {
        while (auto request = peer.ReadLookup()) {
          peer.Send(request->id, LookupReply{facts, true});
        }
      });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const OptionsPtr options = NewOptions();
  const uint8_t weak_first[] = {1, 2};
  for (const int counting : {1, 0}) {
    const LookupEnd end = Lookup(client.get(), "example.org", options.get());
    ASSERT_EQ(end.error, DANEBOUND_OK) << end.why;
    const danebound_host* host = danebound_verdict_host(end.verdict.get(), 0);
    for (const int index : {0, 1}) {
      EXPECT_EQ(danebound_tlsa_counts(danebound_host_tlsa(host, index)),
                index == counting);
    }
    ASSERT_EQ(danebound_options_set_digest_order(options.get(), weak_first, 2),
              DANEBOUND_OK);
  }
}

TEST(COptions, RefuseWhatIsNoDigestOrder) {
  const OptionsPtr options(danebound_options_new());
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  const uint8_t twice[] = {1, 1};
  const uint8_t full[] = {0};
  const uint8_t unknown[] = {2, 3};
  danebound_options* o = options.get();
  EXPECT_EQ(danebound_options_set_digest_order(o, twice, 2), refused);
  EXPECT_EQ(danebound_options_set_digest_order(o, full, 1), refused);
  EXPECT_EQ(danebound_options_set_digest_order(o, unknown, 2), refused);
  EXPECT_EQ(danebound_options_set_digest_order(o, twice, 0), refused);
  EXPECT_EQ(danebound_options_set_digest_order(o, nullptr, 1), refused);
  EXPECT_EQ(danebound_options_set_digest_order(nullptr, twice, 1), refused);
  EXPECT_EQ(danebound_options_set_digest_order(o, twice, 1), DANEBOUND_OK);
}

TEST(COptions, RefuseWhatIsOutOfRange) {
  const OptionsPtr options(danebound_options_new());
  danebound_options* o = options.get();
  EXPECT_EQ(danebound_options_set_timeout(o, 0), DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_port(o, 0), DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_port(o, 65536), DANEBOUND_ERROR_ARGUMENT);
  for (const int number : {-1, 3, 256, std::numeric_limits<int>::max()}) {
    EXPECT_EQ(danebound_options_set_insecure_mx(o, number),
              DANEBOUND_ERROR_ARGUMENT);
    EXPECT_EQ(danebound_options_set_freshness(o, number),
              DANEBOUND_ERROR_ARGUMENT);
  }
  char* why = nullptr;
  EXPECT_EQ(danebound_options_add_own_name(o, "[mx.example.org]", &why),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_THAT(TakeText(why), HasSubstr("mx.example.org"));
  EXPECT_EQ(danebound_options_add_own_name(o, "mx.example.org:25", nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_add_own_name(o, nullptr, nullptr),
            DANEBOUND_ERROR_ARGUMENT);
}

TEST(COptions, RefuseNull) {
  EXPECT_EQ(danebound_options_set_timeout(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_port(nullptr, 1), DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_require(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_insecure_mx(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_set_freshness(nullptr, 1),
            DANEBOUND_ERROR_ARGUMENT);
  EXPECT_EQ(danebound_options_add_own_name(nullptr, "a.example", nullptr),
            DANEBOUND_ERROR_ARGUMENT);
  danebound_options_free(nullptr);
}

}  // namespace
}  // namespace danebound
