// Files that commands are given by name.
#ifndef DANEBOUND_STUB_CLI_READ_FILE_H_
#define DANEBOUND_STUB_CLI_READ_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace danebound {

// Reads a file to its end; "-" is standard input.
//
//   most     octets; of a longer file one more than that is returned, for the
//            parser to refuse.
//   errors   Unavailable  it can't be opened or read; the text names it.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t most);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_READ_FILE_H_
