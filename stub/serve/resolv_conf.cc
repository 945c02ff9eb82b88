#include "stub/serve/resolv_conf.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace danebound {
namespace {

constexpr size_t kMostNameservers = 3;  // MAXNS of <resolv.h>
constexpr size_t kLargestFile = size_t{64} << 10;
constexpr absl::string_view kLocalNameserver = "127.0.0.1";

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

}  // namespace

ResolvConf ParseResolvConf(absl::string_view text) {
  ResolvConf conf;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.size() < 2) continue;
    if (words[0] == "nameserver" &&
        conf.nameservers.size() < kMostNameservers) {
      conf.nameservers.emplace_back(words[1]);
    }
    if (words[0] != "options") continue;
    for (const absl::string_view word : words) {
      if (word == "trust-ad") conf.trust_ad = true;
    }
  }
  if (conf.nameservers.empty()) conf.nameservers.emplace_back(kLocalNameserver);
  return conf;
}

absl::StatusOr<std::string> ReadResolvConf(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return LastError(path);
  absl::StatusOr<std::string> text = ReadAll(fd, path);
  close(fd);
  return text;
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
