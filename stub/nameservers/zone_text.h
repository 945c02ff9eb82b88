// TLSA records and aliases among others, as zone files and dig have them. The
// parser is ldns's, but for the RDATA of TLSA records, which is read as
// tlsa_text.h says.
#ifndef DANEBOUND_STUB_NAMESERVERS_ZONE_TEXT_H_
#define DANEBOUND_STUB_NAMESERVERS_ZONE_TEXT_H_

#include <map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "stub/dane/name.h"
#include "stub/dane/tlsa_text.h"

namespace danebound {

struct ZoneText {
  std::vector<TlsaText> records;  // owners are absolute, or empty
  std::map<Name, Name> aliases;   // CNAME: from an owner to its target
};

// Reads the TLSA records of a zone file or of dig's output, and the CNAMEs that
// may lead to them: records of other types, known or not, comments, $ORIGIN and
// $TTL are passed over; a record may go on over lines in parentheses. Of what
// dig +short prints RDATA alone is a record without an owner.
//
//   text     at most kMostTlsaText octets.
//   returns  none where the text has none.
//   errors   InvalidArgument  a record that is broken; the text names line and
//                             fault.
//            OutOfRange       more octets.
//   source   RFC 1035 5.1.
absl::StatusOr<ZoneText> ReadZoneText(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_NAMESERVERS_ZONE_TEXT_H_
