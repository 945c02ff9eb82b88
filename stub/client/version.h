// The version of the library.
#ifndef DANEBOUND_STUB_CLIENT_VERSION_H_
#define DANEBOUND_STUB_CLIENT_VERSION_H_

#include "absl/strings/string_view.h"

namespace danebound {

// "0.1.0".
absl::string_view Version();

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_VERSION_H_
