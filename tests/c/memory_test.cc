// Out of memory: every allocation of a call fails once, and the call says so or
// does without.
#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"
#include "tests/client/module_server.h"
#include "tests/embedded/folder.h"
#include "tests/embedded/signed_root.h"

namespace {

// Allocations of this thread that still succeed; negative: all of them.
thread_local int64_t allocations_left = -1;

bool FailsNow() {
  if (allocations_left < 0) return false;
  if (allocations_left == 0) return true;
  --allocations_left;
  return false;
}

}  // namespace

// Not inlined: g++ takes free() for a mismatch of the new that it sees.
[[gnu::noinline]] void* operator new(size_t size) {
  void* const memory = FailsNow() ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

namespace danebound {
namespace {

// Runs `body` with ever more memory until it says that it had enough; returns
// how often it had not.
template <typename Body>
int RunShortOfMemory(Body body) {
  for (int enough = 0;; ++enough) {
    allocations_left = enough;
    const bool done = body();
    allocations_left = -1;
    if (done) return enough;
  }
}

TEST(CMemory, ShortageMakesNoObject) {
  const int failures = RunShortOfMemory([] {
    const ClientPtr client(
        danebound_client_new("/run/a/rather/long/path.sock"));
    const OptionsPtr options(danebound_options_new());
    return client != nullptr && options != nullptr;
  });
  EXPECT_GE(failures, 2);
}

TEST(CMemory, ShortageIsAnErrorOfALookupWithoutModule) {
  const int failures = RunShortOfMemory([] {
    const ClientPtr client(danebound_client_new(nullptr));
    if (client == nullptr) return false;
    danebound_verdict* verdict = nullptr;
    const int error = danebound_client_lookup(
        client.get(), "[IPv6:2001:db8::1]", nullptr, &verdict, nullptr);
    const CVerdictPtr owner(verdict);
    if (error == DANEBOUND_OK) return true;
    allocations_left = -1;
    EXPECT_EQ(error, DANEBOUND_ERROR_MEMORY);
    EXPECT_EQ(verdict, nullptr);
    return false;
  });
  EXPECT_GT(failures, 10);
}

// A client goes on after a shortage: the next lookup is as good as any.
TEST(CMemory, ShortageEndsALookupAndTheClientGoesOn) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    AnswerLookups(peer);
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const int failures = RunShortOfMemory([&] {
    danebound_verdict* verdict = nullptr;
    const int error = danebound_client_lookup(client.get(), "example.org",
                                              nullptr, &verdict, nullptr);
    const CVerdictPtr owner(verdict);
    if (error == DANEBOUND_OK) return true;
    allocations_left = -1;
    EXPECT_EQ(error, DANEBOUND_ERROR_MEMORY);
    EXPECT_EQ(verdict, nullptr);
    return false;
  });
  EXPECT_GT(failures, 8);
  EXPECT_EQ(Lookup(client.get(), "example.net").error, DANEBOUND_OK);
}

// Each lookup that started ends, under its ticket.
TEST(CMemory, ShortageLosesNoLookupOfAnEventLoop) {
  TemporaryFolder folder;
  const ModuleServer server(folder.SocketPath(), [](AcceptedClient& peer, int) {
    AnswerLookups(peer);
  });
  const ClientPtr client(danebound_client_new(folder.SocketPath().c_str()));
  const int failures = RunShortOfMemory([&] {
    uint64_t tickets[2] = {0, 0};
    const int64_t later = std::exchange(allocations_left, -1);
    for (uint64_t& ticket : tickets) {
      danebound_client_start(client.get(), "example.org", nullptr, &ticket,
                             nullptr);
    }
    allocations_left = later;
    int good = 0;
    int ended = 0;
    while (ended < 2) {
      pollfd ready = {danebound_client_fd(client.get()),
                      danebound_client_events(client.get()), 0};
      poll(&ready, 1, danebound_client_poll_timeout(client.get()));
      danebound_client_advance(client.get());
      int error = 0;
      danebound_verdict* verdict = nullptr;
      while (danebound_client_take(client.get(), &error, &verdict, nullptr)) {
        ++ended;
        if (error == DANEBOUND_OK) ++good;
        danebound_verdict_free(verdict);
      }
    }
    return good == 2;
  });
  EXPECT_GT(failures, 5);
}

// Looks up an address, which ends while it starts, and takes the end.
struct StartedEnd {
  uint64_t ticket = 0;
  uint64_t ended = 0;
  int error = DANEBOUND_ERROR_MEMORY;
};

StartedEnd StartAndTake(danebound_client* client) {
  StartedEnd end;
  const int error = danebound_client_start(client, "[192.0.2.1]", nullptr,
                                           &end.ticket, nullptr);
  allocations_left = -1;
  EXPECT_EQ(error == DANEBOUND_OK, end.ticket != 0);
  danebound_client_advance(client);
  danebound_verdict* verdict = nullptr;
  end.ended = danebound_client_take(client, &end.error, &verdict, nullptr);
  danebound_verdict_free(verdict);
  return end;
}

// A lookup has the ticket that its caller saw, or is none; nothing stays that
// would have a loop call again at once, for ever.
TEST(CMemory, ShortageEndsNoLookupThatDidNotStart) {
  const ClientPtr client(danebound_client_new("/nowhere"));
  const int failures = RunShortOfMemory([&] {
    const StartedEnd end = StartAndTake(client.get());
    EXPECT_EQ(end.ended, end.ticket);
    EXPECT_EQ(danebound_client_poll_timeout(client.get()), -1);
    return end.ticket != 0 && end.error == DANEBOUND_OK;
  });
  EXPECT_GT(failures, 10);
}

TEST(CMemory, ShortageLeavesNothingOfALookupThatWaited) {
  const ClientPtr client(danebound_client_new("/nowhere"));
  const int failures = RunShortOfMemory([&] {
    danebound_verdict* verdict = nullptr;
    const int error = danebound_client_lookup(client.get(), "[192.0.2.1]",
                                              nullptr, &verdict, nullptr);
    allocations_left = -1;
    danebound_verdict_free(verdict);
    EXPECT_EQ(danebound_client_poll_timeout(client.get()), -1);
    return error == DANEBOUND_OK;
  });
  EXPECT_GT(failures, 10);
}

// libunbound answers from a zone of its own; what the callback can't keep
// fails.
TEST(CMemory, ShortageIsAnErrorOrADeferralOfALookupWithLibunbound) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", SignedRootConf(folder));
  const OptionsPtr options(danebound_options_new());
  danebound_options_set_timeout(options.get(), 20);
  const int failures = RunShortOfMemory([&] {
    danebound_embedded* embedded = nullptr;
    danebound_verdict* verdict = nullptr;
    int error =
        danebound_embedded_new(conf.c_str(), nullptr, &embedded, nullptr);
    if (error == DANEBOUND_OK) {
      error = danebound_embedded_lookup(embedded, "a.example", options.get(),
                                        &verdict, nullptr);
    }
    const CVerdictPtr owner(verdict);
    danebound_embedded_free(embedded);
    EXPECT_TRUE(error == DANEBOUND_OK || error == DANEBOUND_ERROR_MEMORY);
    return danebound_verdict_disposition(verdict) ==
           DANEBOUND_DISPOSITION_DELIVER;
  });
  EXPECT_GT(failures, 30);
}

// Each lookup that started ends, and the resolver goes on.
TEST(CMemory, ShortageLosesNoLookupOfALoopWithLibunbound) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", SignedRootConf(folder));
  danebound_embedded* embedded = nullptr;
  ASSERT_EQ(danebound_embedded_new(conf.c_str(), nullptr, &embedded, nullptr),
            DANEBOUND_OK);
  const OptionsPtr options(danebound_options_new());
  danebound_options_set_timeout(options.get(), 20);
  const int failures = RunShortOfMemory([&] {
    uint64_t ticket = 0;
    if (danebound_embedded_start(embedded, "a.example", options.get(), &ticket,
                                 nullptr) != DANEBOUND_OK) {
      return false;
    }
    bool good = false;
    bool ended = false;
    while (!ended) {
      pollfd ready = {danebound_embedded_fd(embedded),
                      danebound_embedded_events(embedded), 0};
      poll(&ready, 1, danebound_embedded_poll_timeout(embedded));
      danebound_embedded_advance(embedded);
      int error = 0;
      danebound_verdict* verdict = nullptr;
      ended = danebound_embedded_take(embedded, &error, &verdict, nullptr) != 0;
      good = danebound_verdict_disposition(verdict) ==
             DANEBOUND_DISPOSITION_DELIVER;
      danebound_verdict_free(verdict);
    }
    return good;
  });
  EXPECT_GT(failures, 30);
  danebound_embedded_free(embedded);
}

TEST(CMemory, ShortageMakesNoHost) {
  const std::string record = std::string("\x03\x01\x01") + std::string(32, 'x');
  const auto* rdata = reinterpret_cast<const uint8_t*>(record.data());
  const size_t length = record.size();
  const char* name = "a-rather-long-name.example.org";
  const int failures = RunShortOfMemory([&] {
    danebound_host* host = nullptr;
    const int error =
        danebound_host_new(DANEBOUND_DUTY_AUTHENTICATE, &rdata, &length, 1,
                           &name, 1, nullptr, &host, nullptr);
    danebound_host_free(host);
    if (error == DANEBOUND_OK) return true;
    allocations_left = -1;
    EXPECT_EQ(error, DANEBOUND_ERROR_MEMORY);
    EXPECT_EQ(host, nullptr);
    return false;
  });
  EXPECT_GT(failures, 5);
}

TEST(CMemory, ShortageAddsNoOwnName) {
  const OptionsPtr options(danebound_options_new());
  const int failures = RunShortOfMemory([&] {
    const int error = danebound_options_add_own_name(
        options.get(), "a-rather-long-name.example.org", nullptr);
    if (error != DANEBOUND_OK) {
      allocations_left = -1;
      EXPECT_EQ(error, DANEBOUND_ERROR_MEMORY);
    }
    return error == DANEBOUND_OK;
  });
  EXPECT_GT(failures, 1);
}

}  // namespace
}  // namespace danebound
