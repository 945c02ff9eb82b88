// What a prefetch may cost. Whoever can make a mail server or a filter look at
// a domain starts prefetches, and the names in the MX records are his choice,
// also those of others; so each question is paid for, and no name twice in half
// a minute.
#ifndef DANEBOUND_MODULE_PREFETCH_POLICY_H_
#define DANEBOUND_MODULE_PREFETCH_POLICY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "module/token_bucket.h"

namespace danebound {

class PrefetchPolicy {
 public:
  // MX records that live shorter are passed over, seconds: what is fetched
  // would end before a mail server asks.
  static constexpr int64_t kLeastMxTtl = 5;
  // Hosts that one prefetch looks at, the best by preference.
  static constexpr size_t kHosts = 4;
  // Questions that one prefetch may ask, the MX question among them.
  static constexpr int64_t kQuestions = 12;
  // How long it may take, milliseconds.
  static constexpr int64_t kMs = 3000;
  // What an answer without use costs beside its question: names that do not
  // exist are somebody's who did not ask to be asked.
  static constexpr int64_t kFruitlessPrice = 3;
  // How long a next hop is remembered, whatever came of it, milliseconds; and
  // how many are. Beyond there are no prefetches.
  static constexpr int64_t kMemoryMs = 30000;
  static constexpr size_t kMostRemembered = 4096;

  enum class Answer : uint8_t {
    kGo,      // paid for; say OnEnd when it has ended
    kRecent,  // the next hop had one lately
    kRate,    // too many questions lately
    kFull,    // too many next hops to remember
  };

  //   per_second  questions that all prefetches together may ask.
  explicit PrefetchPolicy(int64_t per_second)
      : bucket_(per_second, std::max(per_second, kQuestions)) {}

  // Asks for one prefetch.
  //
  //   key     of the next hop, as KeyOf says.
  //   now_ms  a clock that does not go back.
  Answer Begin(absl::string_view key, int64_t now_ms);

  // Gives back what was not used of it.
  //
  //   questions  that it asked; fruitless: answers of no use.
  void OnEnd(size_t questions, size_t fruitless);

 private:
  void Forget(int64_t now_ms);

  TokenBucket bucket_;
  std::set<std::string, std::less<>> remembered_;
  std::deque<std::pair<int64_t, std::string>> ends_;  // of memory, in order
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_PREFETCH_POLICY_H_
