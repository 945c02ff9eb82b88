// Records of scenario zones, from the words of a line to wire form.
#ifndef DANEBOUND_TESTS_SCENARIOS_ZONE_RECORDS_H_
#define DANEBOUND_TESTS_SCENARIOS_ZONE_RECORDS_H_

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "stub/dane/name.h"
#include "tests/scenarios/lines.h"
#include "tests/scenarios/scenario.h"

namespace danebound::scenario {

// Life of a record for which the line gives none, and of a denial.
inline constexpr uint32_t kDefaultTtl = 3600;
inline constexpr uint32_t kNegativeTtl = 900;

// Octets that RDATA names with "@NAME".
using Blobs = std::map<std::string, std::string>;

// Parses a name; one without a final dot is relative to `origin`, "@" is the
// origin itself.
//
//   errors  InvalidArgument  as Name::ParseText.
absl::StatusOr<Name> ParseRelativeName(absl::string_view text,
                                       const Name& origin);

// Parses a record type; 0 when scenario zones do not know it.
uint16_t ParseType(absl::string_view text);

// Parses TLSA RDATA: "U S M DATA", or "\# LENGTH HEX" (RFC 3597 5). DATA is
// hex, "11x32" for 32 octets of 0x11, or "@NAME" for a blob.
//
//   errors  InvalidArgument  neither; says what is wrong.
absl::StatusOr<std::string> ParseTlsaWords(absl::Span<const std::string> words,
                                           const Blobs& blobs);

// Parses "OWNER [TTL] TYPE RDATA".
//
//   errors  InvalidArgument  with file and line.
absl::StatusOr<Record> ParseRecord(const Line& line, const Name& origin,
                                   const Blobs& blobs);

}  // namespace danebound::scenario

#endif  // DANEBOUND_TESTS_SCENARIOS_ZONE_RECORDS_H_
