// Keys of Postfix's smtp_tls_policy_maps.
//
//   key    = target [ ":" port | ":" service ]     the next hop of a message
//          | "." domain                            the parent of one
//          | path                                  an LMTP server
//   target = as in stub/dane/next_hop.h
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_MAP_KEY_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_MAP_KEY_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/dane/next_hop.h"

namespace danebound {

// The TCP port of a service, e.g. 587 for "submission"; nullopt: no such one.
using PortOfService =
    std::function<absl::optional<uint16_t>(const std::string& service)>;

// By getservent(3), which is /etc/services.
absl::optional<uint16_t> SystemPortOf(const std::string& service);

// Reads a key.
//
//   returns  the next hop; nullopt: the key names none (a parent, or a path),
//            and the reply is NOTFOUND without a question to DNS.
//   errors   InvalidArgument  neither; the reply must make the client defer.
absl::StatusOr<absl::optional<NextHop>> ReadMapKey(
    absl::string_view key, const PortOfService& port_of = SystemPortOf);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_MAP_KEY_H_
