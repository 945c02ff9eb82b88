// Lookups of danebound.h through the module.
#include <poll.h>

#include <memory>
#include <new>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "stub/c/guard.h"
#include "stub/c/lookups.h"
#include "stub/c/options.h"
#include "stub/c/verdict.h"
#include "stub/client/options.h"
#include "stub/include/danebound.h"

struct danebound_client {
  danebound::c::Lookups lookups;
};

namespace danebound::c {
namespace {

// A signal ends the wait early, which does no harm.
void Wait(const Lookups& lookups) {
  pollfd ready = {lookups.fd(), lookups.events(), 0};
  poll(&ready, 1, lookups.PollTimeout());
}

// Hands the end of a lookup out.
int HandOut(Lookups::Ended ended, danebound_verdict** verdict, char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (!ended.reply.has_value()) throw std::bad_alloc();
    if (!ended.reply->ok()) return ended.reply->status();
    *verdict = (*ended.reply)->release();
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace danebound::c

using danebound::c::AskedLookup;
using danebound::c::Guard;
using danebound::c::HandOut;
using danebound::c::Lookups;

danebound_client* danebound_client_new(const char* socket_path) {
  danebound_client* client = nullptr;
  Guard(nullptr, [&] {
    danebound::ClientOptions options;
    if (socket_path != nullptr) options.socket_path = socket_path;
    client = new danebound_client{Lookups(std::move(options))};
    return absl::OkStatus();
  });
  return client;
}

void danebound_client_free(danebound_client* client) { delete client; }

int danebound_client_lookup(danebound_client* client, const char* next_hop,
                            const danebound_options* options,
                            danebound_verdict** verdict, char** why) {
  if (verdict == nullptr) {
    return Guard(why, [] { return danebound::c::NullArgument(); });
  }
  uint64_t ticket = 0;
  const int error =
      danebound_client_start(client, next_hop, options, &ticket, why);
  if (error != DANEBOUND_OK) return error;
  Lookups& lookups = client->lookups;
  while (lookups.IsOpen(ticket)) {
    lookups.Advance();
    if (lookups.IsOpen(ticket)) danebound::c::Wait(lookups);
  }
  return HandOut(*lookups.Take(ticket), verdict, why);
}

int danebound_client_start(danebound_client* client, const char* next_hop,
                           const danebound_options* options, uint64_t* ticket,
                           char** why) {
  return Guard(why, [&]() -> absl::Status {
    if (client == nullptr || ticket == nullptr) {
      return danebound::c::NullArgument();
    }
    const absl::StatusOr<AskedLookup> asked =
        danebound::c::ReadLookup(next_hop, options);
    if (!asked.ok()) return asked.status();
    *ticket = client->lookups.Start(*asked);
    return absl::OkStatus();
  });
}

void danebound_client_cancel(danebound_client* client, uint64_t ticket) {
  if (client != nullptr) client->lookups.Cancel(ticket);
}

int danebound_client_fd(const danebound_client* client) {
  return client == nullptr ? -1 : client->lookups.fd();
}

short danebound_client_events(const danebound_client* client) {
  return client == nullptr ? short{0} : client->lookups.events();
}

int danebound_client_poll_timeout(const danebound_client* client) {
  if (client == nullptr) return -1;
  return client->lookups.has_ended() ? 0 : client->lookups.PollTimeout();
}

void danebound_client_advance(danebound_client* client) {
  if (client != nullptr) client->lookups.Advance();
}

uint64_t danebound_client_take(danebound_client* client, int* error,
                               danebound_verdict** verdict, char** why) {
  if (why != nullptr) *why = nullptr;
  if (client == nullptr || error == nullptr || verdict == nullptr) return 0;
  absl::optional<Lookups::Ended> ended = client->lookups.Take();
  if (!ended.has_value()) return 0;
  const uint64_t ticket = ended->ticket;
  *verdict = nullptr;
  *error = HandOut(*std::move(ended), verdict, why);
  return ticket;
}
