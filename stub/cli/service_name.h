// A TLS service of one host, as people write it.
//
//   service = host [ ":" port ]               mx.example.org:465
//           | "_" port "._" protocol "." host    _465._tcp.mx.example.org
#ifndef DANEBOUND_STUB_CLI_SERVICE_NAME_H_
#define DANEBOUND_STUB_CLI_SERVICE_NAME_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/name.h"

namespace danebound {

struct ServiceName {
  Name host;
  absl::optional<uint16_t> port;  // where the text names one
  std::string protocol;           // "tcp", "udp", "sctp"; empty: not named
};

// Parses a service; U-labels become A-labels.
//
//   errors  InvalidArgument  no host name, a label of another service, or two
//                            ports that differ; the text says which.
//   source  RFC 6698 3.
absl::StatusOr<ServiceName> ParseServiceName(absl::string_view text);

// The owner of its TLSA records: _25._tcp.mx.example.org. RFC 6698 3.
//
//   errors  InvalidArgument  the name is too long.
absl::StatusOr<Name> TlsaOwner(const Name& host, uint16_t port,
                               absl::string_view protocol);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SERVICE_NAME_H_
