// Socketmap, as Postfix speaks it: socketmap_table(5).
//
//   request = netstring of:  name SP key
//   reply   = netstring of:  "OK" SP data       found
//                          | "NOTFOUND" SP      not in the map: it goes on
//                          | "TEMP" SP text     cannot be said now: it defers
//                          | "TIMEOUT" SP text  likewise
//                          | "PERM" SP text     never will be: it defers, logs
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// The longest request, octets. A domain name has 255 at most; a key in U-labels
// and with a port stays well below.
inline constexpr size_t kLongestSocketmapRequest = 2048;

// The longest text of a reply that is not OK, octets.
inline constexpr size_t kLongestReplyText = 200;

struct SocketmapRequest {
  std::string map;
  std::string key;
};

// Parses what the netstring of a request holds.
//
//   errors   InvalidArgument  no name, or no key.
absl::StatusOr<SocketmapRequest> ParseSocketmapRequest(absl::string_view text);

enum class SocketmapStatus : uint8_t {
  kTemp = 0,
  kTimeout,
  kPerm,
  kNotFound,
  kOk,
};

// "TEMP", "TIMEOUT", "PERM", "NOTFOUND", "OK".
absl::string_view ToText(SocketmapStatus status);

struct SocketmapReply {
  SocketmapStatus status = SocketmapStatus::kTemp;
  std::string text;  // the data of kOk, the reason of the others
};

// Makes a reply that says why there is none: "id: text". What is no printable
// ASCII becomes "?", and it is cut at kLongestReplyText octets.
SocketmapReply Refusal(SocketmapStatus status, absl::string_view id,
                       absl::string_view text);

// Parses what the netstring of a reply holds.
//
//   errors   InvalidArgument  no status, or none of the five.
absl::StatusOr<SocketmapReply> ParseSocketmapReply(absl::string_view text);

// The octets of a reply, netstring and all.
std::string EncodeSocketmapReply(const SocketmapReply& reply);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_SOCKETMAP_H_
