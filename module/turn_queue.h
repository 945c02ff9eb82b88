// Lookups that wait for room, taken in turn: by user, then by that user's
// connections, then in the order in which they came. However many one user or
// one connection has waiting, the next one's first comes after one of them.
#ifndef DANEBOUND_MODULE_TURN_QUEUE_H_
#define DANEBOUND_MODULE_TURN_QUEUE_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>

#include "absl/container/flat_hash_map.h"
#include "absl/types/optional.h"

namespace danebound {

class TurnQueue {
 public:
  // Adds a lookup at the end of its connection's.
  //
  //   id  not in the queue.
  void Push(uid_t user, uint64_t connection, uint64_t id);

  // Takes the one whose turn it is; nullopt when the queue is empty.
  absl::optional<uint64_t> Pop();

  // Takes one out; nothing happens when it is not there.
  void Remove(uint64_t id);

  bool empty() const { return places_.empty(); }
  size_t size() const { return places_.size(); }

 private:
  struct Place {
    uid_t user = 0;
    uint64_t connection = 0;
  };
  struct User {
    std::deque<uint64_t> turns;  // connections that have something, in turn
    absl::flat_hash_map<uint64_t, std::deque<uint64_t>> connections;
  };

  std::deque<uid_t> turns_;  // users that have something, in turn
  absl::flat_hash_map<uid_t, User> users_;
  absl::flat_hash_map<uint64_t, Place> places_;  // by id
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_TURN_QUEUE_H_
