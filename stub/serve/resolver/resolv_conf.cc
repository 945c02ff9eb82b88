#include "stub/serve/resolver/resolv_conf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

constexpr size_t kMostNameservers = 3;  // MAXNS of <resolv.h>
constexpr size_t kLargestFile = size_t{64} << 10;
constexpr absl::string_view kLocalNameserver = "127.0.0.1";
constexpr const char* kDnsPort = "53";
// On loopback, and yet they validate nothing themselves: Docker's name server,
// and the proxy of systemd-resolved.
constexpr absl::string_view kRelays[] = {"127.0.0.11", "127.0.0.54"};
// No machine has these: of the reserved and of the discarded ones.
constexpr const char* kNobodysIpv4 = "240.0.0.1";
constexpr const char* kNobodysIpv6 = "100::1";

absl::Status LastError(const std::string& path) {
  return absl::ErrnoToStatus(errno, path);  // which appends what it means
}

absl::StatusOr<std::string> ReadAll(int fd, const std::string& path) {
  struct stat file {};
  if (fstat(fd, &file) != 0) return LastError(path);
  if (!S_ISREG(file.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": it is no regular file"));
  }
  std::string text(kLargestFile + 1, '\0');
  size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(fd, text.data() + size, text.size() - size);
    if (count < 0) return LastError(path);
    if (count == 0) break;
    size += static_cast<size_t>(count);
  }
  if (size > kLargestFile) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": it is larger than 64 KiB"));
  }
  text.resize(size);
  return text;
}

// The words behind a keyword in the first column, as the libc wants it.
std::vector<absl::string_view> WordsBehind(absl::string_view keyword,
                                           absl::string_view line,
                                           absl::string_view blanks) {
  if (!absl::ConsumePrefix(&line, keyword)) return {};
  if (line.empty() || (line[0] != ' ' && line[0] != '\t')) return {};
  return absl::StrSplit(line, absl::ByAnyChar(blanks), absl::SkipEmpty());
}

// ::ffff:192.0.2.1 is 192.0.2.1.
void UnmapIpv4(NameServerAddress* address) {
  sockaddr_in6 ipv6{};
  if (address->socket_address.ss_family != AF_INET6) return;
  std::memcpy(&ipv6, &address->socket_address, sizeof(ipv6));
  if (!IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr)) return;
  sockaddr_in ipv4{};
  ipv4.sin_family = AF_INET;
  ipv4.sin_port = ipv6.sin6_port;
  std::memcpy(&ipv4.sin_addr, &ipv6.sin6_addr.s6_addr[12],
              sizeof(ipv4.sin_addr));
  *address = {};
  std::memcpy(&address->socket_address, &ipv4, sizeof(ipv4));
  address->size = sizeof(ipv4);
}

bool CanBind(NameServerAddress address) {
  const int family = address.socket_address.ss_family;
  // At any port.
  auto* ipv4 = reinterpret_cast<sockaddr_in*>(&address.socket_address);
  auto* ipv6 = reinterpret_cast<sockaddr_in6*>(&address.socket_address);
  (family == AF_INET ? ipv4->sin_port : ipv6->sin6_port) = 0;
  const int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool bound =
      bind(fd, reinterpret_cast<const sockaddr*>(&address.socket_address),
           address.size) == 0;
  close(fd);
  return bound;
}

bool CanBindAny(int family) {
  const auto nobodys =
      ReadAddress(family == AF_INET ? kNobodysIpv4 : kNobodysIpv6);
  return !nobodys.has_value() || CanBind(*nobodys);
}

// A socket can be bound to them, too.
bool IsMulticast(const std::string& canonical) {
  in_addr ipv4{};
  if (inet_pton(AF_INET, canonical.c_str(), &ipv4) == 1) {
    return IN_MULTICAST(ntohl(ipv4.s_addr));
  }
  return absl::StartsWith(canonical, "ff");
}

}  // namespace

ResolvConf ParseResolvConf(absl::string_view text) {
  ResolvConf conf;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    // A "\r" is part of the address then, which is none.
    const auto server = WordsBehind("nameserver", line, " \t");
    if (!server.empty() && conf.nameservers.size() < kMostNameservers &&
        ReadAddress(std::string(server[0])).has_value()) {
      conf.nameservers.emplace_back(server[0]);
    }
    for (const auto word : WordsBehind("options", line, " \t\r")) {
      if (word == "trust-ad") conf.trust_ad = true;
    }
  }
  if (conf.nameservers.empty()) conf.nameservers.emplace_back(kLocalNameserver);
  return conf;
}

absl::optional<NameServerAddress> ReadAddress(const std::string& text) {
  // The libc's reader stops at a blank.
  if (text.empty() || text.find_first_of(" \t\r\v\f") != std::string::npos) {
    return absl::nullopt;
  }
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(text.c_str(), kDnsPort, &hints, &found) != 0) {
    return absl::nullopt;
  }
  NameServerAddress address;
  std::memcpy(&address.socket_address, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  freeaddrinfo(found);
  UnmapIpv4(&address);
  return address;
}

std::string CanonicalAddress(const std::string& text) {
  const auto address = ReadAddress(text);
  if (!address.has_value()) return "";
  std::array<char, NI_MAXHOST> host{};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&address->socket_address),
                  address->size, host.data(), host.size(), nullptr, 0,
                  NI_NUMERICHOST) != 0) {
    return "";
  }
  return host.data();
}

bool IsOfThisMachine(const std::string& address) {
  const auto read = ReadAddress(address);
  const std::string canonical = CanonicalAddress(address);
  if (canonical.empty() || IsMulticast(canonical)) return false;
  if (IsLoopback(canonical) || canonical == "0.0.0.0" || canonical == "::") {
    return true;
  }
  return CanBind(*read) && !CanBindAny(read->socket_address.ss_family);
}

absl::StatusOr<std::string> ReadResolvConf(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LastError(path);
  absl::StatusOr<std::string> text = ReadAll(fd, path);
  close(fd);
  return text;
}

std::string WhyNotToRestOn(const std::string& address,
                           const std::vector<std::string>& trusted) {
  const std::string canonical = CanonicalAddress(address);
  const auto is_same = [&canonical](const std::string& each) {
    return CanonicalAddress(each) == canonical;
  };
  if (std::any_of(trusted.begin(), trusted.end(), is_same)) return "";
  if (std::find(std::begin(kRelays), std::end(kRelays), canonical) !=
      std::end(kRelays)) {
    return "it passes on the AD bit of others, and is not trusted by the "
           "settings";
  }
  if (IsOfThisMachine(address)) return "";
  return "it is not on this machine, nor trusted by the settings";
}

bool IsLoopback(const std::string& address) {
  in_addr ipv4{};
  if (inet_pton(AF_INET, address.c_str(), &ipv4) == 1) {
    return (ntohl(ipv4.s_addr) >> 24) == 127;
  }
  in6_addr ipv6{};
  return inet_pton(AF_INET6, address.c_str(), &ipv6) == 1 &&
         IN6_IS_ADDR_LOOPBACK(&ipv6);
}

}  // namespace danebound
