// Who waits for a reply of the desk, and what a reply is.
#ifndef DANEBOUND_MODULE_REPLY_H_
#define DANEBOUND_MODULE_REPLY_H_

#include <sys/types.h>

#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "module/verdict_cache.h"
#include "stub/wire/message.h"

namespace danebound {

// A request that waits for its reply.
struct Ticket {
  uid_t user = 0;  // of the client: open lookups are counted by user
  uint64_t connection = 0;
  uint16_t request = 0;
};

// Facts are encoded when the client is ready to read them.
struct FactsReply {
  SharedFacts facts;
  bool from_cache = false;
};
// Facts as they lie in the cache.
struct CachedFacts {
  absl::string_view octets;  // of EncodeFacts (stub/wire/facts_octets.h)
  uint32_t age = 0;          // seconds since their lives were counted
};
using DeskReply = std::variant<FactsReply, Reply>;

}  // namespace danebound

#endif  // DANEBOUND_MODULE_REPLY_H_
