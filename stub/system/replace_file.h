// Puts a new text in the place of a file, at one stroke.
#ifndef DANEBOUND_STUB_SYSTEM_REPLACE_FILE_H_
#define DANEBOUND_STUB_SYSTEM_REPLACE_FILE_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace danebound {

// Writes a file beside the old one, with its owner and mode, and renames it.
// Whoever reads sees the old text or the new one, whole.
//
//   named   the file; a symbolic link stays, what it leads to is replaced.
//   mode    of a file that is not there yet.
//   errors  Unavailable  it can't be written; the text names it, and what was
//                        there still is.
absl::Status ReplaceFile(const std::string& named, absl::string_view text,
                         mode_t mode);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_REPLACE_FILE_H_
