#include "stub/serve/facts/module_link.h"

#include <poll.h>

#include <utility>
#include <variant>

#include "absl/status/status.h"

namespace danebound {
namespace {

absl::StatusOr<FoundFacts> FactsOf(absl::StatusOr<ClientReply> reply) {
  if (!reply.ok()) return reply.status();
  auto* const found = std::get_if<FoundFacts>(&*reply);
  if (found != nullptr) return std::move(*found);
  return absl::InternalError("the module's reply is none to a lookup");
}

}  // namespace

ModuleLink::ModuleLink(event_base* base, ClientOptions options)
    : base_(base),
      client_(std::move(options)),
      deadline_(base, [this] { Advance(); }) {}

void ModuleLink::Ask(const NextHop& next_hop, absl::Duration timeout,
                     OnFacts on_facts) {
  waiting_[client_.Start(LookupRequest{next_hop}, timeout)] =
      std::move(on_facts);
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
  for (EventClient::Finished& finished : client_.TakeFinished()) {
    Finish(finished);
  }
  Watch();
}

void ModuleLink::Finish(EventClient::Finished& finished) {
  const auto found = waiting_.find(finished.ticket);
  if (found == waiting_.end()) return;
  const OnFacts on_facts = std::move(found->second);
  waiting_.erase(found);
  on_facts(FactsOf(std::move(finished.reply)));
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
