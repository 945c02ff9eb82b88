// Two examples of each command, for the end of its help and for its page.
#ifndef DANEBOUND_STUB_CLI_EXAMPLES_H_
#define DANEBOUND_STUB_CLI_EXAMPLES_H_

#include <string>
#include <vector>

namespace danebound {

// Lines to type, none longer than 76 columns.
//
//   command  "lookup", "tlsa create"; empty: danebound itself.
std::vector<std::string> ExamplesOf(const std::string& command);

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLI_EXAMPLES_H_
