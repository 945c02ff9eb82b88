// Texts of others, which may hold any octets: what DNS, servers and libraries
// write.
#ifndef DANEBOUND_STUB_SYSTEM_PRINTABLE_H_
#define DANEBOUND_STUB_SYSTEM_PRINTABLE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace danebound {

// The text as one line of UTF-8 without what could steer a terminal or deceive
// who reads it: control and format characters (bidirectional, zero-width), line
// and paragraph separators, what is no character, and octets that are no UTF-8
// (RFC 3629) become "?".
std::string Printable(absl::string_view text);

// Writes the same, which is never longer than `text`; returns the end.
//
//   printable  room for as many octets as `text` has.
char* WritePrintable(absl::string_view text, char* printable);

// The same of each line, which a newline ends.
std::string PrintableLines(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_PRINTABLE_H_
