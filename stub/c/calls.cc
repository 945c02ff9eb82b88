#include "stub/c/calls.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "stub/c/guard.h"
#include "stub/c/options.h"

namespace danebound::c {
namespace {

// A signal ends the wait early, which does no harm.
void Wait(const Lookups& lookups) {
  pollfd ready = {lookups.fd(), lookups.events(), 0};
  poll(&ready, 1, lookups.PollTimeout());
}

// Hands the end of a lookup out.
int HandOut(Lookups::Ended ended, danebound_verdict** verdict, char** why) {
  return Give(verdict, why, [&]() -> absl::StatusOr<danebound_verdict*> {
    if (!ended.reply.has_value()) throw std::bad_alloc();
    if (!ended.reply->ok()) return ended.reply->status();
    return (*ended.reply)->release();
  });
}

// The places of one LookUpAll; each array may be missing.
class Places {
 public:
  Places(danebound_verdict** verdicts, int* errors, char** whys, size_t count)
      : verdicts_(verdicts), errors_(errors), whys_(whys), first_(count) {
    for (size_t index = 0; index < count; ++index) {
      if (verdicts_ != nullptr) verdicts_[index] = nullptr;
      if (whys_ != nullptr) whys_[index] = nullptr;
      SetError(index, DANEBOUND_OK);
    }
  }

  char** WhyAt(size_t index) {
    return whys_ == nullptr ? nullptr : &whys_[index];
  }
  danebound_verdict** VerdictAt(size_t index) { return &verdicts_[index]; }

  void End(size_t index, int error) {
    SetError(index, error);
    if (error == DANEBOUND_OK || index >= first_) return;
    first_ = index;
    first_error_ = error;
  }

  int first_error() const { return first_error_; }

 private:
  void SetError(size_t index, int error) {
    if (errors_ != nullptr) errors_[index] = error;
  }

  danebound_verdict** const verdicts_;
  int* const errors_;
  char** const whys_;
  size_t first_;  // without a verdict, in the order of the list
  int first_error_ = DANEBOUND_OK;
};

// An open lookup of one LookUpAll.
struct Open {
  uint64_t ticket;
  size_t index;
};

// Looks up while other lookups are open, which go on.
int LookUpBeside(Lookups* lookups, const char* next_hop,
                 const danebound_options* options, danebound_verdict** verdict,
                 char** why) {
  uint64_t ticket = 0;
  const int error = StartLookup(lookups, next_hop, options, &ticket, why);
  if (error != DANEBOUND_OK) return error;
  while (lookups->IsOpen(ticket)) {
    lookups->Advance();
    if (lookups->IsOpen(ticket)) Wait(*lookups);
  }
  return HandOut(*lookups->Take(ticket), verdict, why);
}

}  // namespace

int LookUp(Lookups* lookups, const char* next_hop,
           const danebound_options* options, danebound_verdict** verdict,
           char** why) noexcept {
  if (verdict == nullptr) return Guard(why, NullArgument);
  bool has_ended = false;
  const int error =
      Give(verdict, why, [&]() -> absl::StatusOr<danebound_verdict*> {
        if (lookups == nullptr) return NullArgument();
        const absl::StatusOr<AskedLookup> asked =
            ReadLookup(next_hop, options, lookups->defaults());
        if (!asked.ok()) return asked.status();
        auto end = lookups->LookUp(*asked);
        has_ended = end.has_value();
        return has_ended ? *end : absl::StatusOr<danebound_verdict*>(nullptr);
      });
  if (has_ended || error != DANEBOUND_OK) return error;
  return LookUpBeside(lookups, next_hop, options, verdict, why);
}

int LookUpAll(Lookups* lookups, const char* const* next_hops, size_t count,
              const danebound_options* options, danebound_verdict** verdicts,
              int* errors, char** whys) noexcept {
  if (count == 0) return DANEBOUND_OK;
  Places places(verdicts, errors, whys, count);
  if (verdicts == nullptr) {
    for (size_t index = 0; index < count; ++index) {
      places.End(index, DANEBOUND_ERROR_ARGUMENT);
    }
    return places.first_error();
  }
  std::array<Open, kMostParallel> open = {};
  const size_t parallel =
      lookups == nullptr ? 1 : std::min(lookups->parallel(), kMostParallel);
  size_t open_count = 0;
  size_t next = 0;
  while (next < count || open_count > 0) {
    for (; next < count && open_count < parallel; ++next) {
      const char* next_hop = next_hops == nullptr ? nullptr : next_hops[next];
      Open& place = open[open_count];
      place.index = next;
      const int error = StartLookup(lookups, next_hop, options, &place.ticket,
                                    places.WhyAt(next));
      if (error == DANEBOUND_OK) {
        ++open_count;
      } else {
        places.End(next, error);
      }
    }
    if (open_count == 0) continue;
    lookups->Advance();
    const size_t before = open_count;
    for (size_t at = open_count; at-- > 0;) {
      if (lookups->IsOpen(open[at].ticket)) continue;
      const size_t index = open[at].index;
      places.End(index, HandOut(*lookups->Take(open[at].ticket),
                                places.VerdictAt(index), places.WhyAt(index)));
      open[at] = open[--open_count];
    }
    if (open_count == before) Wait(*lookups);
  }
  return places.first_error();
}

int StartLookup(Lookups* lookups, const char* next_hop,
                const danebound_options* options, uint64_t* ticket,
                char** why) noexcept {
  return Give(ticket, why, [&]() -> absl::StatusOr<uint64_t> {
    if (lookups == nullptr) return NullArgument();
    const absl::StatusOr<AskedLookup> asked =
        ReadLookup(next_hop, options, lookups->defaults());
    if (!asked.ok()) return asked.status();
    return lookups->Start(*asked);
  });
}

uint64_t TakeEnded(Lookups* lookups, int* error, danebound_verdict** verdict,
                   char** why) noexcept {
  if (why != nullptr) *why = nullptr;
  if (error != nullptr) *error = DANEBOUND_OK;
  if (verdict != nullptr) *verdict = nullptr;
  if (lookups == nullptr || error == nullptr || verdict == nullptr) return 0;
  absl::optional<Lookups::Ended> ended = lookups->Take();
  if (!ended.has_value()) return 0;
  const uint64_t ticket = ended->ticket;
  *error = HandOut(*std::move(ended), verdict, why);
  return ticket;
}

int DescriptorOf(const Lookups* lookups) noexcept {
  return lookups == nullptr ? -1 : lookups->fd();
}

short EventsOf(const Lookups* lookups) noexcept {
  return lookups == nullptr ? short{0} : lookups->events();
}

int PollTimeoutOf(const Lookups* lookups) noexcept {
  if (lookups == nullptr) return -1;
  return lookups->has_ended() ? 0 : lookups->PollTimeout();
}

size_t OpenCountOf(const Lookups* lookups) noexcept {
  return lookups == nullptr ? 0 : lookups->open_count();
}

}  // namespace danebound::c
