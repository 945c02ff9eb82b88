#include "stub/serve/facts/flights.h"

#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Of all lookups one in so many is kept for users that have few open: others
// must not take the last one from the mail server.
constexpr size_t kKeptShare = 16;

}  // namespace

void Flights::Ask(const NextHop& next_hop, absl::Duration timeout,
                  const std::string& peer, const OnLanding& on_landing) {
  const std::shared_ptr<Found> fresh =
      kept_.Fresh(next_hop, KeptFacts::Clock::now(), std::time(nullptr));
  if (fresh != nullptr) {
    Landing landing(fresh.get(), /*is_kept=*/true);
    return on_landing(landing);
  }
  const Key key(ToText(next_hop), next_hop.port, timeout);
  const auto found = flights_.find(key);
  if (found != flights_.end()) {
    found->second.waiting.push_back(on_landing);
    return;
  }
  const absl::Status room = Room(peer);
  if (!room.ok()) {
    Found refusal{room};
    Landing none(&refusal, /*is_kept=*/false);
    return on_landing(none);
  }
  flights_[key] = {peer, {on_landing}};
  ++count_by_peer_[peer];
  source_->Ask(next_hop, timeout,
               [this, key](absl::StatusOr<FoundFacts> reply) {
                 Land(key, std::move(reply));
               });
}

absl::Status Flights::Room(const std::string& peer) const {
  const auto found = count_by_peer_.find(peer);
  const size_t count = found == count_by_peer_.end() ? 0 : found->second;
  const size_t kept = limits_.in_all / kKeptShare;
  const size_t most = count < kept / 2 ? limits_.in_all : limits_.in_all - kept;
  if (flights_.size() >= most) {
    return absl::ResourceExhaustedError(
        absl::StrCat(flights_.size(), " lookups are open (max_lookups is ",
                     limits_.in_all, "); try again"));
  }
  if (count >= limits_.of_one_peer) {
    return absl::ResourceExhaustedError(
        absl::StrCat(peer, " has ", limits_.of_one_peer,
                     " lookups open (max_lookups_per_user); try again"));
  }
  return absl::OkStatus();
}

void Flights::Land(const Key& key, absl::StatusOr<FoundFacts> reply) {
  const auto found = flights_.find(key);
  // Taken out first: who is called back may ask for the same again.
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  const auto count = count_by_peer_.find(flight.peer);
  if (--count->second == 0) count_by_peer_.erase(count);
  const std::shared_ptr<Found> kept =
      kept_.Keep(std::move(reply), KeptFacts::Clock::now());
  Landing landing(kept.get(), /*is_kept=*/false);
  for (const OnLanding& on_landing : flight.waiting) on_landing(landing);
}

void Flights::set_source(std::unique_ptr<FactsSource> source) {
  kept_.Clear();
  if (flights_.empty()) former_.clear();
  former_.push_back(std::exchange(source_, std::move(source)));
}

}  // namespace danebound
