// Names for people.
#ifndef DANEBOUND_STUB_CLI_FORMS_SHOWN_NAME_H_
#define DANEBOUND_STUB_CLI_FORMS_SHOWN_NAME_H_

#include <string>

#include "stub/dane/name.h"

namespace danebound {

// The name in A-labels, with `unicode` its U-labels behind it where it has
// some that may be shown: "xn--bcher-kva.example (bücher.example)".
std::string ShownName(const Name& name, bool unicode);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_FORMS_SHOWN_NAME_H_
