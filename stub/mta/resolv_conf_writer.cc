#include "stub/mta/resolv_conf_writer.h"

#include <glob.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "stub/serve/resolver/resolv_conf.h"

namespace danebound {
namespace {

constexpr const char* kDhclientFiles = "/run/dhclient*.pid";

// A word by which a writer is known, in the target of the link or in a comment
// that he writes.
struct Mark {
  const char* word;
  const char* name;
  const char* remedy;
};

// A file of one's own, once nobody writes it any more.
constexpr Mark kInLinks[] = {
    {"systemd/resolve", "systemd-resolved",
     "systemctl disable --now systemd-resolved, and rm /etc/resolv.conf"},
    {"resolvconf", "resolvconf",
     "write \"nameserver 127.0.0.1\" and \"options trust-ad\" to "
     "/etc/resolvconf/resolv.conf.d/head, then resolvconf -u; or apt-get "
     "remove resolvconf, and rm /etc/resolv.conf"},
    {"NetworkManager", "NetworkManager",
     "write \"[main]\" and \"dns=none\" to "
     "/etc/NetworkManager/conf.d/danebound.conf, systemctl reload "
     "NetworkManager, and rm /etc/resolv.conf"}};

constexpr Mark kInComments[] = {
    {"NetworkManager", "NetworkManager",
     "write \"[main]\" and \"dns=none\" to "
     "/etc/NetworkManager/conf.d/danebound.conf, systemctl reload "
     "NetworkManager, and take its comment out of /etc/resolv.conf"},
    {"dhcpcd", "dhcpcd",
     "write \"nohook resolv.conf\" to /etc/dhcpcd.conf, systemctl restart "
     "dhcpcd, and take its comment out of /etc/resolv.conf"},
    {"systemd-resolved", "systemd-resolved",
     "systemctl disable --now systemd-resolved, and rm /etc/resolv.conf"},
    {"resolvconf", "resolvconf",
     "apt-get remove resolvconf, and take its comment out of "
     "/etc/resolv.conf"}};

// dhclient-script(8): its hook may say what writes the file.
constexpr const char* kDhclientRemedy =
    "echo 'make_resolv_conf() { :; }' "
    ">/etc/dhcp/dhclient-enter-hooks.d/danebound, and set this up again";
constexpr const char* kDhclientHook =
    "/etc/dhcp/dhclient-enter-hooks.d/danebound";

bool IsComment(absl::string_view line) {
  return absl::StartsWith(line, "#") || absl::StartsWith(line, ";");
}

template <size_t size>
absl::optional<ResolvConfWriter> Find(const Mark (&marks)[size],
                                      absl::string_view text) {
  for (const Mark& mark : marks) {
    if (absl::StrContains(text, mark.word)) {
      return ResolvConfWriter{mark.name, mark.remedy};
    }
  }
  return absl::nullopt;
}

bool Exists(const char* pattern) {
  glob_t found{};
  const bool exists = glob(pattern, 0, nullptr, &found) == 0;
  globfree(&found);
  return exists;
}

}  // namespace

ResolvConfTraces LookForWriters(const std::string& path) {
  ResolvConfTraces traces;
  std::array<char, PATH_MAX> target{};
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size > 0) traces.target.assign(target.data(), static_cast<size_t>(size));
  traces.text = ReadResolvConf(path).value_or("");
  traces.has_dhclient =
      Exists(kDhclientFiles) && access(kDhclientHook, F_OK) != 0;
  return traces;
}

absl::optional<ResolvConfWriter> FindResolvConfWriter(
    const ResolvConfTraces& traces) {
  if (!traces.target.empty()) {
    const auto known = Find(kInLinks, traces.target);
    if (known.has_value()) return known;
    return ResolvConfWriter{
        absl::StrCat("the owner of ", traces.target),
        "/etc/resolv.conf is a link to that file: name 127.0.0.1 there, with "
        "options trust-ad, or put a file in the place of the link"};
  }
  for (const absl::string_view line : absl::StrSplit(traces.text, '\n')) {
    if (!IsComment(line)) continue;
    const auto known = Find(kInComments, line);
    if (known.has_value()) return known;
  }
  if (traces.has_dhclient) return ResolvConfWriter{"dhclient", kDhclientRemedy};
  return absl::nullopt;
}

std::string WithOwnResolver(absl::string_view text) {
  std::string head;
  std::string options = "options trust-ad";
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipWhitespace())) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (words[0] == "nameserver") continue;
    if (words[0] != "options") {
      absl::StrAppend(&head, absl::StripTrailingAsciiWhitespace(line), "\n");
      continue;
    }
    for (size_t i = 1; i < words.size(); ++i) {
      if (words[i] != "trust-ad") absl::StrAppend(&options, " ", words[i]);
    }
  }
  return absl::StrCat(head, "nameserver 127.0.0.1\n", options, "\n");
}

}  // namespace danebound
