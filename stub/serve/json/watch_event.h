// The lines that a peer gets which watches verdicts. docs/json.md is the
// schema.
#ifndef DANEBOUND_STUB_SERVE_JSON_WATCH_EVENT_H_
#define DANEBOUND_STUB_SERVE_JSON_WATCH_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "stub/dane/next_hop.h"
#include "stub/serve/json/verdict_change.h"

namespace danebound {

struct WatchEvent {
  int64_t time = 0;  // seconds since the epoch
  NextHop next_hop;
  std::vector<VerdictChange> changes;  // none: the first event of a next hop
  WatchedVerdict before;               // all that was remembered
  WatchedVerdict now;
  std::string error;  // why the lookup failed; empty: it did not
};

// What could not be watched, as it was asked for, and why.
using WatchRefusals = std::vector<std::pair<std::string, std::string>>;

// "first" where there are no changes, else "changed". Each of these is one
// line with its newline.
std::string LineOf(const WatchEvent& event);

// "watching": the reply to the request.
//
//   watched  next hops that this connection watches now.
std::string WatchingLine(int64_t time, size_t watched,
                         const WatchRefusals& refusals);

// "heartbeat": nothing was lost on the way so far.
std::string HeartbeatLine(int64_t time, size_t watched);

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_JSON_WATCH_EVENT_H_
