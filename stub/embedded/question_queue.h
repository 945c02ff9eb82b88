// Which question is put to libunbound next, among those of many lookups.
//
//   Add --> waiting, by lookup --> Take --> open --> OnAnswer
//              ^ in turn            |
//              |                    fast: less than half a second without an
//              |                          answer
//              +--------------------slow: longer; on an account of its own
//
// libunbound takes what it is given in order, and a dead name server keeps a
// question for many seconds. So one lookup has few questions open, fewer once
// it is slow, and the slow ones together leave room: two hundred domains with
// dead servers do not keep another one waiting.
#ifndef DANEBOUND_STUB_EMBEDDED_QUESTION_QUEUE_H_
#define DANEBOUND_STUB_EMBEDDED_QUESTION_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <utility>

#include "absl/types/optional.h"
#include "stub/dane/dns.h"
#include "stub/embedded/clock.h"

namespace danebound {

class QuestionQueue {
 public:
  // Questions that one lookup may have open.
  static constexpr size_t kMostOfFast = 4;
  static constexpr size_t kMostOfSlow = 2;
  // Without an answer for so long a lookup is slow, until nothing of it is open
  // or waits.
  static constexpr std::chrono::milliseconds kSlowAfter{500};

  // Questions that all lookups together may have open. One that was asked
  // stays open when its lookup turns slow, also above the bound.
  struct Bounds {
    size_t fast = 1;
    size_t slow = 1;
  };

  struct Turn {
    size_t who = 0;
    Question question;
  };

  explicit QuestionQueue(Bounds bounds) : bounds_(bounds) {}

  // Takes a question that is to be asked.
  //
  //   who  the lookup.
  void Add(size_t who, const Question& question);

  // Takes the next question that may be asked; it is open from now on. nullopt:
  // none now.
  absl::optional<Turn> Take(SteadyTime now);

  // One of the open questions of a lookup has its answer.
  void OnAnswer(size_t who, SteadyTime now);

  // Drops what a lookup asked.
  void Forget(size_t who);

  // When Take may have something without an answer; nullopt: not before.
  absl::optional<SteadyTime> NextTurn() const;

 private:
  struct Lookup {
    std::deque<Question> waiting;
    size_t open = 0;
    SteadyTime moved;  // first asked, or answered
    bool is_slow = false;
    bool is_in_line = false;
  };
  using Line = std::deque<size_t>;

  void Age(SteadyTime now);
  size_t MostOf(const Lookup& lookup) const;
  void Stand(size_t who, Lookup* lookup);
  // The first of a line that may ask, taken from it.
  Lookup* Next(Line* line, bool is_slow, size_t* who);
  size_t& OpenOf(const Lookup& lookup) {
    return lookup.is_slow ? slow_open_ : fast_open_;
  }

  const Bounds bounds_;
  std::map<size_t, Lookup> lookups_;  // by `who`
  Line fast_;                         // those that may ask, in turn
  Line slow_;
  size_t fast_open_ = 0;
  size_t slow_open_ = 0;
  // When lookups turn slow, unless they have moved since, or ended.
  std::deque<std::pair<SteadyTime, size_t>> ageing_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_EMBEDDED_QUESTION_QUEUE_H_
