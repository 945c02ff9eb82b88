#include "module/turn_queue.h"

#include <algorithm>

namespace danebound {
namespace {

template <typename T>
void MoveFirstToEnd(std::list<T>* list) {
  list->splice(list->end(), *list, list->begin());
}

}  // namespace

TurnQueue::Line& TurnQueue::LineOf(const Place& place) {
  auto user = std::find_if(
      users_.begin(), users_.end(),
      [&place](const User& some) { return some.user == place.user; });
  if (user == users_.end()) user = users_.insert(user, User{place.user, {}});
  std::list<Line>& lines = user->lines;
  auto line =
      std::find_if(lines.begin(), lines.end(), [&place](const Line& some) {
        return some.connection == place.connection;
      });
  if (line == lines.end()) {
    line = lines.insert(line, Line{place.connection, {}});
  }
  return *line;
}

void TurnQueue::Push(uid_t user, uint64_t connection, uint64_t id) {
  const Place place = {user, connection};
  std::vector<Place>& places = places_[id];
  if (std::find(places.begin(), places.end(), place) != places.end()) return;
  places.push_back(place);
  LineOf(place).ids.push_back(id);
}

// Lines are empty where there was no memory for what they were made for.
absl::optional<uint64_t> TurnQueue::Pop() {
  while (!users_.empty()) {
    std::list<Line>& lines = users_.front().lines;
    if (lines.empty()) {
      users_.pop_front();
      continue;
    }
    if (lines.front().ids.empty()) {
      lines.pop_front();
      continue;
    }
    const uint64_t id = lines.front().ids.front();
    MoveFirstToEnd(&lines);
    MoveFirstToEnd(&users_);
    Remove(id);
    return id;
  }
  return absl::nullopt;
}

void TurnQueue::Remove(uint64_t id) {
  const auto places = places_.find(id);
  if (places == places_.end()) return;
  for (const Place& place : places->second) Remove(place, id);
  places_.erase(places);
}

void TurnQueue::Remove(const Place& place, uint64_t id) {
  const auto user = std::find_if(
      users_.begin(), users_.end(),
      [&place](const User& some) { return some.user == place.user; });
  if (user == users_.end()) return;
  for (Line& line : user->lines) {
    if (line.connection == place.connection) std::erase(line.ids, id);
  }
  std::erase_if(user->lines, [](const Line& line) { return line.ids.empty(); });
  if (user->lines.empty()) users_.erase(user);
}

}  // namespace danebound
