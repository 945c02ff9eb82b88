#include "stub/mta/postfix.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "stub/mta/run_program.h"
#include "stub/openssl/pointers.h"
#include "stub/serve/netstring.h"
#include "stub/serve/socketmap.h"

namespace danebound {
namespace {

using Result = SelfTestCheck::Result;
using AddressPtr = std::unique_ptr<addrinfo, FreeWith<freeaddrinfo>>;

// What Postfix asks for after a NOTFOUND, and serve answers without DNS.
constexpr absl::string_view kParentKey = ".danebound.invalid";

constexpr const char* kDebiansPostconf = "/usr/sbin/postconf";
constexpr absl::Duration kPostconfTimeout = absl::Seconds(30);
constexpr const char* kChrootSetting = "smtp/unix/chroot";

std::vector<std::string> Postconf(const std::string& folder,
                                  std::vector<std::string> rest) {
  // PATH of a user who is not root lacks the folder.
  const bool there = access(kDebiansPostconf, X_OK) == 0;
  std::vector<std::string> words = {there ? kDebiansPostconf : "postconf"};
  if (!folder.empty()) words.insert(words.end(), {"-c", folder});
  for (std::string& word : rest) words.push_back(std::move(word));
  return words;
}

// "name = value" lines.
std::map<std::string, std::string> ValuesIn(const std::string& text) {
  std::map<std::string, std::string> values;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    values[std::string(absl::StripAsciiWhitespace(parts.first))] =
        std::string(absl::StripAsciiWhitespace(parts.second));
  }
  return values;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

absl::Status LastError() {
  return absl::UnavailableError(std::strerror(errno));
}

void SetTimeout(int fd, absl::Duration timeout) {
  const timeval time = absl::ToTimeval(timeout);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
}

absl::Status ConnectUnix(int fd, const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("the path is too long for a socket");
  }
  path.copy(address.sun_path, path.size());
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    return LastError();
  }
  return absl::OkStatus();
}

absl::StatusOr<AddressPtr> AddressOf(const PolicyMap& map) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(map.host.c_str(), map.port.c_str(), &hints, &found);
  if (error != 0) return absl::UnavailableError(gai_strerror(error));
  return AddressPtr(found);
}

absl::StatusOr<std::string> AskOn(int fd, const std::string& request) {
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    return LastError();
  }
  std::string came;
  std::array<char, 1024> octets{};
  for (;;) {
    const ssize_t count = recv(fd, octets.data(), octets.size(), 0);
    if (count < 0) return LastError();
    if (count == 0) return absl::UnavailableError("it closes the connection");
    came.append(octets.data(), static_cast<size_t>(count));
    absl::string_view left = came;
    const auto reply = TakeNetstring(&left, kLongestSocketmapRequest);
    if (!reply.ok()) return reply.status();
    if (reply->has_value()) return std::string(**reply);
  }
}

absl::StatusOr<std::string> Ask(const PolicyMap& map, absl::Duration timeout) {
  const std::string request =
      EncodeNetstring(absl::StrCat(map.map, " ", kParentKey));
  if (!map.path.empty()) {
    const Descriptor unix_socket(
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    SetTimeout(unix_socket.get(), timeout);
    const absl::Status connected = ConnectUnix(unix_socket.get(), map.path);
    if (!connected.ok()) return connected;
    return AskOn(unix_socket.get(), request);
  }
  const absl::StatusOr<AddressPtr> address = AddressOf(map);
  if (!address.ok()) return address.status();
  const Descriptor tcp_socket(
      socket((*address)->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  SetTimeout(tcp_socket.get(), timeout);
  if (connect(tcp_socket.get(), (*address)->ai_addr, (*address)->ai_addrlen) !=
      0) {
    return LastError();
  }
  return AskOn(tcp_socket.get(), request);
}

// A chrooted client opens the socket from inside, unless proxymap does it.
PolicyMap UnixMap(const PostfixSettings& settings, absl::string_view text,
                  bool proxied, const std::string& path) {
  PolicyMap map;
  map.text = std::string(text);
  if (!absl::StartsWith(path, "/")) {
    map.path = absl::StrCat(settings.queue, "/", path);
  } else {
    const bool inside = settings.chrooted && !proxied;
    map.path = absl::StrCat(inside ? settings.queue : "", path);
  }
  return map;
}

absl::optional<PolicyMap> ParsePolicyMap(const PostfixSettings& settings,
                                         absl::string_view text) {
  absl::string_view rest = text;
  const bool proxied = absl::ConsumePrefix(&rest, "proxy:");
  if (!absl::ConsumePrefix(&rest, "socketmap:")) return absl::nullopt;
  const std::vector<std::string> words = absl::StrSplit(rest, ':');
  if (words.size() == 3 && words[0] == "unix") {
    PolicyMap map = UnixMap(settings, text, proxied, words[1]);
    map.map = words[2];
    return map;
  }
  if (words.size() == 4 && words[0] == "inet") {
    return PolicyMap{std::string(text), "", words[1], words[2], words[3]};
  }
  return absl::nullopt;
}

SelfTestCheck CheckDnsSupport(const PostfixSettings& settings) {
  if (settings.dns_support == "dnssec") {
    return {"dns-support", Result::kPassed, "smtp_dns_support_level = dnssec"};
  }
  return {"dns-support", Result::kFailed,
          absl::StrCat("smtp_dns_support_level = ", settings.dns_support,
                       ": dane and dane-only find no TLSA records. Run: "
                       "postconf smtp_dns_support_level=dnssec")};
}

SelfTestCheck CheckTlsLevel(const PostfixSettings& settings) {
  if (!settings.tls_level.empty() && settings.tls_level != "none") {
    return {"tls-level", Result::kPassed,
            absl::StrCat("smtp_tls_security_level = ", settings.tls_level)};
  }
  return {"tls-level", Result::kWarning,
          absl::StrCat("smtp_tls_security_level = ", settings.tls_level,
                       ": where there is no policy, mail goes in clear. Run: "
                       "postconf smtp_tls_security_level=may")};
}

SelfTestCheck CheckInsecureMx(const PostfixSettings& settings) {
  const std::string text =
      absl::StrCat("smtp_tls_dane_insecure_mx_policy = ", settings.insecure_mx);
  if (settings.insecure_mx == "dane") {
    return {"insecure-mx", Result::kPassed, text};
  }
  return {"insecure-mx", Result::kWarning,
          absl::StrCat(text,
                       ": behind insecure MX records Postfix takes dane for "
                       "that. Run: postconf "
                       "smtp_tls_dane_insecure_mx_policy=dane")};
}

}  // namespace

absl::StatusOr<PostfixSettings> ReadPostfixSettings(const std::string& folder) {
  const auto main_cf = RunProgram(
      Postconf(folder,
               {"-x", "mail_version", "config_directory", "queue_directory",
                "compatibility_level", "smtp_dns_support_level",
                "smtp_tls_security_level", "smtp_tls_policy_maps",
                "smtp_tls_dane_insecure_mx_policy"}),
      kPostconfTimeout);
  if (!main_cf.ok()) return main_cf.status();
  const auto master_cf =
      RunProgram(Postconf(folder, {"-F", kChrootSetting}), kPostconfTimeout);
  if (!master_cf.ok()) return master_cf.status();
  auto values = ValuesIn(*main_cf);
  const std::string chroot = ValuesIn(*master_cf)[kChrootSetting];
  PostfixSettings settings;
  settings.version = values["mail_version"];
  settings.folder = values["config_directory"];
  settings.queue = values["queue_directory"];
  settings.dns_support = values["smtp_dns_support_level"];
  settings.tls_level = values["smtp_tls_security_level"];
  settings.policy_maps = values["smtp_tls_policy_maps"];
  settings.insecure_mx = values["smtp_tls_dane_insecure_mx_policy"];
  // master(5): "-" meant yes before compatibility level 1.
  settings.chrooted =
      chroot == "y" || (chroot == "-" && values["compatibility_level"] == "0");
  return settings;
}

std::vector<PolicyMap> PolicyMapsOf(const PostfixSettings& settings) {
  std::vector<PolicyMap> maps;
  for (const absl::string_view text : absl::StrSplit(
           settings.policy_maps, absl::ByAnyChar(", \t"), absl::SkipEmpty())) {
    absl::optional<PolicyMap> map = ParsePolicyMap(settings, text);
    if (map.has_value()) maps.push_back(*std::move(map));
  }
  return maps;
}

std::vector<SelfTestCheck> CheckPostfix(const PostfixSettings& settings) {
  std::vector<SelfTestCheck> checks = {CheckDnsSupport(settings),
                                       CheckTlsLevel(settings),
                                       CheckInsecureMx(settings)};
  if (PolicyMapsOf(settings).empty()) {
    checks.push_back(
        {"policy-map", Result::kWarning,
         absl::StrCat("smtp_tls_policy_maps = ", settings.policy_maps,
                      ": there is no socketmap, Postfix does not ask "
                      "danebound serve")});
  }
  return checks;
}

SelfTestCheck CheckPolicyMap(const PolicyMap& map, absl::Duration timeout) {
  const absl::StatusOr<std::string> reply = Ask(map, timeout);
  if (!reply.ok()) {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": ", map.path, map.path.empty() ? "" : ": ",
                         reply.status().message(),
                         ". All mail is deferred until it answers")};
  }
  if (absl::StripAsciiWhitespace(*reply) != "NOTFOUND") {
    return {"policy-map", Result::kFailed,
            absl::StrCat(map.text, ": asked for ", kParentKey,
                         " it says: ", *reply)};
  }
  return {"policy-map", Result::kPassed, absl::StrCat(map.text, " answers")};
}

std::string ResolvConfOf(const PostfixSettings& settings) {
  return absl::StrCat(settings.chrooted ? settings.queue : "",
                      "/etc/resolv.conf");
}

}  // namespace danebound
