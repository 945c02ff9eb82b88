#include "module/counters.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {

absl::string_view ToText(CountedEvent event) {
  switch (event) {
    case CountedEvent::kCacheHit:
      return "cache.hits";
    case CountedEvent::kCacheMiss:
      return "cache.misses";
    case CountedEvent::kLookupCoalesced:
      return "lookups.coalesced";
    case CountedEvent::kLookupLeft:
      return "lookups.left";
    case CountedEvent::kLookupPastDeadline:
      return "lookups.past_deadline";
    case CountedEvent::kLookupRequest:
      return "lookups.requests";
    case CountedEvent::kLookupStarted:
      return "lookups.started";
    case CountedEvent::kPrefetchDroppedFull:
      return "prefetch.dropped.full";
    case CountedEvent::kPrefetchDroppedRate:
      return "prefetch.dropped.rate";
    case CountedEvent::kPrefetchDroppedRecent:
      return "prefetch.dropped.recent";
    case CountedEvent::kPrefetchDroppedRoom:
      return "prefetch.dropped.room";
    case CountedEvent::kPrefetchSeen:
      return "prefetch.seen";
    case CountedEvent::kPrefetchStarted:
      return "prefetch.started";
    case CountedEvent::kRenewalDropped:
      return "renewals.dropped";
    case CountedEvent::kRenewalStarted:
      return "renewals.started";
  }
  return "";
}

void Counters::AppendTo(std::vector<Counter>* counters) const {
  for (size_t event = 0; event < kEvents; ++event) {
    counters->push_back({std::string(ToText(static_cast<CountedEvent>(event))),
                         events_[event]});
  }
  for (const ErrorCode code :
       {ErrorCode::kMalformed, ErrorCode::kBusy, ErrorCode::kNotCached,
        ErrorCode::kNoWorker, ErrorCode::kNotValidating,
        ErrorCode::kWrongUnbound, ErrorCode::kStopping, ErrorCode::kSettings}) {
    counters->push_back({absl::StrCat("errors.", ToText(code)),
                         errors_[static_cast<size_t>(code)]});
  }
}

}  // namespace danebound
