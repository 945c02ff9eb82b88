// Lookups of danebound.h without a module: libdanebound-embedded.
#include "stub/embedded/embedded.h"

#include <poll.h>

#include <ctime>
#include <memory>
#include <utility>
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
#include "stub/embedded/poll_embedded.h"
#include "stub/include/danebound.h"

namespace danebound::c {
namespace {

// libunbound in this process.
class EmbeddedSource : public LookupSource {
 public:
  explicit EmbeddedSource(std::unique_ptr<PollEmbedded> resolver)
      : resolver_(std::move(resolver)) {}

  uint64_t Start(const AskedLookup& asked) override {
    return resolver_->Start(asked.next_hop, asked.options->timeout);
  }
  absl::optional<absl::StatusOr<FoundFacts>> LookUp(
      const AskedLookup& /*asked*/) override {
    return absl::nullopt;
  }
  void Cancel(uint64_t ticket) override { resolver_->Cancel(ticket); }
  void Advance() override { resolver_->Advance(); }

  std::vector<Finished> TakeFinished() override {
    std::vector<Finished> finished;
    for (PollEmbedded::Finished& each : resolver_->TakeFinished()) {
      if (each.facts.ok()) {
        finished.push_back(
            {each.ticket, FoundFacts::Encode(*each.facts, std::time(nullptr))});
      } else {
        finished.push_back({each.ticket, each.facts.status()});
      }
    }
    return finished;
  }

  void GiveUp() noexcept override { resolver_->CancelAll(); }

  size_t parallel() const override {
    return EmbeddedOptions().parallel_lookups;
  }

  int fd() const override { return resolver_->fd(); }
  short events() const override { return POLLIN; }
  absl::optional<SteadyTime> NextDeadline() const override {
    return resolver_->NextDeadline();
  }

  PollEmbedded& resolver() { return *resolver_; }

 private:
  std::unique_ptr<PollEmbedded> resolver_;
};

}  // namespace
}  // namespace danebound::c

struct danebound_embedded {
  explicit danebound_embedded(
      std::unique_ptr<danebound::c::EmbeddedSource> made)
      : source(made.get()), lookups(std::move(made)) {}
  danebound_embedded(const danebound_embedded&) = delete;
  danebound_embedded& operator=(const danebound_embedded&) = delete;

  danebound::c::EmbeddedSource* source;  // of lookups
  danebound::c::Lookups lookups;
};

using danebound::PollEmbedded;
using danebound::c::EmbeddedSource;
using danebound::c::Give;

namespace {

danebound::c::Lookups* LookupsOf(danebound_embedded* embedded) {
  return embedded == nullptr ? nullptr : &embedded->lookups;
}

const danebound::c::Lookups* LookupsOf(const danebound_embedded* embedded) {
  return embedded == nullptr ? nullptr : &embedded->lookups;
}

}  // namespace

int danebound_embedded_new(const char* unbound_conf,
                           const char* trust_anchor_file,
                           danebound_embedded** embedded, char** why) {
  return Give(embedded, why, [&]() -> absl::StatusOr<danebound_embedded*> {
    danebound::EmbeddedOptions options;
    if (unbound_conf != nullptr) options.unbound_conf = unbound_conf;
    if (trust_anchor_file != nullptr) {
      options.trust_anchor_file = trust_anchor_file;
    }
    absl::StatusOr<std::unique_ptr<PollEmbedded>> resolver =
        PollEmbedded::New(options);
    if (!resolver.ok()) return resolver.status();
    return new danebound_embedded(
        std::make_unique<EmbeddedSource>(*std::move(resolver)));
  });
}

void danebound_embedded_free(danebound_embedded* embedded) { delete embedded; }

int danebound_embedded_lookup(danebound_embedded* embedded,
                              const char* next_hop,
                              const danebound_options* options,
                              danebound_verdict** verdict, char** why) {
  return danebound::c::LookUp(LookupsOf(embedded), next_hop, options, verdict,
                              why);
}

int danebound_embedded_lookup_all(danebound_embedded* embedded,
                                  const char* const* next_hops, size_t count,
                                  const danebound_options* options,
                                  danebound_verdict** verdicts, int* errors,
                                  char** whys) {
  return danebound::c::LookUpAll(LookupsOf(embedded), next_hops, count, options,
                                 verdicts, errors, whys);
}

int danebound_embedded_start(danebound_embedded* embedded, const char* next_hop,
                             const danebound_options* options, uint64_t* ticket,
                             char** why) {
  return danebound::c::StartLookup(LookupsOf(embedded), next_hop, options,
                                   ticket, why);
}

void danebound_embedded_cancel(danebound_embedded* embedded, uint64_t ticket) {
  if (embedded != nullptr) embedded->lookups.Cancel(ticket);
}

int danebound_embedded_fd(const danebound_embedded* embedded) {
  return danebound::c::DescriptorOf(LookupsOf(embedded));
}

short danebound_embedded_events(const danebound_embedded* embedded) {
  return danebound::c::EventsOf(LookupsOf(embedded));
}

int danebound_embedded_poll_timeout(const danebound_embedded* embedded) {
  return danebound::c::PollTimeoutOf(LookupsOf(embedded));
}

void danebound_embedded_advance(danebound_embedded* embedded) {
  if (embedded != nullptr) embedded->lookups.Advance();
}

size_t danebound_embedded_open_count(const danebound_embedded* embedded) {
  return danebound::c::OpenCountOf(LookupsOf(embedded));
}

uint64_t danebound_embedded_take(danebound_embedded* embedded, int* error,
                                 danebound_verdict** verdict, char** why) {
  return danebound::c::TakeEnded(LookupsOf(embedded), error, verdict, why);
}

int danebound_embedded_self_test(danebound_embedded* embedded,
                                 uint32_t timeout_ms,
                                 danebound_self_test** test, char** why) {
  return Give(test, why, [&]() -> absl::StatusOr<danebound_self_test*> {
    if (embedded == nullptr) return danebound::c::NullArgument();
    if (timeout_ms == 0) {
      return absl::InvalidArgumentError(
          "a timeout of 0 ms leaves no time to ask; give 1 or more");
    }
    return danebound::c::NewSelfTest(
        embedded->source->resolver().SelfTest(absl::Milliseconds(timeout_ms)));
  });
}
