#include "stub/embedded/asker.h"

#include <unbound-event.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/embedded/sigpipe_block.h"

namespace danebound {
namespace {

constexpr int kClassIn = 1;
constexpr size_t kNobody = SIZE_MAX;  // asks the probes

timeval TimeUntil(SteadyTime deadline) {
  const auto left =
      std::max(std::chrono::duration_cast<std::chrono::microseconds>(
                   deadline - SteadyNow()),
               std::chrono::microseconds(0));
  timeval time = {};
  time.tv_sec = static_cast<time_t>(left.count() / 1000000);
  time.tv_usec = static_cast<suseconds_t>(left.count() % 1000000);
  return time;
}

absl::Status LoopFailure() {
  return absl::InternalError("the event loop of the embedded resolver failed");
}

}  // namespace

Asker::Asker(Context context, std::function<void()> on_arrival)
    : context_(std::move(context)),
      on_arrival_(std::move(on_arrival)),
      timer_(event_new(context_.loop, -1, 0, OnTimer, this)) {}

// libunbound calls back for what is open when it goes, unless told not to.
Asker::~Asker() {
  for (const auto& [open, owned] : open_) {
    ub_cancel(context_.resolver.get(), open->id);
  }
}

void Asker::Ask(size_t who, const Question& question) {
  auto open = std::make_unique<Open>();
  open->asker = this;
  open->who = who;
  open->question = question;
  if (is_anchored_) return Send(std::move(open));
  waiting_.push_back(std::move(open));
  if (IsProbing()) return;
  next_zone_ = 0;
  ProbeNext();
  Wake();
}

// What is open tells: a probe that was lost for lack of memory is made up for.
bool Asker::IsProbing() const {
  const auto is_probe = [](const std::unique_ptr<Open>& open) {
    return open->is_probe;
  };
  return std::any_of(later_.begin(), later_.end(), is_probe) ||
         std::any_of(open_.begin(), open_.end(),
                     [&](const auto& each) { return is_probe(each.second); });
}

bool Asker::ProbeNext() {
  if (next_zone_ == context_.anchor_zones.size()) return false;
  auto probe = std::make_unique<Open>();
  probe->asker = this;
  probe->who = kNobody;
  probe->question = {context_.anchor_zones[next_zone_++], kDnskeyType};
  probe->is_probe = true;
  later_.push_back(std::move(probe));
  return true;
}

void Asker::OnProbe(const Answer& answer) {
  is_anchored_ = answer.security == Security::kSecure;
  if (!is_anchored_ && ProbeNext()) return Wake();
  for (std::unique_ptr<Open>& open : std::exchange(waiting_, {})) {
    if (is_anchored_) {
      later_.push_back(std::move(open));
      continue;
    }
    Arrive(*open, FailedAnswer(
                      absl::StrCat("no trust anchor works: the keys of its "
                                   "zone are ",
                                   ToText(answer.security),
                                   answer.why.empty() ? "" : ": ", answer.why),
                      WallNow()));
  }
  Wake();
}

void Asker::Send(std::unique_ptr<Open> owned) {
  Open* const open = owned.get();
  open_[open] = std::move(owned);
  const std::string name = open->question.name.ToText();
  const auto type = static_cast<int>(open->question.type);
  const SigpipeBlock block;
  int id = 0;
  const int error = ub_resolve_event(context_.resolver.get(), name.c_str(),
                                     type, kClassIn, open, OnResult, &id);
  const auto still_open = open_.find(open);
  if (still_open == open_.end()) return;  // answered at once
  open->id = id;
  if (error == 0) return;
  const Answer failed = FailedAnswer(
      absl::StrCat("libunbound can't ask: ", ub_strerror(error)), WallNow());
  if (open->is_probe) {
    OnProbe(failed);
  } else {
    Arrive(*open, failed);
  }
  open_.erase(still_open);
}

// For Wait it only ends one turn of the loop, which the loop itself does.
void Asker::OnTimer(evutil_socket_t /*fd*/, short /*what*/, void* asker) {
  auto* const self = static_cast<Asker*>(asker);
  if (!self->on_arrival_) return;
  self->SendLater();
  self->on_arrival_();
}

void Asker::Wake() {
  if (on_arrival_) event_active(timer_.get(), EV_TIMEOUT, 0);
}

// What is answered at once may make more necessary.
void Asker::SendLater() {
  while (!later_.empty()) {
    for (std::unique_ptr<Open>& open : std::exchange(later_, {})) {
      Send(std::move(open));
    }
  }
}

void Asker::OnResult(void* open, int rcode, void* packet, int packet_size,
                     int security, char* why_bogus, int rate_limited) {
  const Open* const asked = static_cast<Open*>(open);
  Asker* const asker = asked->asker;
  try {
    UnboundResult result;
    result.rcode = rcode;
    result.security = security;
    result.rate_limited = rate_limited != 0;
    if (packet && packet_size > 0) {
      result.packet = absl::string_view(static_cast<const char*>(packet),
                                        static_cast<size_t>(packet_size));
    }
    if (why_bogus) result.why_bogus = why_bogus;
    asker->OnAnswer(*asked, result);
  } catch (const std::bad_alloc&) {
    // No exception may pass through libunbound. What there is no memory to keep
    // has failed when the deadline comes.
  }
  asker->open_.erase(asked);
}

void Asker::OnAnswer(const Open& open, const UnboundResult& result) {
  Answer answer = AnswerFrom(open.question, result, WallNow());
  if (open.is_probe) return OnProbe(answer);
  if (open.alias) {
    answer = AliasFromDname(*open.alias, open.question.name, answer, WallNow());
  } else if (answer.security == Security::kBogus) {
    const absl::optional<Name> dname = DnameAbove(open.question, result.packet);
    if (dname) {
      auto again = std::make_unique<Open>();
      again->asker = this;
      again->who = open.who;
      again->question = {*dname, kDnameType};
      again->alias = open.question;
      later_.push_back(std::move(again));
      Wake();
      return;
    }
  }
  Arrive(open, std::move(answer));
}

void Asker::Arrive(const Open& open, Answer answer) {
  arrivals_.push_back(
      {open.who, open.alias.value_or(open.question), std::move(answer)});
  Wake();
}

void Asker::Forget(size_t who) {
  for (auto at = open_.begin(); at != open_.end();) {
    if (at->first->who == who) {
      ub_cancel(context_.resolver.get(), at->first->id);
      at = open_.erase(at);
    } else {
      ++at;
    }
  }
  const auto is_of = [who](const std::unique_ptr<Open>& open) {
    return open->who == who;
  };
  std::erase_if(later_, is_of);
  std::erase_if(waiting_, is_of);
  arrivals_.erase(std::remove_if(arrivals_.begin(), arrivals_.end(),
                                 [who](const Arrival& arrival) {
                                   return arrival.who == who;
                                 }),
                  arrivals_.end());
}

absl::Status Asker::Wait(SteadyTime deadline) {
  const SigpipeBlock block;
  SendLater();
  while (arrivals_.empty() && SteadyNow() < deadline) {
    const timeval left = TimeUntil(deadline);
    if (!timer_ || event_add(timer_.get(), &left) != 0 ||
        event_base_loop(context_.loop, EVLOOP_ONCE) != 0) {
      return LoopFailure();
    }
    SendLater();
  }
  return absl::OkStatus();
}

absl::Status Asker::Turn() {
  const SigpipeBlock block;
  SendLater();
  if (event_base_loop(context_.loop, EVLOOP_NONBLOCK) < 0) return LoopFailure();
  SendLater();
  return absl::OkStatus();
}

std::vector<Asker::Arrival> Asker::TakeArrivals() {
  return std::exchange(arrivals_, {});
}

}  // namespace danebound
