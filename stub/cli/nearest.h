// What somebody who mistyped a word may have meant.
#ifndef DANEBOUND_STUB_CLI_NEAREST_H_
#define DANEBOUND_STUB_CLI_NEAREST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace danebound {

// The word that the fewest changes make of `typed`: letters added, left out,
// exchanged for others, or for their neighbours.
//
//   returns  the first of the nearest; empty: none is near.
std::string Nearest(absl::string_view typed,
                    const std::vector<std::string>& words);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_NEAREST_H_
