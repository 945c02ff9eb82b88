// Lookups through C against a real socket: blocking, in an event loop, and all
// that can go wrong.
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <map>
#include <ostream>
#include <string>
#include <utility>

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
                      [](Peer& peer, int) { AnswerLookups(peer); }};
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
  const ModuleServer server(folder.SocketPath(), [](Peer& peer, int) {
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
  const ModuleServer server(folder.SocketPath(), [](Peer& peer, int) {
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
  EXPECT_EQ(ticket, 7U);
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

TEST(CClient, WritesNothingThroughTheOutPointerOnFailure) {
  const ClientPtr client(danebound_client_new(nullptr));
  int mark = 0;
  auto* const before = reinterpret_cast<danebound_verdict*>(&mark);
  danebound_verdict* verdict = before;
  EXPECT_LT(
      danebound_client_lookup(client.get(), "a..b", nullptr, &verdict, nullptr),
      0);
  EXPECT_EQ(verdict, before);
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
