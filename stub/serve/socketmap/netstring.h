// Netstrings, the frames of socketmap: https://cr.yp.to/proto/netstrings.txt
//
//   netstring = length ":" octets ","
//   length    = "0" | digit that is not 0, more digits      in decimal
//
// Example: "hello" is  5:hello,
#ifndef DANEBOUND_STUB_SERVE_SOCKETMAP_NETSTRING_H_
#define DANEBOUND_STUB_SERVE_SOCKETMAP_NETSTRING_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// Takes one netstring from the front of `octets`, which is left unchanged
// unless there is a whole one.
//
//   most     the greatest length that is let pass. A greater one is refused as
//            soon as it is announced.
//   returns  what the netstring holds, a view into `octets`; nullopt: it goes
//            on, come again with more.
//   errors   InvalidArgument  not a netstring: the stream is lost, close it.
//            OutOfRange       longer than `most`: likewise.
absl::StatusOr<absl::optional<absl::string_view>> TakeNetstring(
    absl::string_view* octets, size_t most);

std::string EncodeNetstring(absl::string_view octets);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_SOCKETMAP_NETSTRING_H_
