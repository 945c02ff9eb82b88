// The blocks of a page of docs/mta.
#ifndef DANEBOUND_TESTS_MTA_PAGE_H_
#define DANEBOUND_TESTS_MTA_PAGE_H_

#include <string>
#include <vector>

namespace danebound {

// What stands between "```KIND" and "```"; kind "" are commands.
std::vector<std::string> BlocksOf(const std::string& page,
                                  const std::string& kind);

}  // namespace danebound

#endif  // DANEBOUND_TESTS_MTA_PAGE_H_
