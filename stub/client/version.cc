#include "stub/client/version.h"

namespace danebound {

absl::string_view Version() { return DANEBOUND_VERSION; }

}  // namespace danebound
