// TLSA records as people and zone files write them: RFC 6698 2.2, RFC 3597 5,
// and the names of RFC 7218.
//
//   record   [owner] [ttl] [class] [type] rdata
//   type     TLSA or TYPE52
//   rdata    usage selector matching hex…    "3 1 1 0b9f…", "DANE-EE SPKI …"
//          | \# length hex…                  "\# 35 0301010b9f…"
//
// A record may go on over lines in parentheses; ";" begins a comment; lines
// that begin with "$" and blank ones are passed over.
#ifndef DANEBOUND_STUB_DANE_TLSA_TEXT_H_
#define DANEBOUND_STUB_DANE_TLSA_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

// The parameters of a record; the default is what RFC 7672 3.1 recommends.
struct TlsaParameters {
  uint8_t usage = 3;
  uint8_t selector = 1;
  uint8_t matching = 1;

  friend bool operator==(const TlsaParameters&,
                         const TlsaParameters&) = default;
  friend bool operator<(const TlsaParameters& a, const TlsaParameters& b) {
    return std::tie(a.usage, a.selector, a.matching) <
           std::tie(b.usage, b.selector, b.matching);
  }
};

// "3 1 1"
std::string ToText(const TlsaParameters& parameters);
// "DANE-EE SPKI SHA2-256"; a number where there is no name. RFC 7218 2.
std::string ToNames(const TlsaParameters& parameters);

// Parse one parameter: a number from 0 to 255, or its name in any case.
//
//   errors   InvalidArgument  it is neither; the text lists the names.
//   source   RFC 7218 2, 2.1, 2.2, 2.3.
absl::StatusOr<uint8_t> ParseUsage(absl::string_view text);
absl::StatusOr<uint8_t> ParseSelector(absl::string_view text);
absl::StatusOr<uint8_t> ParseMatching(absl::string_view text);

// Parses three parameters between blanks: "3 1 1", "DANE-EE SPKI SHA2-256".
//
//   errors   InvalidArgument  not three, or one that is unknown.
absl::StatusOr<TlsaParameters> ParseTlsaParameters(absl::string_view text);

// The generic form of RDATA, "\# 2 0301". RFC 3597 5.
std::string ToGenericText(absl::string_view rdata);

// A record that was read.
struct TlsaText {
  std::string owner;  // as written; empty where it is not
  std::string rdata;  // 0 to 65535 octets; RDATA in generic form may be short
  size_t line = 0;    // where the record begins, counted from 1
};

// More than any RRset has, in octets of text.
inline constexpr size_t kMostTlsaText = 1 << 20;

// Reads every record of a text, in order.
//
//   returns  none where the text has none.
//   errors   InvalidArgument  something else than a TLSA record, or one that is
//                             broken; the text names line and fault.
//            OutOfRange       more than kMostTlsaText octets.
absl::StatusOr<std::vector<TlsaText>> ReadTlsaRecords(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TLSA_TEXT_H_
