// The time of day, from whoever the caller says.
#ifndef DANEBOUND_STUB_SERVE_WALL_CLOCK_H_
#define DANEBOUND_STUB_SERVE_WALL_CLOCK_H_

#include <cstdint>
#include <ctime>
#include <functional>

namespace danebound {

// Seconds since the epoch. May jump either way.
using WallClock = std::function<int64_t()>;

// This machine's.
inline WallClock SystemClock() {
  return [] { return static_cast<int64_t>(std::time(nullptr)); };
}

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_WALL_CLOCK_H_
