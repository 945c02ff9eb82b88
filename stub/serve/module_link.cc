#include "stub/serve/module_link.h"

#include <poll.h>

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

absl::StatusOr<Facts> FactsOf(const absl::StatusOr<Message>& reply) {
  if (!reply.ok()) return reply.status();
  const auto* lookup = std::get_if<LookupReply>(&*reply);
  if (lookup != nullptr) return lookup->facts;
  return absl::InternalError("the module's reply is none to a lookup");
}

}  // namespace

ModuleLink::ModuleLink(event_base* base, ClientOptions options,
                       size_t most_lookups)
    : base_(base),
      client_(std::move(options)),
      most_lookups_(most_lookups),
      deadline_(base, [this] { Advance(); }) {}

void ModuleLink::Ask(const NextHop& next_hop, absl::Duration timeout,
                     OnFacts on_facts) {
  Key key(ToText(next_hop), next_hop.port, timeout);
  const auto found = tickets_.find(key);
  if (found != tickets_.end()) {
    flights_.at(found->second).waiting.push_back(std::move(on_facts));
    return;
  }
  if (flights_.size() >= most_lookups_) {
    refused_.push_back(std::move(on_facts));
  } else {
    const uint64_t ticket = client_.Start(LookupRequest{next_hop}, timeout);
    tickets_[key] = ticket;
    flights_[ticket] = {std::move(key), {std::move(on_facts)}};
  }
  asked_ = true;
  deadline_.RingIn({});
}

void ModuleLink::OnReady(evutil_socket_t /*fd*/, short /*what*/, void* link) {
  static_cast<ModuleLink*>(link)->Advance();
}

void ModuleLink::Advance() {
  // The client may close its descriptor: libevent must not hold it then.
  ready_.reset();
  deadline_.Silence();
  asked_ = false;
  client_.Advance();
  for (const EventClient::Finished& finished : client_.TakeFinished()) {
    Finish(finished);
  }
  for (const OnFacts& on_facts : std::exchange(refused_, {})) {
    on_facts(absl::ResourceExhaustedError(absl::StrCat(
        most_lookups_, " lookups are open (max_lookups); try again")));
  }
  Watch();
}

void ModuleLink::Finish(const EventClient::Finished& finished) {
  const auto found = flights_.find(finished.ticket);
  if (found == flights_.end()) return;
  const Flight flight = std::move(found->second);
  flights_.erase(found);
  tickets_.erase(flight.key);
  const absl::StatusOr<Facts> facts = FactsOf(finished.reply);
  for (const OnFacts& on_facts : flight.waiting) on_facts(facts);
}

void ModuleLink::Watch() {
  if (client_.fd() >= 0) {
    const auto what =
        static_cast<short>(EV_READ | EV_PERSIST |
                           ((client_.events() & POLLOUT) != 0 ? EV_WRITE : 0));
    ready_.reset(event_new(base_, client_.fd(), what, OnReady, this));
    event_add(ready_.get(), nullptr);
  }
  // What was asked for while others were answered is not begun yet.
  if (asked_) return deadline_.RingIn({});
  const auto next = client_.NextDeadline();
  if (next.has_value()) {
    deadline_.RingIn(*next - EventClient::Clock::now());
  }
}

}  // namespace danebound
