// What the desk counts: numbers by event and by error, which get their names
// where somebody asks for them.
#ifndef DANEBOUND_MODULE_COUNTERS_H_
#define DANEBOUND_MODULE_COUNTERS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "stub/wire/message.h"

namespace danebound {

// docs/protocol.md says what each counts; ToText gives the names that stand
// there.
enum class CountedEvent : uint8_t {
  kCacheHit,
  kCacheMiss,
  kLookupCoalesced,
  kLookupLeft,
  kLookupPastDeadline,
  kLookupRequest,
  kLookupStarted,
  kPrefetchDroppedFull,
  kPrefetchDroppedRate,
  kPrefetchDroppedRecent,
  kPrefetchDroppedRoom,
  kPrefetchSeen,
  kPrefetchStarted,
  kRenewalDropped,
  kRenewalStarted,
};
inline constexpr size_t kEvents =
    static_cast<size_t>(CountedEvent::kRenewalStarted) + 1;

// "cache.hits", "cache.misses", "lookups.coalesced" ...
absl::string_view ToText(CountedEvent event);

class Counters {
 public:
  void Add(CountedEvent event) { ++events_[static_cast<size_t>(event)]; }
  void AddErrors(ErrorCode code, size_t count) {
    errors_[static_cast<size_t>(code)] += count;
  }

  // Appends all of them by name, also those of which there are none; of errors
  // those that the desk replies with.
  void AppendTo(std::vector<Counter>* counters) const;

 private:
  static constexpr size_t kErrors = static_cast<size_t>(ErrorCode::kSettings);

  std::array<uint64_t, kEvents> events_ = {};
  std::array<uint64_t, kErrors + 1> errors_ = {};
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_COUNTERS_H_
