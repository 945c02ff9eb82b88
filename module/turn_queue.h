// Lookups that wait for room, taken in turn: by user, then by that user's
// connections, then in the order in which they came. However many one user or
// one connection has waiting, the next one's first comes after one of them.
//
//   users    1000 -----------> 1001 --> (1000 again)
//   lines    7, 8 (in turn)    9
//   lookups  7: 31, 34  8: 36  9: 31
//
// A lookup stands in the line of everybody who waits for it, and is taken at
// the first turn that comes to it: who waits for what somebody else has asked
// for stands behind his own lookups alone.
#ifndef DANEBOUND_MODULE_TURN_QUEUE_H_
#define DANEBOUND_MODULE_TURN_QUEUE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <vector>

#include "absl/types/optional.h"

namespace danebound {

class TurnQueue {
 public:
  // Adds a lookup at the end of a connection's line, where it is not in it.
  // Without memory it may count as waiting, and not be in the line.
  void Push(uid_t user, uint64_t connection, uint64_t id);

  // Takes the one whose turn it is, out of all lines; nullopt when they are
  // empty. Takes no memory.
  absl::optional<uint64_t> Pop();

  // Takes one out of all lines; nothing happens when it is in none. Takes no
  // memory.
  void Remove(uint64_t id);

  bool empty() const { return places_.empty(); }
  size_t size() const { return places_.size(); }

 private:
  struct Place {
    uid_t user = 0;
    uint64_t connection = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };
  struct Line {
    uint64_t connection = 0;
    std::deque<uint64_t> ids;
  };
  struct User {
    uid_t user = 0;
    std::list<Line> lines;  // in turn
  };

  Line& LineOf(const Place& place);
  void Remove(const Place& place, uint64_t id);

  std::list<User> users_;                          // in turn
  std::map<uint64_t, std::vector<Place>> places_;  // by id
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_TURN_QUEUE_H_
