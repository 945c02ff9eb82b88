#include "module/counters.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace danebound {

absl::string_view ToText(Event event) {
  switch (event) {
    case Event::kCacheHit:
      return "cache.hits";
    case Event::kCacheMiss:
      return "cache.misses";
    case Event::kLookupCoalesced:
      return "lookups.coalesced";
    case Event::kLookupLeft:
      return "lookups.left";
    case Event::kLookupPastDeadline:
      return "lookups.past_deadline";
    case Event::kLookupRequest:
      return "lookups.requests";
    case Event::kLookupStarted:
      return "lookups.started";
    case Event::kPrefetchDroppedFull:
      return "prefetch.dropped.full";
    case Event::kPrefetchDroppedRate:
      return "prefetch.dropped.rate";
    case Event::kPrefetchDroppedRecent:
      return "prefetch.dropped.recent";
    case Event::kPrefetchDroppedRoom:
      return "prefetch.dropped.room";
    case Event::kPrefetchSeen:
      return "prefetch.seen";
    case Event::kPrefetchStarted:
      return "prefetch.started";
    case Event::kRenewalDropped:
      return "renewals.dropped";
    case Event::kRenewalStarted:
      return "renewals.started";
  }
  return "";
}

void Counters::AppendTo(std::vector<Counter>* counters) const {
  for (size_t event = 0; event < kEvents; ++event) {
    counters->push_back(
        {std::string(ToText(static_cast<Event>(event))), events_[event]});
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
