// Checked domains as JSON. docs/json.md is the schema.
#ifndef DANEBOUND_STUB_CLI_FORMS_CHECK_JSON_H_
#define DANEBOUND_STUB_CLI_FORMS_CHECK_JSON_H_

#include "nlohmann/json.hpp"
#include "stub/check/checked_domain.h"

namespace danebound {

// The object for one domain; ToLine (json.h) makes text of it.
nlohmann::ordered_json ToJson(const CheckedDomain& checked);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_CHECK_JSON_H_
