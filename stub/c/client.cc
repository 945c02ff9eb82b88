// Lookups of danebound.h through the module.
#include "stub/client/client.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "stub/c/calls.h"
#include "stub/c/guard.h"
#include "stub/c/lookup_source.h"
#include "stub/c/lookups.h"
#include "stub/c/options.h"
#include "stub/c/self_test.h"
#include "stub/client/event_client.h"
#include "stub/client/options.h"
#include "stub/include/danebound.h"

namespace danebound::c {
namespace {

LookupRequest RequestFor(const AskedLookup& asked) {
  LookupRequest request;
  request.next_hop = asked.next_hop;
  request.freshness = asked.options->freshness;
  return request;
}

// The module. Its client is made when a lookup needs it, and anew after GiveUp.
class ModuleSource : public LookupSource {
 public:
  // `options` outlive this, and may change until the first lookup.
  explicit ModuleSource(const ClientOptions* options) : options_(options) {}

  uint64_t Start(const AskedLookup& asked) override {
    HaveClient();
    last_ticket_ =
        before_ + client_->Start(RequestFor(asked), asked.options->timeout);
    return last_ticket_;
  }

  absl::optional<absl::StatusOr<FoundFacts>> LookUp(
      const AskedLookup& asked) override {
    HaveClient();
    ++last_ticket_;  // the client's own
    absl::StatusOr<ClientReply> reply =
        client_->Call(RequestFor(asked), asked.options->timeout);
    if (!reply.ok()) return absl::StatusOr<FoundFacts>(reply.status());
    return absl::StatusOr<FoundFacts>(std::get<FoundFacts>(*std::move(reply)));
  }

  void Cancel(uint64_t ticket) override {
    if (client_) client_->Cancel(ticket - before_);
  }

  void Advance() override {
    if (client_) client_->Advance();
  }

  std::vector<Finished> TakeFinished() override {
    std::vector<Finished> finished;
    if (!client_) return finished;
    for (EventClient::Finished& each : client_->TakeFinished()) {
      const uint64_t ticket = before_ + each.ticket;
      if (each.reply.ok()) {
        finished.push_back(
            {ticket, std::get<FoundFacts>(*std::move(each.reply))});
      } else {
        finished.push_back({ticket, each.reply.status()});
      }
    }
    return finished;
  }

  void GiveUp() noexcept override { client_.reset(); }

  size_t parallel() const override { return kMostParallel; }

  int fd() const override { return client_ ? client_->fd() : -1; }
  short events() const override {
    return client_ ? client_->events() : short{0};
  }
  absl::optional<EventClient::Clock::time_point> NextDeadline() const override {
    return client_ ? client_->NextDeadline() : absl::nullopt;
  }

  bool has_started() const { return last_ticket_ > 0; }

 private:
  // Has a client, with the tickets from here on.
  void HaveClient() {
    if (client_) return;
    client_ = std::make_unique<EventClient>(*options_);
    before_ = last_ticket_;
  }

  const ClientOptions* options_;
  std::unique_ptr<EventClient> client_;
  uint64_t before_ = 0;  // tickets of clients before this one
  uint64_t last_ticket_ = 0;
};

}  // namespace
}  // namespace danebound::c

struct danebound_client {
  explicit danebound_client(danebound::ClientOptions chosen)
      : options(std::move(chosen)),
        source(new danebound::c::ModuleSource(&options)),
        lookups(std::unique_ptr<danebound::c::LookupSource>(source)) {}
  danebound_client(const danebound_client&) = delete;
  danebound_client& operator=(const danebound_client&) = delete;

  danebound::ClientOptions options;
  danebound::c::ModuleSource* source;  // of lookups
  danebound::c::Lookups lookups;
};

using danebound::c::Guard;

namespace {

danebound::c::Lookups* LookupsOf(danebound_client* client) {
  return client == nullptr ? nullptr : &client->lookups;
}

const danebound::c::Lookups* LookupsOf(const danebound_client* client) {
  return client == nullptr ? nullptr : &client->lookups;
}

}  // namespace

danebound_client* danebound_client_new(const char* socket_path) {
  danebound_client* client = nullptr;
  Guard(nullptr, [&] {
    danebound::ClientOptions options;
    if (socket_path != nullptr) options.socket_path = socket_path;
    client = new danebound_client(std::move(options));
    return absl::OkStatus();
  });
  return client;
}

void danebound_client_free(danebound_client* client) { delete client; }

int danebound_client_set_patience(danebound_client* client,
                                  uint32_t patience_ms) {
  if (client == nullptr) return DANEBOUND_ERROR_ARGUMENT;
  if (client->source->has_started()) return DANEBOUND_ERROR_STATE;
  client->options.patience =
      std::min(absl::Milliseconds(patience_ms), absl::Hours(24));
  return DANEBOUND_OK;
}

int danebound_client_set_most_connections(danebound_client* client,
                                          uint32_t connections) {
  if (client == nullptr || connections == 0) return DANEBOUND_ERROR_ARGUMENT;
  if (client->source->has_started()) return DANEBOUND_ERROR_STATE;
  client->options.most_connections = connections;
  return DANEBOUND_OK;
}

int danebound_client_lookup(danebound_client* client, const char* next_hop,
                            const danebound_options* options,
                            danebound_verdict** verdict, char** why) {
  return danebound::c::LookUp(LookupsOf(client), next_hop, options, verdict,
                              why);
}

int danebound_client_lookup_all(danebound_client* client,
                                const char* const* next_hops, size_t count,
                                const danebound_options* options,
                                danebound_verdict** verdicts, int* errors,
                                char** whys) {
  return danebound::c::LookUpAll(LookupsOf(client), next_hops, count, options,
                                 verdicts, errors, whys);
}

int danebound_client_start(danebound_client* client, const char* next_hop,
                           const danebound_options* options, uint64_t* ticket,
                           char** why) {
  return danebound::c::StartLookup(LookupsOf(client), next_hop, options, ticket,
                                   why);
}

void danebound_client_cancel(danebound_client* client, uint64_t ticket) {
  if (client != nullptr) client->lookups.Cancel(ticket);
}

int danebound_client_fd(const danebound_client* client) {
  return danebound::c::DescriptorOf(LookupsOf(client));
}

short danebound_client_events(const danebound_client* client) {
  return danebound::c::EventsOf(LookupsOf(client));
}

int danebound_client_poll_timeout(const danebound_client* client) {
  return danebound::c::PollTimeoutOf(LookupsOf(client));
}

void danebound_client_advance(danebound_client* client) {
  if (client != nullptr) client->lookups.Advance();
}

size_t danebound_client_open_count(const danebound_client* client) {
  return danebound::c::OpenCountOf(LookupsOf(client));
}

uint64_t danebound_client_take(danebound_client* client, int* error,
                               danebound_verdict** verdict, char** why) {
  return danebound::c::TakeEnded(LookupsOf(client), error, verdict, why);
}

int danebound_client_self_test(danebound_client* client, uint32_t timeout_ms,
                               danebound_self_test** test, char** why) {
  return danebound::c::Give(
      test, why, [&]() -> absl::StatusOr<danebound_self_test*> {
        if (client == nullptr) return danebound::c::NullArgument();
        danebound::Client asking(client->options);
        absl::StatusOr<danebound::SelfTestReply> reply =
            asking.SelfTest(absl::Milliseconds(timeout_ms));
        if (!reply.ok()) return reply.status();
        return danebound::c::NewSelfTest(std::move(reply->checks));
      });
}
