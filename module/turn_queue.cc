#include "module/turn_queue.h"

#include <algorithm>

namespace danebound {

void TurnQueue::Push(uid_t user, uint64_t connection, uint64_t id) {
  User& of_user = users_[user];
  if (of_user.connections.empty()) turns_.push_back(user);
  std::deque<uint64_t>& ids = of_user.connections[connection];
  if (ids.empty()) of_user.turns.push_back(connection);
  ids.push_back(id);
  places_[id] = {user, connection};
}

absl::optional<uint64_t> TurnQueue::Pop() {
  if (turns_.empty()) return absl::nullopt;
  const uid_t user = turns_.front();
  turns_.pop_front();
  User& of_user = users_.at(user);
  const uint64_t connection = of_user.turns.front();
  of_user.turns.pop_front();
  std::deque<uint64_t>& ids = of_user.connections.at(connection);
  const uint64_t id = ids.front();
  ids.pop_front();
  places_.erase(id);
  if (ids.empty()) {
    of_user.connections.erase(connection);
  } else {
    of_user.turns.push_back(connection);
  }
  if (of_user.connections.empty()) {
    users_.erase(user);
  } else {
    turns_.push_back(user);
  }
  return id;
}

void TurnQueue::Remove(uint64_t id) {
  const auto place = places_.find(id);
  if (place == places_.end()) return;
  const auto [user, connection] = place->second;
  places_.erase(place);
  User& of_user = users_.at(user);
  std::deque<uint64_t>& ids = of_user.connections.at(connection);
  std::erase(ids, id);
  if (!ids.empty()) return;
  of_user.connections.erase(connection);
  std::erase(of_user.turns, connection);
  if (!of_user.connections.empty()) return;
  users_.erase(user);
  std::erase(turns_, user);
}

}  // namespace danebound
