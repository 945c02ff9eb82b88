// IP addresses as values.
#ifndef DANEBOUND_STUB_DANE_ADDRESS_H_
#define DANEBOUND_STUB_DANE_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// An IPv4 or IPv6 address. The default is none: no octets, the text is empty.
class Address {
 public:
  Address() = default;

  // Parses A RDATA (4 octets) or AAAA RDATA (16 octets).
  //
  //   errors   InvalidArgument  any other length.
  static absl::StatusOr<Address> ParseOctets(absl::string_view octets);

  // Parses dotted-quad IPv4 or RFC 4291 IPv6 text, without brackets or zone.
  //
  //   errors   InvalidArgument  the text is neither.
  static absl::StatusOr<Address> ParseText(absl::string_view text);

  // 4 or 16 octets in network order.
  absl::string_view octets() const { return octets_; }
  bool IsIpv6() const { return octets_.size() == 16; }
  std::string ToText() const;

  friend bool operator==(const Address& a, const Address& b) {
    return a.octets_ == b.octets_;
  }

 private:
  explicit Address(absl::string_view octets) : octets_(octets) {}

  std::string octets_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_ADDRESS_H_
