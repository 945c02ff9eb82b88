// Texts of others as one line of a log: what DNS, servers and libraries write
// may hold any octets.
#ifndef DANEBOUND_STUB_C_LINE_H_
#define DANEBOUND_STUB_C_LINE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace danebound::c {

// The text as UTF-8 (RFC 3629): U+FFFD stands for each octet that is part of no
// character, a blank for each control character (C0, C1, DEL).
std::string LineOf(absl::string_view text);

}  // namespace danebound::c

#endif  // DANEBOUND_STUB_C_LINE_H_
