// What needs no name server: options, errors, deadlines.
#include "stub/embedded/embedded.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/embedded/folder.h"

namespace danebound {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// A key nobody has: the tests here ask nobody.
constexpr const char* kAnchor =
    "trust-anchor: \". DS 20326 8 2 "
    "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\"\n";

NextHop Hop(absl::string_view text) { return ParseNextHop(text).value(); }

// A name server that hears everything and never answers.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  ~SilentServer() { close(socket_); }

  std::string Forwarder() const { return absl::StrCat("127.0.0.1@", port_); }

  bool HeardSomething() const {
    char octet = 0;
    return recv(socket_, &octet, 1, MSG_DONTWAIT | MSG_TRUNC) > 0;
  }

  // A configuration that asks this server alone.
  std::string Conf() const {
    return absl::StrCat("server:\n", kAnchor,
                        "forward-zone:\n name: .\n forward-addr: 127.0.0.1@",
                        port_, "\n");
  }

 private:
  int socket_;
  uint16_t port_ = 0;
};

class EmbeddedTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Embedded>> New(absl::string_view conf) {
    EmbeddedOptions options;
    options.unbound_conf = folder_.Write("unbound.conf", conf);
    return Embedded::New(options);
  }

  void ExpectRefused(absl::string_view conf, absl::StatusCode code,
                     const ::testing::Matcher<const std::string&>& message) {
    const absl::Status status = New(conf).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), message);
  }

  Folder folder_;
};

// --- What is refused

TEST_F(EmbeddedTest, NamesAConfigurationThatIsNotThere) {
  EmbeddedOptions options;
  options.unbound_conf = folder_.Path("gone.conf");
  const absl::Status status = Embedded::New(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("gone.conf"), HasSubstr("No such file")));
}

TEST_F(EmbeddedTest, NamesFileAndLineOfABadSetting) {
  testing::internal::CaptureStderr();
  ExpectRefused("server:\n  do-ip6: perhaps\n",
                absl::StatusCode::kInvalidArgument,
                AllOf(HasSubstr(folder_.Path("unbound.conf:2")),
                      HasSubstr("expected yes or no")));
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
}

TEST_F(EmbeddedTest, NamesFileAndLineInAnIncludedFile) {
  const std::string path = folder_.Write("more.conf", "server:\n\n  bad: 1\n");
  ExpectRefused("include: " + path, absl::StatusCode::kInvalidArgument,
                HasSubstr(path + ":3"));
}

// RFC 7672 2.1.1 lives from bogus answers being seen.
TEST_F(EmbeddedTest, RefusesPermissiveMode) {
  ExpectRefused(
      absl::StrCat("server:\n val-permissive-mode: yes\n", kAnchor),
      absl::StatusCode::kFailedPrecondition,
      AllOf(HasSubstr("unbound.conf"), HasSubstr("val-permissive-mode")));
}

TEST_F(EmbeddedTest, RefusesPermissiveModeInAnIncludedFile) {
  const std::string path =
      folder_.Write("more.conf", "server: val-permissive-mode: yes");
  ExpectRefused(absl::StrCat("server:\n", kAnchor, "include: ", path),
                absl::StatusCode::kFailedPrecondition,
                HasSubstr("val-permissive-mode"));
}

TEST_F(EmbeddedTest, RefusesToBeWithoutTrustAnchor) {
  for (const char* conf :
       {"", "server: do-ip6: no", "server: trust-anchor-file: \"\""}) {
    ExpectRefused(conf, absl::StatusCode::kFailedPrecondition,
                  HasSubstr("no trust anchor"));
  }
}

TEST_F(EmbeddedTest, RefusesWhereAllTrustAnchorsAreRevoked) {
  const std::string path = folder_.Write("root.key", ";;REVOKED\n;;id: . 1\n");
  ExpectRefused("server: auto-trust-anchor-file: " + path,
                absl::StatusCode::kFailedPrecondition,
                HasSubstr("no trust anchor"));
}

TEST_F(EmbeddedTest, NamesATrustAnchorFileThatIsNotThere) {
  const std::string path = folder_.Path("gone.key");
  EmbeddedOptions options;
  options.trust_anchor_file = path;
  const absl::Status status = Embedded::New(options).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  ExpectRefused("server: trust-anchor-file: " + path,
                absl::StatusCode::kInvalidArgument, HasSubstr(path));
  ExpectRefused("server: auto-trust-anchor-file: " + path,
                absl::StatusCode::kNotFound, HasSubstr(path));
}

TEST_F(EmbeddedTest, NamesATrustAnchorFileWithoutKeys) {
  const std::string path = folder_.Write("root.key", "this is no key\n");
  ExpectRefused("server: trust-anchor-file: " + path,
                absl::StatusCode::kInvalidArgument, HasSubstr(path));
}

// Nothing would be secure, and nothing would say so.
TEST_F(EmbeddedTest, RefusesFilesWithoutATrustAnchor) {
  for (const char* text : {"", "; a comment\n", "\n\n"}) {
    const std::string path = folder_.Write("root.key", text);
    ExpectRefused("server: trust-anchor-file: " + path,
                  absl::StatusCode::kInvalidArgument, HasSubstr(path));
    ExpectRefused(
        absl::StrCat("server:\n", kAnchor, "trust-anchor-file: ", path),
        absl::StatusCode::kInvalidArgument, HasSubstr(path));
    ExpectRefused("server:auto-trust-anchor-file: " + path,
                  absl::StatusCode::kFailedPrecondition,
                  HasSubstr("no trust anchor"));
    EmbeddedOptions options;
    options.trust_anchor_file = path;
    EXPECT_EQ(Embedded::New(options).status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

// libunbound passes over them in silence.
TEST_F(EmbeddedTest, RefusesTrustedKeysFilesWithoutKeys) {
  for (const char* text : {"", "# a comment\n", "trusted-keys { };\n"}) {
    const std::string path = folder_.Write("bind.keys", text);
    for (const std::string& name : {path, folder_.Path("*.keys")}) {
      ExpectRefused(
          absl::StrCat("server:\n", kAnchor, "trusted-keys-file: ", name),
          absl::StatusCode::kInvalidArgument,
          AllOf(HasSubstr(path), HasSubstr("no trust anchor")));
    }
  }
  for (const std::string& path :
       {folder_.Path("gone.keys"), folder_.Path("*.none")}) {
    ExpectRefused(
        absl::StrCat("server:\n", kAnchor, "trusted-keys-file: ", path),
        absl::StatusCode::kInvalidArgument, HasSubstr(path));
  }
}

// RFC 5011 2.4.1: none counts yet.
TEST_F(EmbeddedTest, RefusesAFileWhoseKeysArePending) {
  const std::string path = folder_.Write(
      "auto.key", ". 1 IN DNSKEY 257 3 8 AwEA ;;state=1 [ ADDPEND ]\n");
  for (const char* beside : {"", kAnchor}) {
    ExpectRefused(
        absl::StrCat("server:\n", beside, "auto-trust-anchor-file: ", path),
        absl::StatusCode::kFailedPrecondition, HasSubstr(path));
  }
}

TEST_F(EmbeddedTest, NamesRootHintsThatAreNotThere) {
  ExpectRefused(
      absl::StrCat("server:\n", kAnchor, "root-hints: /gone/root.hints"),
      absl::StatusCode::kInvalidArgument, HasSubstr("/gone/root.hints"));
}

// --- What is taken as it comes

// The very file of an Unbound with the module: libunbound can't load it, has no
// such user, listens nowhere and is in no chroot.
TEST_F(EmbeddedTest, TakesTheConfigurationOfAServer) {
  const SilentServer server;
  const std::string anchor = folder_.Write(
      "root.key",
      ". DS 1 8 2 "
      "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
  const std::string log = folder_.Path("unbound.log");
  const auto embedded = New(absl::StrCat(
      server.Conf(), "server:\n module-config: \"dynlib validator iterator\"\n",
      " interface: 192.0.2.1\n interface: ::1@5353\n access-control: ::/0 "
      "allow\n username: \"nobody-has-this-name\"\n do-daemonize: yes\n",
      " chroot: \"", folder_.Path(""), "\"\n pidfile: \"/gone/unbound.pid\"\n",
      " use-syslog: yes\n verbosity: 5\n logfile: \"", log, "\"\n",
      " trust-anchor-file: \"", anchor, "\"\n",
      " num-threads: 4\n so-reuseport: yes\n msg-buffer-size: 4096\n",
      " tls-service-key: \"/gone.key\"\n tls-service-pem: \"/gone.pem\"\n",
      "dynlib:\n dynlib-file: \"/gone/danebound-module.so\"\n",
      "remote-control:\n control-enable: yes\n",
      " server-key-file: \"/gone.key\"\n", "python:\n python-script: x.py\n"));
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  const absl::StatusOr<Verdict> verdict =
      (*embedded)->Lookup(Hop("a.example"), {}, absl::Milliseconds(50));
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->disposition, Disposition::kDefer);
  EXPECT_FALSE(std::filesystem::exists(log));
}

// libunbound would rewrite the file, and end the process where it can't.
TEST_F(EmbeddedTest, LeavesTheFileOfTheResolversTrustAnchorAlone) {
  const std::string text =
      ";;id: . 1\n. 1 IN DS 20326 8 2 "
      "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n";
  const std::string path = folder_.Write("root.key", text);
  const auto embedded = New("server: auto-trust-anchor-file: " + path);
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  EXPECT_THAT((*embedded)->SelfTest(absl::Milliseconds(1))[2].text,
              StartsWith(path));
}

TEST_F(EmbeddedTest, FindsRelativeNamesInTheDirectoryOfTheConfiguration) {
  folder_.Write(
      "root.key",
      ". DS 20326 8 2 "
      "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D\n");
  const std::filesystem::path before = std::filesystem::current_path();
  for (const char* option : {"trust-anchor-file", "auto-trust-anchor-file"}) {
    const auto embedded =
        New(absl::StrCat("server:\n ", option, ": root.key\n directory: \"",
                         folder_.Path(""), "\"\n"));
    EXPECT_TRUE(embedded.ok()) << embedded.status();
    EXPECT_EQ(std::filesystem::current_path(), before);
  }
}

TEST_F(EmbeddedTest, SaysNothingOnStderr) {
  testing::internal::CaptureStderr();
  const SilentServer server;
  const auto embedded = New(server.Conf() + "server: verbosity: 5\n");
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  EXPECT_TRUE(
      (*embedded)->Lookup(Hop("a.example"), {}, absl::Milliseconds(50)).ok());
  EXPECT_THAT(testing::internal::GetCapturedStderr(), IsEmpty());
}

TEST_F(EmbeddedTest, CanBeMadeMoreThanOnce) {
  const SilentServer server;
  auto first = New(server.Conf());
  const auto second = New(server.Conf());
  ASSERT_TRUE(first.ok() && second.ok());
  first->reset();
  EXPECT_TRUE(
      (*second)->Lookup(Hop("a.example"), {}, absl::Milliseconds(20)).ok());
}

// --- Lookups

TEST_F(EmbeddedTest, RefusesTimeoutsThatLeaveNoTime) {
  const SilentServer server;
  const auto embedded = New(server.Conf());
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  for (const absl::Duration timeout :
       {absl::ZeroDuration(), absl::Seconds(-1)}) {
    EXPECT_EQ(
        (*embedded)->Lookup(Hop("a.example"), {}, timeout).status().code(),
        absl::StatusCode::kInvalidArgument);
  }
}

// RFC 7672 2.2: a literal involves no DNS.
TEST_F(EmbeddedTest, AnswersALiteralAtOnce) {
  const SilentServer server;
  const auto embedded = New(server.Conf());
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  const absl::StatusOr<Verdict> verdict =
      (*embedded)->Lookup(Hop("[192.0.2.1]"), {}, absl::InfiniteDuration());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->kind, Kind::kAddress);
  EXPECT_THAT(verdict->hosts, SizeIs(1));
}

TEST_F(EmbeddedTest, LooksUpNothingInAnEmptyList) {
  const SilentServer server;
  const auto embedded = New(server.Conf());
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  EXPECT_TRUE((*embedded)
                  ->LookupAll({}, {}, absl::Seconds(1),
                              [](size_t, const Verdict&) { FAIL(); })
                  .ok());
}

// RFC 7672 2.1.2: no answer in time is a failure, never "no DANE".
TEST_F(EmbeddedTest, DefersAtTheDeadlineWhenNobodyAnswers) {
  const SilentServer server;
  const auto embedded = New(server.Conf());
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  const absl::Time start = absl::Now();
  const absl::StatusOr<Verdict> verdict =
      (*embedded)->Lookup(Hop("a.example"), {}, absl::Milliseconds(200));
  const absl::Duration took = absl::Now() - start;
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_EQ(verdict->security, Security::kFailed);
  EXPECT_EQ(verdict->disposition, Disposition::kDefer);
  ASSERT_THAT(verdict->reasons, SizeIs(1));
  EXPECT_THAT(verdict->reasons[0].text,
              AllOf(HasSubstr("a.example MX"), HasSubstr("200ms")));
  EXPECT_GE(took, absl::Milliseconds(200));
  EXPECT_LT(took, absl::Milliseconds(1000));
}

// Five at a time, each with 100 ms: twelve take three rounds.
TEST_F(EmbeddedTest, BoundsLookupsThatRunAtTheSameTime) {
  const SilentServer server;
  EmbeddedOptions options;
  options.unbound_conf = folder_.Write("unbound.conf", server.Conf());
  options.parallel_lookups = 5;
  const auto embedded = Embedded::New(options);
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  std::vector<NextHop> next_hops;
  next_hops.reserve(12);
  for (int i = 0; i < 12; ++i) next_hops.push_back(Hop(absl::StrCat(i, ".x")));
  std::vector<int> calls(next_hops.size());
  const absl::Time start = absl::Now();
  ASSERT_TRUE((*embedded)
                  ->LookupAll(next_hops, {}, absl::Milliseconds(100),
                              [&](size_t index, const Verdict& verdict) {
                                ++calls[index];
                                EXPECT_EQ(verdict.next_hop, next_hops[index]);
                              })
                  .ok());
  EXPECT_THAT(calls, ::testing::Each(1));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
  EXPECT_LT(absl::Now() - start, absl::Milliseconds(1500));
}

TEST_F(EmbeddedTest, AsksItsForwarders) {
  const SilentServer silent;
  EmbeddedOptions options;
  options.unbound_conf =
      folder_.Write("unbound.conf", absl::StrCat("server:\n", kAnchor));
  options.forwarders = {"nobody"};
  EXPECT_EQ(Embedded::New(options).status(),
            absl::InvalidArgumentError("nobody is no IP address"));
  options.forwarders = {silent.Forwarder()};
  const auto embedded = Embedded::New(options);
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  const Answer answer =
      (*embedded)->Ask({Name(), RrType::kA}, absl::Milliseconds(100));
  EXPECT_EQ(answer.security, Security::kFailed);
  EXPECT_TRUE(silent.HeardSomething());
}

TEST_F(EmbeddedTest, FailsItsSelfTestWhenNobodyAnswers) {
  const SilentServer server;
  const auto embedded = New(server.Conf());
  ASSERT_TRUE(embedded.ok()) << embedded.status();
  const std::vector<SelfTestCheck> checks =
      (*embedded)->SelfTest(absl::Milliseconds(50));
  ASSERT_THAT(checks, SizeIs(4));
  EXPECT_EQ(checks[3].name, "known-name-secure");
  EXPECT_EQ(checks[3].result, SelfTestCheck::Result::kFailed);
  EXPECT_THAT(checks[3].text, HasSubstr("no answer within 50ms"));
}

// Half of the descriptors that the process may have stay with it.
TEST_F(EmbeddedTest, ClosesItsDescriptors) {
  const auto descriptors = [] {
    const std::filesystem::directory_iterator folder("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  const SilentServer server;
  const auto before = descriptors();
  for (int i = 0; i < 3; ++i) {
    const auto embedded = New(server.Conf());
    ASSERT_TRUE(embedded.ok()) << embedded.status();
    ASSERT_TRUE(
        (*embedded)->Lookup(Hop("a.example"), {}, absl::Milliseconds(20)).ok());
  }
  EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace danebound
