// Files of certificates, keys and requests, as commands are given them.
#ifndef DANEBOUND_STUB_CLI_SOURCE_FILE_H_
#define DANEBOUND_STUB_CLI_SOURCE_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "stub/openssl/tlsa_source.h"

namespace danebound {

// Reads a file as ReadTlsaSource does; what it reads is wiped, as it may be a
// private key.
//
//   path    "-" is standard input.
//   errors  as ReadFile and ReadTlsaSource; the text names the file.
absl::StatusOr<TlsaSource> ReadSourceFile(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_SOURCE_FILE_H_
