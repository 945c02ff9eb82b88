// Lanes: on whose account a lookup is, in the queue and in the mesh.
#ifndef DANEBOUND_MODULE_LANE_H_
#define DANEBOUND_MODULE_LANE_H_

#include <cstdint>

namespace danebound {

enum class Lane : uint8_t {
  kAsked = 0,     // somebody waits
  kRenewal = 1,   // a verdict in use ends soon
  kPrefetch = 2,  // an MX answer went to a DNS client, or everybody has left
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_LANE_H_
