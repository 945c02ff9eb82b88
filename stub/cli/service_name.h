// A TLS service of one host, and a next hop, as people write them.
//
//   service = host [ ":" port ]               mx.example.org:465
//           | "_" port "._" protocol "." host    _465._tcp.mx.example.org
//   port    = number
//           | name of a TCP service in /etc/services   mx.example.org:smtp
#ifndef DANEBOUND_STUB_CLI_SERVICE_NAME_H_
#define DANEBOUND_STUB_CLI_SERVICE_NAME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/name.h"
#include "stub/dane/next_hop.h"

namespace danebound {

struct ServiceName {
  Name host;
  absl::optional<uint16_t> port;  // where the text names one
  std::string protocol;           // "tcp", "udp", "sctp"; empty: not named
};

// Parses a service; U-labels become A-labels.
//
//   errors  InvalidArgument  no host name, a label of another service, a
//                            service that /etc/services does not have, or two
//                            ports that differ; the text says which.
//   source  RFC 6698 3.
absl::StatusOr<ServiceName> ParseServiceName(absl::string_view text);

// The same of a service that mail servers have TLSA records for: over TCP.
//
//   errors  InvalidArgument  another protocol, besides.
absl::StatusOr<ServiceName> ParseMailService(absl::string_view text);

// Parses a next hop as ParseNextHop does, and besides that names of services
// for ports, and a service as the host it is of: _25._tcp.mx.example.org is
// [mx.example.org]:25, and nobody looks for MX records there.
//
//   default_port  the port where the text names none, 1 to 65535.
//   errors        InvalidArgument  as ParseNextHop and ParseServiceName; a
//                                  protocol other than TCP, port 0.
absl::StatusOr<NextHop> ReadNextHop(absl::string_view text,
                                    uint16_t default_port = kSmtpPort);

// The owner of its TLSA records: _25._tcp.mx.example.org. RFC 6698 3.
//
//   errors  InvalidArgument  the name is too long.
absl::StatusOr<Name> TlsaOwner(const Name& host, uint16_t port,
                               absl::string_view protocol);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SERVICE_NAME_H_
