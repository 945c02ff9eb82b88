// When which verdict in use is to be asked for again, before it ends.
#ifndef DANEBOUND_MODULE_RENEWALS_H_
#define DANEBOUND_MODULE_RENEWALS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

class Renewals {
 public:
  // Scheduled at once, also of verdicts that have left the cache since.
  static constexpr size_t kMostScheduled = 65536;

  // How long before its end a verdict is renewed, seconds: in the last tenth of
  // its life, in its last minute.
  static int64_t Window(int64_t life);

  // Schedules, or schedules anew. Returns false where there are too many.
  //
  //   key    of the next hop.
  //   at_ms  when it is due, on the same clock as `now_ms` below.
  bool Schedule(absl::string_view key, int64_t at_ms);

  // Takes one that is due; nullopt when none is.
  absl::optional<std::string> TakeDue(int64_t now_ms);

  // When the next is due; -1: none.
  int64_t NextTime() const;

  size_t size() const { return at_.size(); }

 private:
  std::map<std::string, int64_t, std::less<>> at_;  // by key
  // The same by time; the keys are those of at_.
  std::set<std::pair<int64_t, const std::string*>> due_;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_RENEWALS_H_
