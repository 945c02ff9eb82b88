// Lookups through C without a module; those against real zones are in
// examples_test.py.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/include/danebound.h"
#include "tests/c/owners.h"
#include "tests/embedded/folder.h"
#include "tests/embedded/signed_root.h"

namespace danebound {
namespace {

using testing::HasSubstr;
using testing::StrEq;

using EmbeddedPtr =
    std::unique_ptr<danebound_embedded, FreeObject<danebound_embedded_free>>;

constexpr const char* kAnchor =
    "server:\n trust-anchor: \". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n";

struct Made {
  int error;
  EmbeddedPtr embedded;
  std::string why;
};

Made New(const char* unbound_conf, const char* trust_anchor_file) {
  danebound_embedded* embedded = nullptr;
  char* why = nullptr;
  const int error =
      danebound_embedded_new(unbound_conf, trust_anchor_file, &embedded, &why);
  return {error, EmbeddedPtr(embedded), TakeText(why)};
}

TEST(CEmbedded, NamesAFileThatDoesNotExist) {
  const Made made = New("/nowhere/unbound.conf", nullptr);
  EXPECT_EQ(made.error, DANEBOUND_ERROR_NOT_FOUND);
  EXPECT_EQ(made.embedded, nullptr);
  EXPECT_THAT(made.why, HasSubstr("/nowhere/unbound.conf"));
}

TEST(CEmbedded, RefusesAConfigurationThatIsNone) {
  const Folder folder;
  const std::string conf = folder.Write("bad.conf", "server:\n surely: not\n");
  const Made made = New(conf.c_str(), nullptr);
  EXPECT_EQ(made.error, DANEBOUND_ERROR_ARGUMENT);
  EXPECT_THAT(made.why, HasSubstr("bad.conf"));
}

// RFC 7672 2.1.1: bogus answers would pass for insecure ones.
TEST(CEmbedded, GivesNoVerdictsInPermissiveMode) {
  const Folder folder;
  const std::string conf = folder.Write(
      "unbound.conf", std::string(kAnchor) + " val-permissive-mode: yes\n");
  EXPECT_EQ(New(conf.c_str(), nullptr).error, DANEBOUND_ERROR_STATE);
}

TEST(CEmbedded, MakesTheVerdictsOfTheOtherLibraries) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", kAnchor);
  const Made made = New(conf.c_str(), nullptr);
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  danebound_verdict* verdict = nullptr;
  ASSERT_EQ(danebound_embedded_lookup(made.embedded.get(), "[192.0.2.1]",
                                      nullptr, &verdict, nullptr),
            DANEBOUND_OK);
  const CVerdictPtr owner(verdict);
  EXPECT_THAT(danebound_host_address(danebound_verdict_host(verdict, 0), 0),
              StrEq("192.0.2.1"));
}

TEST(CEmbedded, RefusesNullAndWhatIsNoNextHop) {
  const Folder folder;
  const std::string conf = folder.Write("unbound.conf", kAnchor);
  const Made made = New(conf.c_str(), nullptr);
  danebound_verdict* verdict = nullptr;
  const int refused = DANEBOUND_ERROR_ARGUMENT;
  EXPECT_EQ(danebound_embedded_new(nullptr, nullptr, nullptr, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(nullptr, "a.example", nullptr, &verdict,
                                      nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), "a..b", nullptr,
                                      &verdict, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), nullptr, nullptr,
                                      &verdict, nullptr),
            refused);
  EXPECT_EQ(danebound_embedded_lookup(made.embedded.get(), "[192.0.2.1]",
                                      nullptr, nullptr, nullptr),
            refused);
  EXPECT_EQ(verdict, nullptr);
  danebound_embedded_free(nullptr);
}

// --- Without waiting

// A resolver whose only name server is this host's port 9, which answers
// nobody.
constexpr const char* kSilent =
    "forward-zone:\n name: .\n forward-addr: 127.0.0.1@9\n";

uint64_t Start(danebound_embedded* embedded, const char* next_hop,
               uint32_t timeout_ms = 20000) {
  const OptionsPtr options(danebound_options_new());
  danebound_options_set_timeout(options.get(), timeout_ms);
  uint64_t ticket = 0;
  EXPECT_EQ(danebound_embedded_start(embedded, next_hop, options.get(), &ticket,
                                     nullptr),
            DANEBOUND_OK);
  return ticket;
}

// The end of the next lookup, by its ticket, in a loop that waits for nothing
// but what danebound.h says.
struct Took {
  uint64_t ticket = 0;
  LookupEnd end;
  int turns = 0;
};

Took Next(danebound_embedded* embedded) {
  Took took;
  while (took.ticket == 0 && took.turns < 10000) {
    ++took.turns;
    pollfd ready = {danebound_embedded_fd(embedded),
                    danebound_embedded_events(embedded), 0};
    poll(&ready, 1, danebound_embedded_poll_timeout(embedded));
    danebound_embedded_advance(embedded);
    danebound_verdict* verdict = nullptr;
    char* why = nullptr;
    took.ticket =
        danebound_embedded_take(embedded, &took.end.error, &verdict, &why);
    took.end.verdict.reset(verdict);
    took.end.why = TakeText(why);
  }
  return took;
}

class CEmbeddedLoop : public testing::Test {
 protected:
  // The signed zone of tests/embedded, without a network.
  CEmbeddedLoop()
      : made_(
            New(folder_.Write("unbound.conf", SignedRootConf(folder_)).c_str(),
                nullptr)) {}

  danebound_embedded* embedded() const { return made_.embedded.get(); }

  const Folder folder_;
  const Made made_;
};

TEST_F(CEmbeddedLoop, EndsALookupUnderItsTicket) {
  const uint64_t ticket = Start(embedded(), "a.example");
  EXPECT_EQ(danebound_embedded_open_count(embedded()), 1U);
  EXPECT_EQ(danebound_embedded_poll_timeout(embedded()), 0);
  const Took took = Next(embedded());
  EXPECT_EQ(took.ticket, ticket);
  ASSERT_EQ(took.end.error, DANEBOUND_OK) << took.end.why;
  EXPECT_EQ(danebound_verdict_security(took.end.verdict.get()),
            DANEBOUND_SECURITY_SECURE);
  EXPECT_THAT(
      danebound_host_name(danebound_verdict_host(took.end.verdict.get(), 0)),
      StrEq("mx.a.example"));
  EXPECT_EQ(danebound_embedded_open_count(embedded()), 0U);
}

TEST_F(CEmbeddedLoop, EndsALookupOfAnAddressAtOnce) {
  Start(embedded(), "[192.0.2.1]");
  EXPECT_EQ(Next(embedded()).turns, 1);
}

TEST_F(CEmbeddedLoop, WaitsBlockingWhileOtherLookupsGoOn) {
  const uint64_t ticket = Start(embedded(), "a.example");
  danebound_verdict* verdict = nullptr;
  ASSERT_EQ(danebound_embedded_lookup(embedded(), "a.example", nullptr,
                                      &verdict, nullptr),
            DANEBOUND_OK);
  const CVerdictPtr owner(verdict);
  EXPECT_EQ(danebound_verdict_disposition(verdict),
            DANEBOUND_DISPOSITION_DELIVER);
  EXPECT_EQ(Next(embedded()).ticket, ticket);
}

TEST_F(CEmbeddedLoop, ForgetsWhatWasGivenUp) {
  const uint64_t open = Start(embedded(), "a.example");
  const uint64_t kept = Start(embedded(), "a.example");
  danebound_embedded_cancel(embedded(), open);
  danebound_embedded_cancel(embedded(), 12345);
  EXPECT_EQ(danebound_embedded_open_count(embedded()), 1U);
  EXPECT_EQ(Next(embedded()).ticket, kept);
}

TEST_F(CEmbeddedLoop, LooksManyUpInOneCall) {
  const std::vector<const char*> next_hops(100, "a.example");
  std::vector<danebound_verdict*> verdicts(100);
  EXPECT_EQ(
      danebound_embedded_lookup_all(embedded(), next_hops.data(), 100, nullptr,
                                    verdicts.data(), nullptr, nullptr),
      DANEBOUND_OK);
  for (danebound_verdict* verdict : verdicts) {
    EXPECT_EQ(danebound_verdict_disposition(verdict),
              DANEBOUND_DISPOSITION_DELIVER);
    danebound_verdict_free(verdict);
  }
}

TEST_F(CEmbeddedLoop, TestsItself) {
  const uint64_t ticket = Start(embedded(), "a.example");
  danebound_self_test* test = nullptr;
  ASSERT_EQ(danebound_embedded_self_test(embedded(), 20000, &test, nullptr),
            DANEBOUND_OK);
  const std::unique_ptr<danebound_self_test,
                        FreeObject<danebound_self_test_free>>
      owner(test);
  EXPECT_EQ(danebound_self_test_count(test), 4U);
  EXPECT_THAT(danebound_self_test_check_name(test, 2), StrEq("trust-anchor"));
  EXPECT_EQ(danebound_self_test_check_result(test, 2), DANEBOUND_CHECK_PASSED);
  EXPECT_EQ(danebound_self_test_result(test), DANEBOUND_CHECK_PASSED);
  EXPECT_EQ(Next(embedded()).ticket, ticket);
}

// RFC 7672 2.1.2. The loop sleeps meanwhile.
TEST(CEmbeddedSilent, EndsALookupAtItsTimeout) {
  const Folder folder;
  const std::string conf =
      folder.Write("unbound.conf", std::string(kAnchor) + kSilent);
  const Made made = New(conf.c_str(), nullptr);
  ASSERT_EQ(made.error, DANEBOUND_OK) << made.why;
  Start(made.embedded.get(), "a.example", 300);
  const Took took = Next(made.embedded.get());
  EXPECT_EQ(took.end.error, DANEBOUND_OK);
  EXPECT_EQ(danebound_verdict_disposition(took.end.verdict.get()),
            DANEBOUND_DISPOSITION_DEFER);
  EXPECT_LT(took.turns, 200);
}

// A name server that takes questions and answers none.
class Listener {
 public:
  Listener() {
    sockaddr_in own = {};
    own.sin_family = AF_INET;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof own;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&own), length), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &length);
    port_ = ntohs(own.sin_port);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { close(fd_); }

  int port() const { return port_; }

 private:
  const int fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
};

// A resolver that asks it, and waits between its questions.
struct Waiting {
  Folder folder;
  Listener listener;
  Made made =
      New(folder
              .Write("unbound.conf",
                     absl::StrCat(kAnchor, " do-not-query-localhost: no\n",
                                  "forward-zone:\n name: .\n"
                                  " forward-addr: 127.0.0.1@",
                                  listener.port(), "\n"))
              .c_str(),
          nullptr);
  danebound_embedded* embedded = made.embedded.get();
};

// libunbound asks again after ever longer times, which libevent tells by the
// wall clock; that may be set.
TEST(CEmbeddedSilent, SleepsNoLongerThanASecondWhileLookupsAreOpen) {
  const Waiting waiting;
  ASSERT_EQ(waiting.made.error, DANEBOUND_OK) << waiting.made.why;
  Start(waiting.embedded, "a.example");
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::seconds(3)) {
    danebound_embedded_advance(waiting.embedded);
    const int timeout = danebound_embedded_poll_timeout(waiting.embedded);
    ASSERT_GE(timeout, 0);
    ASSERT_LE(timeout, 1000);
    pollfd ready = {danebound_embedded_fd(waiting.embedded),
                    danebound_embedded_events(waiting.embedded), 0};
    poll(&ready, 1, timeout);
  }
  EXPECT_EQ(danebound_embedded_open_count(waiting.embedded), 1U);
}

// Takes the epoll set of libevent away from it.
void BreakLoop(const danebound_embedded* embedded) {
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int broken = 0;
  for (int fd = 0; fd < 256; ++fd) {
    std::error_code none;
    const auto what =
        std::filesystem::read_symlink(absl::StrCat("/proc/self/fd/", fd), none);
    if (what == "anon_inode:[eventpoll]" &&
        fd != danebound_embedded_fd(embedded)) {
      dup2(null, fd);
      ++broken;
    }
  }
  close(null);
  EXPECT_EQ(broken, 1);
}

// RFC 7672 2.1.2: an error, once; then there is nothing to wake up for.
TEST(CEmbeddedSilent, SleepsWhenItsLoopHasFailed) {
  const Waiting waiting;
  ASSERT_EQ(waiting.made.error, DANEBOUND_OK) << waiting.made.why;
  const uint64_t ticket = Start(waiting.embedded, "a.example");
  danebound_embedded_advance(waiting.embedded);
  BreakLoop(waiting.embedded);
  const Took took = Next(waiting.embedded);
  EXPECT_EQ(took.ticket, ticket);
  EXPECT_EQ(took.end.error, DANEBOUND_ERROR_INTERNAL);
  EXPECT_EQ(danebound_embedded_poll_timeout(waiting.embedded), -1);
  pollfd ready = {danebound_embedded_fd(waiting.embedded),
                  danebound_embedded_events(waiting.embedded), 0};
  EXPECT_EQ(poll(&ready, 1, 0), 0);
}

TEST(CEmbeddedSilent, FailsItsSelfTest) {
  const Folder folder;
  const std::string conf =
      folder.Write("unbound.conf", std::string(kAnchor) + kSilent);
  const Made made = New(conf.c_str(), nullptr);
  danebound_self_test* test = nullptr;
  ASSERT_EQ(
      danebound_embedded_self_test(made.embedded.get(), 100, &test, nullptr),
      DANEBOUND_OK);
  EXPECT_EQ(danebound_self_test_result(test), DANEBOUND_CHECK_FAILED);
  danebound_self_test_free(test);
}

// Under AddressSanitizer: nothing calls back into what is gone.
TEST(CEmbeddedSilent, MayGoWithLookupsOpen) {
  const Folder folder;
  const std::string conf =
      folder.Write("unbound.conf", std::string(kAnchor) + kSilent);
  const Made made = New(conf.c_str(), nullptr);
  Start(made.embedded.get(), "a.example");
  danebound_embedded_advance(made.embedded.get());
  EXPECT_GE(danebound_embedded_poll_timeout(made.embedded.get()), 0);
}

TEST(CEmbedded, LeavesNothingInOutPointersAfterAFailure) {
  int mark = 0;
  auto* embedded = reinterpret_cast<danebound_embedded*>(&mark);
  EXPECT_LT(danebound_embedded_new("/nowhere", nullptr, &embedded, nullptr), 0);
  EXPECT_EQ(embedded, nullptr);
  auto* verdict = reinterpret_cast<danebound_verdict*>(&mark);
  EXPECT_LT(
      danebound_embedded_lookup(nullptr, "a.b", nullptr, &verdict, nullptr), 0);
  EXPECT_EQ(verdict, nullptr);
  uint64_t ticket = 7;
  EXPECT_LT(danebound_embedded_start(nullptr, "a.b", nullptr, &ticket, nullptr),
            0);
  EXPECT_EQ(ticket, 0U);
  auto* test = reinterpret_cast<danebound_self_test*>(&mark);
  EXPECT_LT(danebound_embedded_self_test(nullptr, 1, &test, nullptr), 0);
  EXPECT_EQ(test, nullptr);
  int error = 7;
  verdict = reinterpret_cast<danebound_verdict*>(&mark);
  EXPECT_EQ(danebound_embedded_take(nullptr, &error, &verdict, nullptr), 0U);
  EXPECT_EQ(error, 0);
  EXPECT_EQ(verdict, nullptr);
  const char* next_hop = "a.b";
  verdict = reinterpret_cast<danebound_verdict*>(&mark);
  EXPECT_LT(danebound_embedded_lookup_all(nullptr, &next_hop, 1, nullptr,
                                          &verdict, nullptr, nullptr),
            0);
  EXPECT_EQ(verdict, nullptr);
}

TEST(CEmbedded, IsSafeWhereThereIsNone) {
  EXPECT_EQ(danebound_embedded_fd(nullptr), -1);
  EXPECT_EQ(danebound_embedded_events(nullptr), 0);
  EXPECT_EQ(danebound_embedded_poll_timeout(nullptr), -1);
  EXPECT_EQ(danebound_embedded_open_count(nullptr), 0U);
  danebound_embedded_advance(nullptr);
  danebound_embedded_cancel(nullptr, 1);
}

}  // namespace
}  // namespace danebound
