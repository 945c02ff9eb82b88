// Hex digits to octets, as the fields of records are written (RFC 6698 2.2,
// RFC 3597 5).
#ifndef DANEBOUND_STUB_DANE_HEX_H_
#define DANEBOUND_STUB_DANE_HEX_H_

#include <string>

#include "absl/strings/string_view.h"

namespace danebound {

// Parses hex digits of either case, two an octet; empty where one is no digit,
// or their number is odd.
std::string ParseHex(absl::string_view digits);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_HEX_H_
