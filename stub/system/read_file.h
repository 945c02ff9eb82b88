// Files that others write and programs live by.
#ifndef DANEBOUND_STUB_SYSTEM_READ_FILE_H_
#define DANEBOUND_STUB_SYSTEM_READ_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace danebound {

// The octets of a regular file. Nothing that could make the reader wait, as a
// pipe in its place would, is opened.
//
//   most    octets that it may have.
//   errors  as the system said, NotFound among them; FailedPrecondition where
//           it is no regular file, or longer. The text begins with the path.
absl::StatusOr<std::string> ReadRegularFile(const std::string& path,
                                            size_t most);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SYSTEM_READ_FILE_H_
