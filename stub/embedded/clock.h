// The one place where the embedded driver asks the system for the time.
#ifndef DANEBOUND_STUB_EMBEDDED_CLOCK_H_
#define DANEBOUND_STUB_EMBEDDED_CLOCK_H_

#include <chrono>
#include <cstdint>
#include <ctime>

namespace danebound {

// For deadlines: it never goes back.
using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime SteadyNow() { return std::chrono::steady_clock::now(); }

// For lives: seconds since the epoch.
inline int64_t WallNow() { return static_cast<int64_t>(std::time(nullptr)); }

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_CLOCK_H_
