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

// A trust anchor that did not work is looked at again after that.
constexpr std::chrono::seconds kProbePause(1);

// A question may need keys and addresses of name servers besides, and what was
// given up goes on in libunbound: a quarter of the ports is for these.
QuestionQueue::Bounds BoundsFor(size_t ports) {
  return {std::max<size_t>(ports / 2, 1), std::max<size_t>(ports / 4, 1)};
}

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
      timer_(event_new(context_.loop, -1, 0, OnTimer, this)),
      send_timer_(event_new(context_.loop, -1, 0, OnTimer, this)),
      queue_(BoundsFor(context_.ports)) {
  for (const Name& zone : context_.anchor_zones) {
    zones_.emplace_back().name = zone;
  }
}

// libunbound calls back for what is open when it goes, unless told not to.
Asker::~Asker() {
  for (const auto& [open, owned] : open_) {
    ub_cancel(context_.resolver.get(), open->id);
  }
}

void Asker::Ask(size_t who, const Question& question) {
  if (!all_secure_) ProbeFor(question.name);
  switch (GateOf(question.name)) {
    case Gate::kOpen:
      queue_.Add(who, question);
      return SendLater();
    case Gate::kWait:
      waiting_.push_back({who, question});
      return Wake();
    case Gate::kShut:
      return Arrive(who, question,
                    FailedAnswer(FaultOf(question.name), WallNow()));
  }
}

// --- trust anchors

// The lowest one counts: libunbound goes up to it, and no further.
Asker::AnchorZone* Asker::ZoneAbove(const Name& name) {
  AnchorZone* above = nullptr;
  for (AnchorZone& zone : zones_) {
    if (name.IsAtOrBelow(zone.name) &&
        (above == nullptr || zone.name.IsAtOrBelow(above->name))) {
      above = &zone;
    }
  }
  return above;
}

// What is open tells: a probe that was lost for lack of memory is made up for.
bool Asker::IsProbing(const AnchorZone& zone) const {
  return std::any_of(later_.begin(), later_.end(),
                     [&](const auto& open) { return open->probed == &zone; }) ||
         std::any_of(open_.begin(), open_.end(), [&](const auto& each) {
           return each.first->probed == &zone;
         });
}

bool Asker::IsProbingAny() const {
  return std::any_of(zones_.begin(), zones_.end(),
                     [this](const auto& zone) { return IsProbing(zone); });
}

void Asker::Probe(AnchorZone* zone) {
  if (zone->is_secure || IsProbing(*zone)) return;
  if (zone->was_answered && SteadyNow() < zone->answered + kProbePause) return;
  auto probe = std::make_unique<Open>();
  probe->asker = this;
  probe->who = kNobody;
  probe->question = {zone->name, kDnskeyType};
  probe->probed = zone;
  later_.push_back(std::move(probe));
  Wake();
}

// All of them once, as aliases may lead anywhere; later what the name wants.
void Asker::ProbeFor(const Name& name) {
  AnchorZone* const above = ZoneAbove(name);
  for (AnchorZone& zone : zones_) {
    if (above == nullptr || &zone == above || !zone.was_answered) Probe(&zone);
  }
}

Asker::Gate Asker::GateOf(const Name& name) {
  if (all_secure_) return Gate::kOpen;
  const AnchorZone* const zone = ZoneAbove(name);
  if (zone != nullptr) {
    return zone->is_secure    ? Gate::kOpen
           : IsProbing(*zone) ? Gate::kWait
                              : Gate::kShut;
  }
  const bool is_any_secure =
      std::any_of(zones_.begin(), zones_.end(),
                  [](const AnchorZone& each) { return each.is_secure; });
  return is_any_secure    ? Gate::kOpen
         : IsProbingAny() ? Gate::kWait
                          : Gate::kShut;
}

std::string Asker::FaultOf(const Name& name) {
  const AnchorZone* zone = ZoneAbove(name);
  if (zone == nullptr) zone = &zones_.front();
  return absl::StrCat(
      "the trust anchor at ", zone->name.ToText(), " does not work: ",
      zone->was_answered ? zone->fault : "the keys of its zone were not seen");
}

std::string Asker::AnchorFault() const {
  for (const AnchorZone& zone : zones_) {
    if (zone.is_secure) continue;
    return absl::StrCat(
        "the one at ", zone.name.ToText(), " vouches for nothing: ",
        zone.was_answered ? zone.fault : "the keys of its zone were not seen");
  }
  return "";
}

void Asker::OnProbe(AnchorZone* zone, const Answer& answer) {
  is_probe_over_ = true;
  zone->was_answered = true;
  zone->answered = SteadyNow();
  zone->is_secure = answer.security == Security::kSecure;
  zone->fault =
      absl::StrCat("the keys of its zone are ", ToText(answer.security),
                   answer.why.empty() ? "" : ": ", answer.why);
  all_secure_ = std::all_of(zones_.begin(), zones_.end(),
                            [](const auto& each) { return each.is_secure; });
  Wake();
}

// Lets go on what need not wait any more.
void Asker::OpenGates() {
  if (!std::exchange(is_probe_over_, false)) return;
  for (Waiting& each : std::exchange(waiting_, {})) {
    switch (GateOf(each.question.name)) {
      case Gate::kOpen:
        queue_.Add(each.who, each.question);
        break;
      case Gate::kWait:
        waiting_.push_back(std::move(each));
        break;
      case Gate::kShut:
        Arrive(each.who, each.question,
               FailedAnswer(FaultOf(each.question.name), WallNow()));
        break;
    }
  }
}

Answer Asker::Anchored(const Question& question, Answer answer) {
  if (all_secure_ || IsFailure(answer.security)) return answer;
  std::vector<Name> names = answer.aliases;
  names.push_back(question.name);
  for (const Name& name : names) {
    const AnchorZone* const zone = ZoneAbove(name);
    if (zone == nullptr || zone->is_secure) continue;
    return FailedAnswer(FaultOf(name), WallNow());
  }
  return answer;
}

// --- questions

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
  if (open->probed) {
    OnProbe(open->probed, failed);
  } else {
    queue_.OnAnswer(open->who, SteadyNow());
    Arrive(open->who, open->alias.value_or(open->question), failed);
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
  OpenGates();
  absl::optional<QuestionQueue::Turn> turn;
  while (!later_.empty() || (turn = queue_.Take(SteadyNow()))) {
    for (std::unique_ptr<Open>& open : std::exchange(later_, {})) {
      Send(std::move(open));
    }
    if (turn) {
      auto open = std::make_unique<Open>();
      open->asker = this;
      open->who = turn->who;
      open->question = std::move(turn->question);
      turn.reset();
      Send(std::move(open));
    }
    OpenGates();
  }
  const absl::optional<SteadyTime> next = queue_.NextTurn();
  if (next) SendAt(*next);
}

void Asker::SendAt(SteadyTime time) {
  const timeval left = TimeUntil(time);
  if (send_timer_) event_add(send_timer_.get(), &left);
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
  if (open.probed) return OnProbe(open.probed, answer);
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
  const Question& asked = open.alias ? *open.alias : open.question;
  queue_.OnAnswer(open.who, SteadyNow());
  Arrive(open.who, asked, Anchored(asked, std::move(answer)));
}

void Asker::Arrive(size_t who, const Question& question, Answer answer) {
  arrivals_.push_back({who, question, std::move(answer)});
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
  std::erase_if(waiting_,
                [who](const Waiting& each) { return each.who == who; });
  queue_.Forget(who);
  SendAt(SteadyNow());  // others have room
  arrivals_.erase(std::remove_if(arrivals_.begin(), arrivals_.end(),
                                 [who](const Arrival& arrival) {
                                   return arrival.who == who;
                                 }),
                  arrivals_.end());
}

template <typename Condition>
absl::Status Asker::WaitUntil(SteadyTime deadline, const Condition& is_over) {
  const SigpipeBlock block;
  SendLater();
  while (!is_over() && SteadyNow() < deadline) {
    const timeval left = TimeUntil(deadline);
    if (!timer_ || event_add(timer_.get(), &left) != 0 ||
        event_base_loop(context_.loop, EVLOOP_ONCE) != 0) {
      return LoopFailure();
    }
    SendLater();
  }
  return absl::OkStatus();
}

absl::Status Asker::Wait(SteadyTime deadline) {
  return WaitUntil(deadline, [this] { return !arrivals_.empty(); });
}

absl::Status Asker::WaitForAnchors(SteadyTime deadline) {
  for (AnchorZone& zone : zones_) Probe(&zone);
  return WaitUntil(deadline, [this] { return !IsProbingAny(); });
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
