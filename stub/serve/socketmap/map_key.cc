#include "stub/serve/socketmap/map_key.h"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <array>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

bool IsControl(char octet) {
  return absl::ascii_iscntrl(static_cast<unsigned char>(octet));
}

bool IsNumber(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char octet) {
    return absl::ascii_isdigit(static_cast<unsigned char>(octet));
  });
}

// Where the ":" of a port or service stands; npos: there is none.
size_t FindPort(absl::string_view key) {
  if (!absl::StartsWith(key, "[")) return key.find(':');
  const size_t end = key.rfind(']');
  return end == absl::string_view::npos ? end : key.find(':', end);
}

// The key with a number where it names a service.
absl::StatusOr<std::string> WithPortNumber(absl::string_view key,
                                           const PortOfService& port_of) {
  const size_t colon = FindPort(key);
  if (colon == absl::string_view::npos) return std::string(key);
  const absl::string_view service = key.substr(colon + 1);
  if (IsNumber(service)) return std::string(key);
  const absl::optional<uint16_t> port = port_of(std::string(service));
  if (!port.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", service, "\" is no TCP service of /etc/services"));
  }
  return absl::StrCat(key.substr(0, colon + 1), *port);
}

}  // namespace

absl::optional<uint16_t> SystemPortOf(const std::string& service) {
  servent entry{};
  servent* found = nullptr;
  std::array<char, 4096> room{};
  if (getservbyname_r(service.c_str(), "tcp", &entry, room.data(), room.size(),
                      &found) != 0 ||
      found == nullptr) {
    return absl::nullopt;
  }
  return ntohs(static_cast<uint16_t>(found->s_port));
}

absl::StatusOr<absl::optional<NextHop>> ReadMapKey(
    absl::string_view key, const PortOfService& port_of) {
  if (std::any_of(key.begin(), key.end(), IsControl)) {
    return absl::InvalidArgumentError("the key holds a control character");
  }
  if (absl::StartsWith(key, ".") || absl::StrContains(key, '/')) {
    return absl::nullopt;
  }
  const absl::StatusOr<std::string> text = WithPortNumber(key, port_of);
  if (!text.ok()) return text.status();
  absl::StatusOr<NextHop> next_hop = ParseNextHop(*text);
  if (!next_hop.ok()) return next_hop.status();
  return *std::move(next_hop);
}

}  // namespace danebound
