// Trust anchors in the texts that a resolver reads them from: which zones they
// are for. Whether the resolver can use them is another matter.
#ifndef DANEBOUND_STUB_DANE_TRUST_ANCHOR_H_
#define DANEBOUND_STUB_DANE_TRUST_ANCHOR_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "stub/dane/name.h"

namespace danebound {

// The zones of the DS and DNSKEY records of a zone file, each once, in order.
// Names are relative to $ORIGIN, else to the root; other records, comments and
// what is no record are passed over.
//
//   source   RFC 1035 5.1.
std::vector<Name> ZonesOfAnchorRecords(absl::string_view text);

// The zones of the keys in BIND's configuration, each once, in order: of its
// clauses trusted-keys, managed-keys and trust-anchors, though Unbound reads
// the first alone.
std::vector<Name> ZonesOfTrustedKeys(absl::string_view text);

}  // namespace danebound

#endif  // DANEBOUND_STUB_DANE_TRUST_ANCHOR_H_
