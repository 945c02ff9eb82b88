// Faults on the way to the module: each is an error in time, never a verdict,
// and the next call finds its way again.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "stub/client/client.h"
#include "stub/client/unix_socket.h"
#include "tests/client/module_server.h"

namespace danebound {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kTimeout = absl::Milliseconds(150);
constexpr absl::Duration kGrace = absl::Milliseconds(50);

LookupOptions Within(absl::Duration timeout) {
  LookupOptions options;
  options.timeout = timeout;
  return options;
}

absl::StatusOr<Verdict> LookUp(Client& client,
                               absl::Duration timeout = kTimeout) {
  return client.Lookup(Domain("example.org"), Within(timeout));
}

// Expects an error that names the socket, within the timeout and 50 ms. A busy
// machine may delay a call, so the best of three counts.
absl::Status ErrorInTime(Client& client, const std::string& path) {
  absl::Duration best = absl::InfiniteDuration();
  absl::Status status;
  for (int i = 0; i < 3 && best > kTimeout + kGrace; ++i) {
    const absl::Time start = absl::Now();
    status = LookUp(client).status();
    best = std::min(best, absl::Now() - start);
    EXPECT_FALSE(status.ok());
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  }
  EXPECT_LE(best, kTimeout + kGrace);
  return status;
}

size_t OpenDescriptors() {
  size_t count = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    ++count;
  }
  return count;
}

class HostileServer : public ::testing::Test {
 protected:
  // A behaviour that is met on every connection.
  absl::Status ErrorFrom(const ModuleServer::Behaviour& behaviour) {
    ModuleServer server(path_, behaviour);
    Client client({path_});
    return ErrorInTime(client, path_);
  }

  // A behaviour that is met on the first connection alone; the client's first
  // call meets it, and then the module is well.
  void ExpectRecovery(const ModuleServer::Behaviour& behaviour) {
    ModuleServer server(path_, [&](AcceptedClient& peer, int number) {
      if (number == 0) return behaviour(peer, number);
      AnswerLookups(peer);
    });
    Client client({path_});
    LookUp(client).IgnoreError();
    EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.SocketPath();
};

TEST_F(HostileServer, NoSocket) {
  Client client({path_});
  const absl::Status status = ErrorInTime(client, path_);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("is Unbound running with the danebound module"));
}

TEST_F(HostileServer, NoSocketIsAnErrorAtOnceWhenPatienceIsOver) {
  std::unique_ptr<ModuleServer> server;
  Client client({path_, kTimeout});
  EXPECT_EQ(LookUp(client, absl::Seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
  const absl::Time start = absl::Now();
  EXPECT_EQ(LookUp(client, absl::Seconds(5)).status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_LE(absl::Now() - start, kGrace);
  server = std::make_unique<ModuleServer>(
      path_, [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
}

TEST_F(HostileServer, SocketWithoutAListener) {
  close(Listen(path_, 1));
  Client client({path_});
  EXPECT_THAT(std::string(ErrorInTime(client, path_).message()),
              HasSubstr("nothing listens there"));
}

TEST_F(HostileServer, FileInPlaceOfTheSocket) {
  std::ofstream(path_) << "not a socket";
  Client client({path_});
  ErrorInTime(client, path_).IgnoreError();
}

TEST_F(HostileServer, FolderInPlaceOfTheSocket) {
  Client client({folder_.path()});
  ErrorInTime(client, folder_.path()).IgnoreError();
}

TEST_F(HostileServer, NoPermission) {
  const bool is_root = geteuid() == 0;
  ModuleServer server(path_,
                      [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  ASSERT_EQ(chmod(path_.c_str(), 0), 0);
  if (is_root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  Client client({path_});
  const absl::Status status = ErrorInTime(client, path_);
  if (is_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(HostileServer, PathThatCannotBeASocket) {
  for (const std::string& path :
       {std::string(), std::string(108, 'x'), std::string("a\0b", 3)}) {
    Client client({path});
    EXPECT_EQ(LookUp(client).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

TEST_F(HostileServer, NobodyAccepts) {
  const int listener = Listen(path_, 0);
  // One connection fills the queue.
  Client first({path_});
  Client second({path_});
  EXPECT_FALSE(LookUp(first, absl::Milliseconds(10)).ok());
  ErrorInTime(first, path_).IgnoreError();
  ErrorInTime(second, path_).IgnoreError();
  close(listener);
}

TEST_F(HostileServer, AcceptsAndIsSilent) {
  const auto silent = [](AcceptedClient& peer, int) { peer.WaitForClose(); };
  EXPECT_EQ(ErrorFrom(silent).code(), absl::StatusCode::kDeadlineExceeded);
  ExpectRecovery(silent);
}

TEST_F(HostileServer, ClosesAtOnce) {
  const auto closes = [](AcceptedClient& peer, int) { peer.Close(); };
  EXPECT_EQ(ErrorFrom(closes).code(), absl::StatusCode::kDeadlineExceeded);
  ExpectRecovery(closes);
}

TEST_F(HostileServer, ClosesAfterTheRequest) {
  const auto closes = [](AcceptedClient& peer, int) { peer.ReadLookup(); };
  EXPECT_THAT(std::string(ErrorFrom(closes).message()),
              HasSubstr("the connection ended"));
  ExpectRecovery(closes);
}

TEST_F(HostileServer, ClosesAnywhereInTheReply) {
  const std::string whole =
      EncodeFrame(1, LookupReply{FactsFor(Domain("example.org")), false}, 0)
          .value();
  for (size_t size = 1; size < whole.size(); size += 7) {
    const auto cuts = [&](AcceptedClient& peer, int) {
      peer.ReadLookup();
      peer.SendOctets(whole.substr(0, size));
    };
    ModuleServer server(path_, cuts);
    Client client({path_, absl::Milliseconds(1)});
    EXPECT_EQ(LookUp(client).status().code(), absl::StatusCode::kUnavailable);
  }
}

TEST_F(HostileServer, StopsInTheMiddleOfTheReply) {
  const auto stalls = [](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    const std::string whole =
        EncodeFrame(request->id,
                    LookupReply{FactsFor(Domain("example.org")), false}, 0)
            .value();
    peer.SendOctets(whole.substr(0, whole.size() / 2));
    peer.WaitForClose();
  };
  EXPECT_EQ(ErrorFrom(stalls).code(), absl::StatusCode::kDeadlineExceeded);
  ExpectRecovery(stalls);
}

TEST_F(HostileServer, RepliesWithGarbage) {
  const auto garbage = [](AcceptedClient& peer, int) {
    peer.ReadLookup();
    peer.SendOctets("220 mail.example ESMTP\r\n");
    peer.WaitForClose();
  };
  EXPECT_EQ(ErrorFrom(garbage).code(), absl::StatusCode::kDataLoss);
  ExpectRecovery(garbage);
}

TEST_F(HostileServer, NeverStopsSending) {
  EXPECT_EQ(ErrorFrom([](AcceptedClient& peer, int) {
              peer.ReadLookup();
              // Errors of the connection, each of which is well formed.
              const std::string frame =
                  EncodeFrame(0, ErrorReply{ErrorCode::kBusy, "x"}, 0).value();
              for (int i = 0; i < 10000; ++i) peer.SendOctets(frame);
            }).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HostileServer, SpeaksAnotherVersion) {
  const auto version_1 = [](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    std::string frame =
        EncodeFrame(request->id,
                    LookupReply{FactsFor(Domain("example.org")), false}, 0)
            .value();
    frame[4] = 1;
    peer.SendOctets(frame);
    peer.WaitForClose();
  };
  const absl::Status status = ErrorFrom(version_1);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("protocol version 1, not 2: use client and "
                        "module of one release"));
  ExpectRecovery(version_1);
}

TEST_F(HostileServer, AnswersForAnotherDomain) {
  const auto other = [](AcceptedClient& peer, int) {
    const auto request = peer.ReadLookup();
    Facts insecure = FactsFor(Domain("other.example"));
    insecure.security = Security::kInsecure;
    peer.Send(request->id, LookupReply{insecure, true});
    peer.WaitForClose();
  };
  const absl::Status status = ErrorFrom(other);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("the reply is for other.example"));
  ExpectRecovery(other);
}

TEST_F(HostileServer, RefusesTheConnectionForWhatItIs) {
  EXPECT_EQ(ErrorFrom([](AcceptedClient& peer, int) {
              peer.Send(0, ErrorReply{ErrorCode::kVersion, "version 9"});
              peer.WaitForClose();
            }).code(),
            absl::StatusCode::kUnimplemented);
  EXPECT_EQ(ErrorFrom([](AcceptedClient& peer, int) {
              peer.Send(0, ErrorReply{ErrorCode::kBusy, "512 connections"});
            }).code(),
            absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HostileServer, IsStoppingAndComesBack) {
  ModuleServer server(path_, [](AcceptedClient& peer, int number) {
    if (number > 0) return AnswerLookups(peer);
    peer.Send(peer.ReadLookup()->id, ErrorReply{ErrorCode::kStopping, ""});
  });
  Client client({path_});
  EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HostileServer, IsBusyForAWhile) {
  ModuleServer server(path_, [](AcceptedClient& peer, int) {
    for (int i = 0; i < 3; ++i) {
      peer.Send(peer.ReadLookup()->id, ErrorReply{ErrorCode::kBusy, ""});
    }
    AnswerLookups(peer);
  });
  Client client({path_});
  EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  EXPECT_EQ(server.connections(), 1);
}

// A reload: the socket goes away in the middle of a call, and comes back.
TEST_F(HostileServer, RestartsInTheMiddleOfACall) {
  auto first = std::make_unique<ModuleServer>(
      path_, [](AcceptedClient& peer, int) { peer.ReadLookup(); });
  std::unique_ptr<ModuleServer> second;
  std::thread restart([&] {
    while (first->connections() == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    first.reset();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    second = std::make_unique<ModuleServer>(
        path_, [](AcceptedClient& peer, int) { AnswerLookups(peer); });
  });
  Client client({path_});
  const absl::StatusOr<Verdict> verdict = LookUp(client, absl::Seconds(5));
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  restart.join();
}

TEST_F(HostileServer, RestartsBetweenTwoCalls) {
  Client client({path_, absl::ZeroDuration()});
  for (int i = 0; i < 3; ++i) {
    ModuleServer server(path_, [](AcceptedClient& peer, int) {
      const auto request = peer.ReadLookup();
      const auto& lookup = std::get<LookupRequest>(request->message);
      peer.Send(request->id, LookupReply{FactsFor(lookup.next_hop), false});
    });
    EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  }
}

TEST_F(HostileServer, LeaksNoDescriptor) {
  Client client({path_});
  LookUp(client).IgnoreError();
  const size_t before = OpenDescriptors();
  {
    ModuleServer server(path_, [](AcceptedClient& peer, int number) {
      if (number % 2 == 0) peer.ReadLookup();
      if (number % 3 == 0) peer.SendOctets("garbage, garbage");
    });
    for (int i = 0; i < 12; ++i) LookUp(client).IgnoreError();
  }
  LookUp(client).IgnoreError();
  EXPECT_EQ(OpenDescriptors(), before);
}

volatile sig_atomic_t g_signals = 0;

void CountSignal(int) { g_signals = g_signals + 1; }

// Counts a signal, without SA_RESTART, while it lives.
class SignalCount {
 public:
  explicit SignalCount(int signal_number) : signal_number_(signal_number) {
    struct sigaction action = {};
    action.sa_handler = CountSignal;
    g_signals = 0;
    sigaction(signal_number_, &action, &before_);
  }
  ~SignalCount() { sigaction(signal_number_, &before_, nullptr); }

 private:
  int signal_number_;
  struct sigaction before_ = {};
};

TEST_F(HostileServer, RaisesNoSigpipe) {
  const SignalCount count(SIGPIPE);
  const int listener = Listen(path_, 1);
  UnixSocket socket;
  ASSERT_EQ(socket.Connect(path_), 0);
  close(accept(listener, nullptr, nullptr));
  EXPECT_EQ(socket.Send("x"), -1);
  EXPECT_EQ(errno, EPIPE);
  EXPECT_EQ(g_signals, 0);
  close(listener);
}

TEST_F(HostileServer, KeepsDeadlinesInAStormOfSignals) {
  const SignalCount count(SIGALRM);
  const itimerval storm = {{0, 500}, {0, 500}};
  const itimerval calm = {};
  ASSERT_EQ(setitimer(ITIMER_REAL, &storm, nullptr), 0);
  const absl::Status silent =
      ErrorFrom([](AcceptedClient& peer, int) { peer.WaitForClose(); });
  {
    ModuleServer server(path_,
                        [](AcceptedClient& peer, int) { AnswerLookups(peer); });
    Client client({path_});
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
    }
  }
  setitimer(ITIMER_REAL, &calm, nullptr);
  EXPECT_EQ(silent.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_GT(g_signals, 20);
}

// Runs in a child process; says whether it returned true.
template <typename Function>
bool InChild(Function function) {
  const pid_t child = fork();
  if (child == 0) _exit(function() ? 0 : 1);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// Serves each connection in a process of its own until killed.
class ForkingServer {
 public:
  explicit ForkingServer(const std::string& path)
      : listener_(Listen(path, 16)) {
    server_ = fork();
    if (server_ == 0) Serve();
  }
  ~ForkingServer() {
    kill(-server_, SIGKILL);
    kill(server_, SIGKILL);
    waitpid(server_, nullptr, 0);
    close(listener_);
  }

 private:
  [[noreturn]] void Serve() const {
    setpgid(0, 0);
    signal(SIGCHLD, SIG_IGN);
    while (true) {
      AcceptedClient peer(accept(listener_, nullptr, nullptr));
      if (fork() != 0) continue;
      AnswerLookups(peer);
      _exit(0);
    }
  }

  int listener_;
  pid_t server_ = -1;
};

TEST_F(HostileServer, ForkAfterOpenGivesTheChildItsOwnConnection) {
  ForkingServer server(path_);
  Client client({path_});
  ASSERT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  EXPECT_TRUE(InChild([&client] {
    for (int i = 0; i < 20; ++i) {
      if (!LookUp(client, absl::Seconds(5)).ok()) return false;
    }
    return true;
  }));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  }
}

TEST_F(HostileServer, ParentAndChildDoNotTakeEachOthersReplies) {
  ForkingServer server(path_);
  Client client({path_});
  ASSERT_TRUE(LookUp(client, absl::Seconds(5)).ok());
  const auto ask_many = [&client](absl::string_view prefix) {
    for (int i = 0; i < 200; ++i) {
      const NextHop domain = Domain(absl::StrCat(prefix, i, ".example"));
      const auto verdict = client.Lookup(domain, Within(absl::Seconds(5)));
      if (!verdict.ok() || !(verdict->next_hop == domain)) return false;
    }
    return true;
  };
  const pid_t child = fork();
  if (child == 0) _exit(ask_many("child") ? 0 : 1);
  EXPECT_TRUE(ask_many("parent"));
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(HostileServer, WorksWithoutStandardDescriptors) {
  ForkingServer server(path_);
  EXPECT_TRUE(InChild([this] {
    close(0);
    close(1);
    close(2);
    EventClient client({path_});
    client.Start(LookupRequest{Domain("example.org")}, absl::Seconds(5));
    client.Advance();
    const bool apart = client.fd() > 2 && fcntl(0, F_GETFD) == -1 &&
                       fcntl(1, F_GETFD) == -1 && fcntl(2, F_GETFD) == -1;
    Client blocking({path_});
    return apart && LookUp(blocking, absl::Seconds(5)).ok();
  }));
}

}  // namespace
}  // namespace danebound
