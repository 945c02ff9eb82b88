// This client's name for EHLO.
#ifndef DANEBOUND_STUB_CLI_HELO_NAME_H_
#define DANEBOUND_STUB_CLI_HELO_NAME_H_

#include <string>

namespace danebound {

// The given name, else the name of this machine where it has a dot, else
// nothing: EHLO then names the address of the connection.
std::string HeloName(const std::string& given);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_HELO_NAME_H_
