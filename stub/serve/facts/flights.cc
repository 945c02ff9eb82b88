#include "stub/serve/facts/flights.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {

absl::StatusOr<Verdict>& Landing::VerdictFor(const Choices& choices) {
  for (auto& [concluded_for, verdict] : verdicts_) {
    if (concluded_for == choices) return verdict;
  }
  verdicts_.emplace_back(choices, Conclude((*reply_)->facts, choices));
  return verdicts_.back().second;
}

void Flights::Ask(const NextHop& next_hop, absl::Duration timeout,
                  const std::string& peer, const OnLanding& on_landing) {
  const Key key(ToText(next_hop), next_hop.port, timeout);
  const auto found = flights_.find(key);
  if (found != flights_.end()) {
    found->second.waiting.push_back(on_landing);
    return;
  }
  const absl::Status room = Room(peer);
  if (!room.ok()) {
    const absl::StatusOr<LookupReply> refusal = room;
    Landing none(refusal);
    return on_landing(none);
  }
  flights_[key] = {peer, {on_landing}};
  ++count_by_peer_[peer];
  source_->Ask(next_hop, timeout,
               [this, key](const absl::StatusOr<LookupReply>& reply) {
                 Land(key, reply);
               });
}

absl::Status Flights::Room(const std::string& peer) const {
  if (flights_.size() >= limits_.in_all) {
    return absl::ResourceExhaustedError(absl::StrCat(
        limits_.in_all, " lookups are open (max_lookups); try again"));
  }
  const auto count = count_by_peer_.find(peer);
  if (count != count_by_peer_.end() && count->second >= limits_.of_one_peer) {
    return absl::ResourceExhaustedError(
        absl::StrCat(peer, " has ", limits_.of_one_peer,
                     " lookups open (max_lookups_per_peer); try again"));
  }
  return absl::OkStatus();
}

void Flights::Land(const Key& key, const absl::StatusOr<LookupReply>& reply) {
  const auto found = flights_.find(key);
  // Taken out first: who is called back may ask for the same again.
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  const auto count = count_by_peer_.find(flight.peer);
  if (--count->second == 0) count_by_peer_.erase(count);
  Landing landing(reply);
  for (const OnLanding& on_landing : flight.waiting) on_landing(landing);
}

void Flights::set_source(std::unique_ptr<FactsSource> source) {
  if (flights_.empty()) former_.clear();
  former_.push_back(std::exchange(source_, std::move(source)));
}

}  // namespace danebound
