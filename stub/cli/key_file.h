// Who else may read the file of a private key.
#ifndef DANEBOUND_STUB_CLI_KEY_FILE_H_
#define DANEBOUND_STUB_CLI_KEY_FILE_H_

#include <string>

namespace danebound {

// What to say of a private key that everybody can read, with what to do; empty
// where nobody else can, or there is no such file ("-").
std::string WarningOfReaders(const std::string& path);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_KEY_FILE_H_
