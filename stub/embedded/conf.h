// An ordinary unbound.conf made fit for a resolver inside another process.
//
// libunbound takes nearly all of such a file as it is. Three things would hurt
// and can't be mended through its API once the file is read:
//
//   auto-trust-anchor-file  it would write the file, which belongs to the
//                           resolver, and end the process where it can't
//   auth-zone               its zones would be answered unvalidated unless
//                           `for-downstream: no`
//   include                 hides the two above
//
// Grammar of the file, as far as it matters here:
//
//   file    = { word | quoted | blank }
//   blank   = white space | "#" to the end of the line
//   quoted  = '"' to '"' | "'" to "'", on one line
//   word    = anything else; a keyword ends at its ":"
#ifndef DANEBOUND_STUB_EMBEDDED_CONF_H_
#define DANEBOUND_STUB_EMBEDDED_CONF_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace danebound {

struct EmbeddedConf {
  std::string text;  // with included files in place, without the above
  // The files that auto-trust-anchor-file named; see ReadAutoTrustAnchors.
  // Relative names start where the last `directory` says.
  std::vector<std::string> auto_trust_anchor_files;
};

// Reads an unbound.conf and what it includes.
//
//   path     a file that libunbound can parse; this function checks nothing.
//            Relative names of included files start where a `directory` before
//            them says, else in the working directory.
//   errors   NotFound         a file does not exist or can't be read.
//            InvalidArgument  files include each other too deeply.
absl::StatusOr<EmbeddedConf> ReadConf(const std::string& path);

// Reads a file that Unbound keeps up to date (RFC 5011).
//
//   returns  its records without those of keys that are not trusted yet, not
//            any more, or whose zone revoked all its keys: fit for
//            trust-anchor-file. May be empty.
//   errors   NotFound  the file does not exist or can't be read.
absl::StatusOr<std::string> ReadAutoTrustAnchors(const std::string& path);

// The files that an include or a trusted-keys-file names. Unbound knows
// wildcards in both.
//
//   returns  the name itself where it has no wildcard; none where no file fits
//            one; the pattern where the folders could not be read.
std::vector<std::string> FilesOf(const std::string& pattern);

// Reads a whole file.
//
//   errors   NotFound  it does not exist or can't be read; the text names it.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_CONF_H_
