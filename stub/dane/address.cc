#include "stub/dane/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace danebound {

absl::StatusOr<Address> Address::ParseOctets(absl::string_view octets) {
  if (octets.size() != sizeof(in_addr) && octets.size() != sizeof(in6_addr)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an address of ", octets.size(), " octets; it has 4 or 16"));
  }
  return Address(octets);
}

absl::StatusOr<Address> Address::ParseText(absl::string_view text) {
  const std::string terminated(text.substr(0, text.find('\0')));
  std::array<char, sizeof(in6_addr)> octets{};
  if (terminated.size() == text.size() &&
      inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) {
    return Address(absl::string_view(octets.data(), sizeof(in_addr)));
  }
  if (terminated.size() == text.size() &&
      inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) {
    return Address(absl::string_view(octets.data(), sizeof(in6_addr)));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(text.substr(0, 100)),
                   "\" is neither an IPv4 nor an IPv6 address"));
}

std::string Address::ToText() const {
  if (octets_.empty()) return "";
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(IsIpv6() ? AF_INET6 : AF_INET, octets_.data(), text.data(),
            text.size());
  return text.data();
}

}  // namespace danebound
