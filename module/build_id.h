// Which program is this? Unbound's structs depend on its configure flags and
// nothing in Unbound checks a module against them; the GNU build id does.
#ifndef DANEBOUND_MODULE_BUILD_ID_H_
#define DANEBOUND_MODULE_BUILD_ID_H_

#include <string>

namespace danebound {

// The build id of the running program as lower-case hex; empty where it has
// none. Reads the program's ELF notes, no struct of Unbound.
std::string RunningBuildId();

// The build id of the Unbound that the module was compiled for.
std::string ExpectedBuildId();

// Says whether the two are the same. Allocates nothing: lack of memory does not
// make another program of this one.
bool IsExpectedBuild() noexcept;

}  // namespace danebound

#endif  // DANEBOUND_MODULE_BUILD_ID_H_
