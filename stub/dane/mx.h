// MX records. RFC 1035 3.3.9, RFC 5321 5.1, RFC 7505.
#ifndef DANEBOUND_STUB_DANE_MX_H_
#define DANEBOUND_STUB_DANE_MX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "stub/dane/name.h"

namespace danebound {

struct MxRecord {
  uint16_t preference = 0;
  Name exchange;

  friend bool operator==(const MxRecord&, const MxRecord&) = default;
};

// Parses an MX RRset and puts it in order: by preference, then by name; of
// records with one exchange only the best stays.
//
//   rdata    of each record, names uncompressed.
//   errors   InvalidArgument  a record that is no MX RDATA; its preference and
//                             what is wrong are in the text. One bad record
//                             makes the whole answer a failure.
absl::StatusOr<std::vector<MxRecord>> ParseMx(
    const std::vector<std::string>& rdata);

// Says whether the exchange is an IPv4 or IPv6 address written as a name, which
// RFC 5321 5.1 forbids and RFC 7672 2.2 leaves without DANE.
bool IsAddress(const Name& exchange);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_MX_H_
