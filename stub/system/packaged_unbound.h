// What the package danebound-unbound knows of Unbound's versions: which source
// the Unbound that it brings was built from, and which the distribution's has.
// Debian's security updates do not reach ours, which must be built anew.
//
// The package's script compares and writes; this reads.
//
//   /var/lib/danebound-unbound/versions
//     versions = ours " " debians " " ( "older" | "current" ) "\n"
#ifndef DANEBOUND_STUB_SYSTEM_PACKAGED_UNBOUND_H_
#define DANEBOUND_STUB_SYSTEM_PACKAGED_UNBOUND_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

struct PackagedUnbound {
  std::string ours;       // "1.17.1-2+deb12u4"
  std::string debians;    // likewise
  bool is_older = false;  // ours, than Debian's
};

// Parses the file's text; nullopt where it is not of that form.
absl::optional<PackagedUnbound> ParsePackagedUnbound(absl::string_view text);

// Reads the file; nullopt where there is none, as without the package.
//
//   path  $DANEBOUND_UNBOUND_VERSIONS by default, else the one above.
absl::optional<PackagedUnbound> ReadPackagedUnbound();
absl::optional<PackagedUnbound> ReadPackagedUnbound(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_PACKAGED_UNBOUND_H_
