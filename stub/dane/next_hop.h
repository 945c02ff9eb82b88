// The next hop: what the MTA was asked to reach.
//
//   next-hop = target [ ":" port ]
//   target   = domain             subject to MX lookup
//            | "[" host "]"       a host given by the administrator, no MX
//            | "[" address "]"    IPv4, IPv6, "IPv6:" IPv6 (RFC 5321 4.1.3)
#ifndef DANEBOUND_STUB_DANE_NEXT_HOP_H_
#define DANEBOUND_STUB_DANE_NEXT_HOP_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/address.h"
#include "stub/dane/name.h"

namespace danebound {

// RFC 7672 2.2: the three forms are treated differently from the first step.
enum class NextHopForm : uint8_t {
  kDomain = 0,   // MX lookup, RFC 7672 2.2.1
  kHost = 1,     // no MX lookup, RFC 7672 2.2.2
  kAddress = 2,  // no DNS at all; DANE does not apply, RFC 7672 2.2
};

inline constexpr uint16_t kSmtpPort = 25;

struct NextHop {
  NextHopForm form = NextHopForm::kDomain;
  Name name;        // form kDomain or kHost, in A-labels
  Address address;  // form kAddress
  uint16_t port = kSmtpPort;

  friend bool operator==(const NextHop& a, const NextHop& b) {
    return a.form == b.form && a.name == b.name && a.address == b.address &&
           a.port == b.port;
  }
};

// Parses a next hop as an administrator or an MTA writes it.
//
//   text          UTF-8; U-labels become A-labels (IDNA 2008, RFC 5891).
//   default_port  the port where the text names none, 1 to 65535.
//   errors        InvalidArgument  not a next hop; the text says what is wrong
//                                  and, for a bare address, to put it in [].
absl::StatusOr<NextHop> ParseNextHop(absl::string_view text,
                                     uint16_t default_port = kSmtpPort);

// The target in A-labels and without the port: "example.com", "[mx.example]",
// "[192.0.2.1]", "[IPv6:2001:db8::1]". ParseNextHop takes it back.
std::string ToText(const NextHop& next_hop);

// A name with its A-labels shown as U-labels, for display only; as it is where
// it has none, or they would not become the same again. RFC 5891 5.3.
std::string ToUnicode(const Name& name);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_NEXT_HOP_H_
