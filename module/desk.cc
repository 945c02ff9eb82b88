#include "module/desk.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "module/self_test.h"
#include "stub/dane/lookup.h"
#include "stub/wire/facts_octets.h"

namespace danebound {
namespace {

// What a worker has to answer the service thread once a time has come.
constexpr int64_t kGraceMs = 100;
// How long a worker may take over ending a lookup before it is forgotten.
constexpr int64_t kEndingMs = 5000;
// How long requests wait for the first worker.
constexpr int64_t kWakeMs = 1000;
constexpr int64_t kWakeAgainMs = 250;
// How often workers are told that lookups wait, or that time passes.
constexpr int64_t kTickMs = 25;
// How often the resolver's mode is looked at while the cache gives the answers.
constexpr int64_t kLookMs = 1000;

constexpr absl::string_view kNoWorkerText =
    "no worker of the resolver is known yet: the module asked the resolver's "
    "own listening sockets and got no further; let access-control in "
    "unbound.conf allow 127.0.0.1 or ::1, or wait for the first DNS query";

constexpr absl::string_view kBusyText =
    "the resolver had no room in time: other lookups hold what mesh_share "
    "leaves to them of num-queries-per-thread; ask again";

VerdictCache::HashKey RandomKey() {
  std::random_device random;
  const auto draw = [&random] { return (uint64_t{random()} << 32) | random(); };
  return {draw(), draw()};
}

std::string NameOf(const NextHop& next_hop) {
  return absl::StrCat(ToText(next_hop), ":", next_hop.port);
}

bool HasFailedHost(const Facts& facts) {
  return std::any_of(
      facts.hosts.begin(), facts.hosts.end(),
      [](const HostFacts& host) { return IsFailure(host.state); });
}

}  // namespace

Desk::Desk(const ModuleSettings& settings, Standing standing, Clock* clock,
           Ports ports)
    : settings_(settings),
      standing_(std::move(standing)),
      clock_(clock),
      ports_(std::move(ports)),
      cache_(static_cast<size_t>(settings.cache_bytes), RandomKey()),
      prefetch_(settings.prefetch_per_second),
      fresh_bucket_(settings.fresh_per_second) {}

// --- requests ---

void Desk::OnRequest(const Ticket& ticket, const Request& request,
                     int64_t now_ms) {
  std::visit([&](const auto& kind) { On(ticket, kind, now_ms); }, request);
}

void Desk::On(const Ticket& ticket, const HelloRequest& request,
              int64_t /*now_ms*/) {
  ports_.log(LogLevel::kDebug,
             absl::StrCat("client ", absl::CHexEscape(request.client)));
  ports_.reply(ticket, Reply(HelloReply{standing_.server, standing_.resolver}));
}

void Desk::On(const Ticket& ticket, const StatsRequest& /*request*/,
              int64_t /*now_ms*/) {
  ports_.reply(ticket, Reply(StatsReply{AllCounters()}));
}

void Desk::ReplyError(const Ticket& ticket, ErrorCode code,
                      absl::string_view text) {
  const CountedError error = MakeError(code, text);
  counters_.AddErrors(code, 1);
  ports_.reply(ticket, error.reply);
}

// RFC 7672 2.2: no DNS, so nothing to wait for.
void Desk::ReplyLiteral(const Ticket& ticket, const NextHop& next_hop) {
  const Lookup lookup(next_hop, LookupLimits(), clock_->Now());
  ports_.reply(ticket,
               FactsReply{std::make_shared<Facts>(lookup.facts()), false});
}

void Desk::On(const Ticket& ticket, const LookupRequest& request,
              int64_t now_ms) {
  counters_.Add(CountedEvent::kLookupRequest);
  if (standing_.out_of_service) {
    ReplyError(ticket, standing_.out_of_service->code,
               standing_.out_of_service->text);
    return;
  }
  if (request.next_hop.form == NextHopForm::kAddress) {
    ReplyLiteral(ticket, request.next_hop);
    return;
  }
  const std::string key = KeyOf(request.next_hop);
  VerdictCache::Entry* entry = cache_.Find(key);
  if (ReplyFromCache(ticket, request, entry, now_ms)) return;
  const Waiter waiter = WaiterFor(ticket, request.timeout_ms, now_ms);
  if (Join(key, request, waiter)) return;
  const std::string busy = WhyBusy(ticket.user);
  if (!busy.empty()) {
    ReplyError(ticket, ErrorCode::kBusy, busy);
    return;
  }
  OpenLookup& open = NewOpen(Lane::kAsked, request.next_hop, now_ms);
  const auto other = open_by_key_.find(key);
  if (other != open_by_key_.end() &&
      open_.at(other->second).lane != Lane::kAsked) {
    open.supersedes = other->second;
  }
  open_by_key_[key] = open.id;
  open.is_metered = request.freshness == Freshness::kFresh;
  // What still lives of it is not asked for again.
  if (entry != nullptr && request.freshness == Freshness::kAny) {
    open.earlier = std::make_shared<Facts>(entry->ToFacts());
  }
  ChargeTo(open, ticket.user);
  AddWaiter(open, waiter);
  Enqueue(open, now_ms);
}

std::string Desk::WhyBusy(uid_t user) const {
  if (asked_ >= static_cast<size_t>(settings_.max_lookups)) {
    return absl::StrCat(settings_.max_lookups,
                        " lookups are open (max_lookups): ask again");
  }
  const auto asked = asked_by_user_.find(user);
  if (asked != asked_by_user_.end() &&
      asked->second >= static_cast<size_t>(settings_.max_lookups_per_user)) {
    return absl::StrCat(settings_.max_lookups_per_user, " lookups of user ",
                        user, " are open (max_lookups_per_user): ask again");
  }
  return "";
}

absl::optional<CachedFacts> Desk::Hit(const LookupView& lookup, int64_t now,
                                      int64_t now_ms) {
  if (standing_.out_of_service) return absl::nullopt;
  VerdictCache::Entry* entry = cache_.Find(lookup.next_hop);
  if (entry == nullptr || !FitsLookupReply(entry->octets().size())) {
    return absl::nullopt;
  }
  entry = TakeHit(entry, lookup.freshness, now, now_ms);
  if (entry == nullptr) return absl::nullopt;
  counters_.Add(CountedEvent::kLookupRequest);
  return CachedFacts{entry->octets(), static_cast<uint32_t>(std::max<int64_t>(
                                          now - entry->counted(), 0))};
}

VerdictCache::Entry* Desk::TakeHit(VerdictCache::Entry* entry,
                                   Freshness freshness, int64_t now,
                                   int64_t now_ms) {
  if (entry == nullptr || entry->whole_until() <= now ||
      freshness == Freshness::kFresh || !why_not_trusted_.empty()) {
    return nullptr;
  }
  counters_.Add(CountedEvent::kCacheHit);
  if (!std::exchange(entry->was_asked, true)) {
    ScheduleRenewal(*entry, now, now_ms);
  }
  LookAtMode(now_ms);
  return entry;
}

bool Desk::ReplyFromCache(const Ticket& ticket, const LookupRequest& request,
                          VerdictCache::Entry* entry, int64_t now_ms) {
  if (request.freshness == Freshness::kFresh) return false;
  const bool cached_only = request.freshness == Freshness::kCachedOnly;
  const int64_t now = clock_->Now();
  entry = TakeHit(entry, request.freshness, now, now_ms);
  if (entry != nullptr) {
    ports_.reply(ticket,
                 FactsReply{std::make_shared<Facts>(entry->ToFacts()), true});
    return true;
  }
  if (!why_not_trusted_.empty()) {
    // A worker looks again before it answers.
    if (!cached_only) return false;
    LookAtMode(now_ms);
    ReplyError(ticket, ErrorCode::kNotValidating, why_not_trusted_);
    return true;
  }
  counters_.Add(CountedEvent::kCacheMiss);
  if (!cached_only) return false;
  ReplyError(ticket, ErrorCode::kNotCached,
             absl::StrCat("nothing that lives is cached for ",
                          NameOf(request.next_hop)));
  return true;
}

// Lookups that nobody waits for are not joined: they cost little, and may end
// early. What was begun from earlier facts is not fresh.
bool Desk::Join(const std::string& key, const LookupRequest& request,
                const Waiter& waiter) {
  const auto found = open_by_key_.find(key);
  if (found == open_by_key_.end()) return false;
  OpenLookup& open = open_.at(found->second);
  if (open.lane != Lane::kAsked || std::holds_alternative<Ending>(open.state) ||
      (request.freshness == Freshness::kFresh && open.earlier != nullptr)) {
    return false;
  }
  counters_.Add(CountedEvent::kLookupCoalesced);
  AddWaiter(open, waiter);
  Schedule(open);
  if (open.is_waiting()) StandIn(open, waiter.ticket, request.freshness);
  return true;
}

// One who needs nothing fresh does not wait for the rate of those who do.
void Desk::StandIn(OpenLookup& open, const Ticket& ticket,
                   Freshness freshness) {
  if (open.is_metered && freshness == Freshness::kFresh) {
    metered_.Push(ticket.user, ticket.connection, open.id);
    return;
  }
  queue_.Push(ticket.user, ticket.connection, open.id);
  metered_.Remove(open.id);
  open.is_metered = false;
}

// The reply leaves a little before the client gives up waiting.
Waiter Desk::WaiterFor(const Ticket& ticket, uint32_t timeout_ms,
                       int64_t now_ms) const {
  Waiter waiter;
  waiter.ticket = ticket;
  waiter.snapshot_at = std::numeric_limits<int64_t>::max();
  waiter.give_up_at = now_ms + settings_.deadline_ms + kGraceMs;
  if (timeout_ms == 0) return waiter;
  const int64_t timeout = timeout_ms;
  const int64_t margin =
      std::min(std::clamp<int64_t>(timeout / 5, 150, 1000), timeout / 2);
  const int64_t grace = std::min(kGraceMs, margin / 2);
  if (now_ms + timeout - margin + grace >= waiter.give_up_at) return waiter;
  waiter.snapshot_at = now_ms + timeout - margin;
  waiter.give_up_at = waiter.snapshot_at + grace;
  return waiter;
}

void Desk::On(const Ticket& ticket, const FlushRequest& request,
              int64_t /*now_ms*/) {
  FlushReply reply;
  if (request.next_hop) {
    const std::string key = KeyOf(*request.next_hop);
    reply.flushed = cache_.Erase(key) ? 1 : 0;
    const auto found = open_by_key_.find(key);
    if (found != open_by_key_.end()) {
      open_.at(found->second).is_kept = false;
      open_by_key_.erase(found);
    }
  } else {
    reply.flushed = ForgetAll();
  }
  ports_.reply(ticket, Reply(reply));
}

// What is being asked for answers those who wait, and is not kept. Returns how
// many verdicts were dropped.
uint32_t Desk::ForgetAll() {
  const size_t dropped = cache_.Clear();
  for (auto& [id, open] : open_) open.is_kept = false;
  open_by_key_.clear();
  return static_cast<uint32_t>(dropped);
}

// All who ask share one look at the resolver, unless it is about to end.
void Desk::On(const Ticket& ticket, const SelfTestRequest& /*request*/,
              int64_t now_ms) {
  const auto found = open_.find(self_test_);
  if (found != open_.end() && found->second.lane == Lane::kAsked &&
      !std::holds_alternative<Ending>(found->second.state)) {
    AddWaiter(found->second, WaiterFor(ticket, 0, now_ms));
    Schedule(found->second);
    return;
  }
  OpenLookup& open = NewOpen(Lane::kAsked, NextHop(), now_ms);
  self_test_ = open.id;
  open.purpose = Purpose::kSelfTest;
  open.is_metered = true;
  ChargeTo(open, ticket.user);
  AddWaiter(open, WaiterFor(ticket, 0, now_ms));
  if (standing_.out_of_service) {
    CloseWithError(open, standing_.out_of_service->code,
                   standing_.out_of_service->text);
    return;
  }
  Enqueue(open, now_ms);
}

void Desk::OnHangUp(uint64_t connection, int64_t now_ms) {
  const auto found = open_by_connection_.find(connection);
  if (found == open_by_connection_.end()) return;
  const std::multiset<uint64_t> ids = std::move(found->second);
  open_by_connection_.erase(found);
  for (auto id = ids.begin(); id != ids.end(); id = ids.upper_bound(*id)) {
    const auto open = open_.find(*id);
    if (open == open_.end()) continue;
    open->second.waiters.RemoveConnection(connection);
    OnWaitersLeft(open->second, now_ms + PrefetchPolicy::kMs);
  }
  PlaceWaiting(now_ms);
}

// --- open lookups ---

OpenLookup& Desk::NewOpen(Lane lane, const NextHop& next_hop, int64_t now_ms) {
  const uint64_t id = ++last_id_;
  const int64_t deadline = now_ms + settings_.deadline_ms;
  times_.emplace(deadline, id);
  OpenLookup& open = open_[id];
  open.id = id;
  open.lane = lane;
  open.deadline = deadline;
  open.next_time = deadline;
  open.next_hop = next_hop;
  open.key = KeyOf(next_hop);
  return open;
}

void Desk::AddWaiter(OpenLookup& open, const Waiter& waiter) {
  // The list first: one name too many does no harm when the client hangs up,
  // one who waits and is in no list would never be let go.
  open_by_connection_[waiter.ticket.connection].insert(open.id);
  open.waiters.Add(waiter);
}

// What a lookup does not wait for any more is taken off its connection's list.
void Desk::Release(const OpenLookup& open, const Ticket& ticket) {
  const auto found = open_by_connection_.find(ticket.connection);
  if (found == open_by_connection_.end()) return;
  const auto id = found->second.find(open.id);
  if (id != found->second.end()) found->second.erase(id);
  if (found->second.empty()) open_by_connection_.erase(found);
}

Desk::CountedError Desk::MakeError(ErrorCode code, absl::string_view text) {
  return {Reply(ErrorReply{code, std::string(text)}), code};
}

void Desk::ReplyErrors(const OpenLookup& open, const Waiters::Taken& taken,
                       const CountedError& error) {
  counters_.AddErrors(error.code, taken.size());
  ReplyToAll(open, taken, error.reply);
}

void Desk::ReplyToAll(const OpenLookup& open, const Waiters::Taken& taken,
                      const DeskReply& reply) {
  for (const auto& [at, waiter] : taken) {
    Release(open, waiter.ticket);
    ports_.reply(waiter.ticket, reply);
  }
}

// An asked lookup is on the account of one who waits for it.
void Desk::ChargeTo(OpenLookup& open, uid_t user) {
  Discharge(open);
  // What follows takes no memory: the counts cannot come apart.
  size_t& asked = asked_by_user_[user];
  open.user = user;
  open.is_charged = true;
  ++asked_;
  ++asked;
}

void Desk::Discharge(OpenLookup& open) {
  if (!std::exchange(open.is_charged, false)) return;
  --asked_;
  const auto found = asked_by_user_.find(open.user);
  if (--found->second == 0) asked_by_user_.erase(found);
}

// Some who waited are gone. A lookup for nobody holds no place of those who
// wait: it leaves the queue, or goes on as a prefetch if that has room.
void Desk::OnWaitersLeft(OpenLookup& open, int64_t end_by) {
  if (!open.waiters.empty()) {
    const uid_t user = open.waiters.Any().user;
    if (open.is_charged && open.user != user) ChargeTo(open, user);
    Schedule(open);
    return;
  }
  if (open.lane != Lane::kAsked) return;
  counters_.Add(CountedEvent::kLookupLeft);
  if (open.is_waiting()) {
    Close(open.id);
    return;
  }
  Discharge(open);
  if (auto* placed = std::get_if<Placed>(&open.state)) {
    open.lane = Lane::kPrefetch;
    open.deadline = std::min(open.deadline, end_by);
    Schedule(open);
    placed->worker->Post(LeaveMail{open.id});
  }
}

// The worker with the most room.
LetterBox* Desk::PickWorker() const {
  LetterBox* best = nullptr;
  for (LetterBox* worker : workers_) {
    if (worker->room() < Budget::kLeastLookup) continue;
    if (best == nullptr || worker->room() > best->room()) best = worker;
  }
  return best;
}

LetterBox* Desk::PickUnaskedWorker() const {
  LetterBox* best = nullptr;
  for (LetterBox* worker : workers_) {
    if (worker->unasked_room() < Budget::kLeastLookup) continue;
    if (best == nullptr || worker->unasked_room() > best->unasked_room()) {
      best = worker;
    }
  }
  return best;
}

LookupLimits Desk::limits() const {
  LookupLimits limits;
  limits.evaluated_hosts = static_cast<size_t>(settings_.evaluated_hosts);
  limits.listed_hosts = static_cast<size_t>(settings_.listed_hosts);
  return limits;
}

Lookup Desk::LookupFor(const OpenLookup& open,
                       const LookupLimits& limits) const {
  const int64_t now = clock_->Now();
  return open.earlier == nullptr ? Lookup(open.next_hop, limits, now)
                                 : Lookup(*open.earlier, limits, now);
}

std::unique_ptr<Job> Desk::MakeJob(const OpenLookup& open) const {
  if (open.purpose == Purpose::kSelfTest) {
    return std::make_unique<ProbeJob>(open.id);
  }
  if (open.lane == Lane::kPrefetch) {
    LookupLimits few = limits();
    few.evaluated_hosts = std::min(few.evaluated_hosts, PrefetchPolicy::kHosts);
    few.tries = 1;
    return std::make_unique<PrefetchJob>(open.id, LookupFor(open, few),
                                         PrefetchPolicy::kQuestions);
  }
  return std::make_unique<VerdictJob>(open.id, LookupFor(open, limits()),
                                      open.leeway);
}

void Desk::Enqueue(OpenLookup& open, int64_t now_ms) {
  open.state = Waiting();
  TurnQueue& queue = open.is_metered ? metered_ : queue_;
  queue.Push(open.user, open.waiters.Any().connection, open.id);
  if (workers_.empty()) WaitForFirstWorker(open, now_ms);
  Schedule(open);
  PlaceWaiting(now_ms);
}

void Desk::Place(OpenLookup& open, LetterBox* worker) {
  // Where this throws nobody has the lookup, and its state still says so.
  worker->Post(StartMail{open.lane, MakeJob(open)});
  open.state = Placed{worker};
  Schedule(open);
  counters_.Add(CountedEvent::kLookupStarted);
  const auto superseded = open_.find(std::exchange(open.supersedes, 0));
  if (superseded != open_.end()) {
    End(superseded->second, "somebody asks for the same");
  }
}

// Fresh lookups go past the cache of verdicts, self-tests past everything: they
// have a rate. Where room is short they take turns with the others.
absl::optional<uint64_t> Desk::NextInQueue(int64_t now_ms) {
  const bool is_others_turn = was_metered_ && !queue_.empty();
  was_metered_ =
      !is_others_turn && !metered_.empty() && fresh_bucket_.Take(now_ms);
  return was_metered_ ? metered_.Pop() : queue_.Pop();
}

void Desk::PlaceWaiting(int64_t now_ms) {
  while (LetterBox* worker = PickWorker()) {
    const absl::optional<uint64_t> id = NextInQueue(now_ms);
    if (!id.has_value()) return;
    OpenLookup& open = open_.at(*id);
    try {
      Place(open, worker);
    } catch (...) {
      if (open.is_waiting()) Abandon(open, now_ms);
      throw;
    }
  }
}

// Takes no memory.
void Desk::Abandon(OpenLookup& open, int64_t now_ms) {
  open.state = Waiting();
  open.deadline = now_ms;
  ScheduleAt(open, now_ms);
}

void Desk::WaitForFirstWorker(OpenLookup& open, int64_t now_ms) {
  auto& waiting = std::get<Waiting>(open.state);
  if (waiting.worker_wanted_by == 0) {
    waiting.worker_wanted_by = now_ms + kWakeMs;
  }
  if (now_ms >= next_wake_) {
    next_wake_ = now_ms + kWakeAgainMs;
    ports_.wake_worker();
  }
}

void Desk::OnWorker(LetterBox* worker, int64_t now_ms) {
  if (std::count(workers_.begin(), workers_.end(), worker) > 0) return;
  workers_.push_back(worker);
  ports_.log(LogLevel::kInfo,
             absl::StrCat("worker ", workers_.size(), " is known"));
  PlaceWaiting(now_ms);
}

// Each lookup has one entry among the times.
void Desk::Schedule(OpenLookup& open) {
  int64_t next = open.deadline;
  if (const auto* waiting = std::get_if<Waiting>(&open.state)) {
    if (workers_.empty()) {
      next = std::min({next, waiting->worker_wanted_by, next_wake_});
    }
  } else if (std::holds_alternative<Ending>(open.state)) {
    next += kEndingMs;
  }
  ScheduleAt(open, std::min(next, open.waiters.NextTime()));
}

// Takes no memory.
void Desk::ScheduleAt(OpenLookup& open, int64_t at_ms) {
  auto time = times_.extract({open.next_time, open.id});
  time.value().first = at_ms;
  times_.insert(std::move(time));
  open.next_time = at_ms;
}

void Desk::Close(uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  OpenLookup& open = found->second;
  const auto by_key = open_by_key_.find(open.key);
  if (by_key != open_by_key_.end() && by_key->second == id) {
    open_by_key_.erase(by_key);
  }
  queue_.Remove(id);
  metered_.Remove(id);
  times_.erase({open.next_time, id});
  Discharge(open);
  if (open.is_paid) prefetch_.OnEnd(open.questions, open.fruitless);
  open_.erase(found);
}

void Desk::CloseWithError(OpenLookup& open, ErrorCode code,
                          absl::string_view text) {
  if (open.purpose == Purpose::kSelfTest) {
    ReplySelfTest(open, absl::nullopt, text);
  } else {
    const CountedError error = MakeError(code, text);
    ReplyErrors(open, open.waiters.TakeAll(), error);
  }
  Close(open.id);
}

// --- what the workers say ---

void Desk::OnReport(const Report& report, int64_t now_ms) {
  const uint64_t job = report.job;
  const bool is_last = report.outcome != JobOutcome::kSnapshot;
  try {
    TakeReport(report, now_ms);
  } catch (...) {
    const auto open = open_.find(job);
    if (is_last && open != open_.end()) Abandon(open->second, now_ms);
    throw;
  }
  // A job that has ended leaves room, and kRoom says nothing else.
  PlaceWaiting(now_ms);
}

void Desk::TakeReport(Report report, int64_t now_ms) {
  if (report.outcome == JobOutcome::kLooked) {
    OnLooked(report.text);
    return;
  }
  if (report.outcome == JobOutcome::kReconfigured) {
    ports_.log(LogLevel::kInfo,
               "the resolver's configuration was read again: verdicts are "
               "asked for anew");
    ForgetAll();
    return;
  }
  const auto found = open_.find(report.job);
  if (found == open_.end()) return;
  OpenLookup& open = found->second;
  open.questions = report.questions;
  open.fruitless = report.fruitless;
  switch (report.outcome) {
    case JobOutcome::kDone:
      OnDone(open, report);
      return;
    case JobOutcome::kSnapshot:
      OnSnapshot(open, report);
      return;
    case JobOutcome::kNotValidating:
      OnLooked(report.text);
      CloseWithError(open, ErrorCode::kNotValidating, report.text);
      return;
    case JobOutcome::kNotStarted:
      counters_.Add(open.lane == Lane::kRenewal
                        ? CountedEvent::kRenewalDropped
                        : CountedEvent::kPrefetchDroppedRoom);
      CloseWithError(open, ErrorCode::kBusy, kBusyText);
      return;
    case JobOutcome::kDropped:
      OnDropped(open, now_ms);
      return;
    case JobOutcome::kLooked:
    case JobOutcome::kReconfigured:
    case JobOutcome::kRoom:
      return;
  }
}

void Desk::OnDone(OpenLookup& open, const Report& report) {
  if (report.probe) {
    OnLooked(WhyNotTrusted(report.probe->validation));
    ReplySelfTest(open, report.probe, "");
    Close(open.id);
    return;
  }
  OnLooked("");
  const SharedFacts facts = Capped(report.facts);
  // Before the cache, which may lack the memory: who waits gets his answer.
  ReplyToAll(open, open.waiters.TakeAll(), FactsReply{facts, false});
  Keep(open, facts, report.is_whole);
  Close(open.id);
}

void Desk::OnLooked(absl::string_view why_not) {
  if (why_not == why_not_trusted_) return;
  why_not_trusted_ = std::string(why_not);
  if (why_not.empty()) {
    ports_.log(LogLevel::kInfo, "the resolver validates: verdicts are given");
  } else {
    ports_.log(LogLevel::kError, absl::StrCat("no verdicts: ", why_not));
  }
}

// At a reload the workers drop all they have, and Stop follows; at other times
// an asked lookup begins anew, once.
void Desk::OnDropped(OpenLookup& open, int64_t now_ms) {
  if (open.waiters.empty()) {
    Close(open.id);
    return;
  }
  if (++open.drops > 1 || std::holds_alternative<Ending>(open.state)) {
    const SharedFacts facts =
        FailedFacts(open, "the resolver dropped the lookup twice");
    Keep(open, facts, true);
    ReplyToAll(open, open.waiters.TakeAll(), FactsReply{facts, false});
    Close(open.id);
    return;
  }
  Enqueue(open, now_ms);
}

void Desk::OnSnapshot(OpenLookup& open, const Report& report) {
  const SharedFacts facts = Capped(report.facts);
  if (facts == nullptr) return;
  ReplyToAll(open, open.waiters.TakeSnapshot(), FactsReply{facts, false});
  OnWaitersLeft(open);
}

void Desk::ReplySelfTest(OpenLookup& open, const absl::optional<Probe>& probe,
                         absl::string_view trouble) {
  SelfTestReply reply;
  reply.checks.push_back(standing_.settings);
  AppendResolverChecks(standing_.resolver_check, workers_.size(), probe,
                       trouble, &reply.checks);
  const DeskReply told = Reply(std::move(reply));
  ReplyToAll(open, open.waiters.TakeAll(), told);
}

// The facts of a lookup that came to nothing: hosts known before stand.
SharedFacts Desk::FailedFacts(const OpenLookup& open,
                              absl::string_view why) const {
  Lookup lookup = LookupFor(open, limits());
  lookup.GiveUp(why, clock_->Now());
  return std::make_shared<Facts>(lookup.facts());
}

SharedFacts Desk::Capped(SharedFacts facts) const {
  if (settings_.max_verdict_life == 0 || facts == nullptr) return facts;
  const int64_t most = clock_->Now() + settings_.max_verdict_life;
  auto capped = std::make_shared<Facts>(*facts);
  capped->expires = std::min(capped->expires, most);
  for (HostFacts& host : capped->hosts) {
    host.expires = std::min(host.expires, most);
  }
  return capped;
}

// Keeps facts in the cache, unless they say less than what still lives there.
// What nobody asked for and is not whole says too little for anybody.
void Desk::Keep(const OpenLookup& open, const SharedFacts& facts,
                bool is_whole) {
  const int64_t now = clock_->Now();
  if (!open.is_kept || facts->expires <= now) return;
  if (open.lane != Lane::kAsked && !is_whole) return;
  const VerdictCache::Entry* old = cache_.Find(open.key);
  if (old != nullptr && old->kind() != Kind::kFailed &&
      old->mx_expires() > now) {
    if (facts->kind == Kind::kFailed) return;
    if (open.lane == Lane::kRenewal && HasFailedHost(*facts)) return;
  }
  cache_.Store(*facts, now);
}

// --- time ---

int64_t Desk::NextTime() const {
  int64_t next = open_.empty() ? kNever : ticked_ + kTickMs;
  if (!times_.empty()) next = std::min(next, times_.begin()->first);
  const int64_t renewal = renewals_.NextTime();
  if (renewal >= 0) next = std::min(next, renewal);
  if (!metered_.empty()) next = std::min(next, fresh_bucket_.NextToken());
  return next == kNever ? -1 : next;
}

void Desk::OnTime(int64_t now_ms) {
  // As many as there are now: what is due again waits for the next call.
  for (size_t left = times_.size();
       left > 0 && !times_.empty() && times_.begin()->first <= now_ms; --left) {
    const auto open = open_.find(times_.begin()->second);
    if (open == open_.end()) {
      times_.erase(times_.begin());
      continue;
    }
    // Where lack of memory cuts it short, it is looked at again, after others.
    ScheduleAt(open->second, now_ms + kTickMs);
    Check(open->second, now_ms);
  }
  if (now_ms >= ticked_ + kTickMs) Tick(now_ms);
  // One by one, so that those who wait for the rate do not come in heaps.
  if (now_ms >= fresh_bucket_.NextToken() && fresh_bucket_.HasToken(now_ms)) {
    PlaceWaiting(now_ms);
  }
  while (const absl::optional<std::string> key = renewals_.TakeDue(now_ms)) {
    Renew(*key, now_ms);
  }
}

// Workers know no time of their own.
void Desk::Tick(int64_t now_ms) {
  ticked_ = now_ms;
  PlaceWaiting(now_ms);
  const bool is_short = !queue_.empty() || !metered_.empty();
  for (LetterBox* worker : workers_) {
    const LetterBox::Figures figures = worker->figures();
    if (is_short) {
      worker->Post(RoomMail{});
    } else if (figures.asked + figures.renewal + figures.prefetch > 0 ||
               figures.parked > 0) {
      worker->Post(TickMail{});
    }
  }
}

void Desk::Check(OpenLookup& open, int64_t now_ms) {
  if (open.is_waiting()) {
    CheckWaiting(open, now_ms);
    return;
  }
  if (now_ms >= open.deadline + kEndingMs) {
    CloseWithError(open, ErrorCode::kBusy, "the resolver does not answer");
    return;
  }
  if (now_ms >= open.deadline && std::holds_alternative<Placed>(open.state)) {
    if (open.lane == Lane::kAsked)
      counters_.Add(CountedEvent::kLookupPastDeadline);
    End(open, open.is_paid
                  ? std::string("a prefetch takes no longer")
                  : absl::StrCat(kNoAnswerWithin, settings_.deadline_ms,
                                 " ms (deadline_ms)"));
  }
  CheckWaiters(open, now_ms);
}

void Desk::End(OpenLookup& open, std::string why) {
  auto* placed = std::get_if<Placed>(&open.state);
  if (placed == nullptr) return;
  LetterBox* const worker = placed->worker;
  // Where this throws the state still says that the worker has it.
  worker->Post(EndMail{open.id, std::move(why)});
  open.state = Ending{worker};
  Schedule(open);
}

void Desk::CheckWaiting(OpenLookup& open, int64_t now_ms) {
  if (workers_.empty()) {
    if (now_ms >= std::get<Waiting>(open.state).worker_wanted_by ||
        now_ms >= open.deadline) {
      CloseWithError(open, ErrorCode::kNoWorker, kNoWorkerText);
      return;
    }
    WaitForFirstWorker(open, now_ms);
    DropImpatient(open, ErrorCode::kNoWorker, kNoWorkerText, now_ms);
    return;
  }
  if (now_ms >= open.deadline) {
    CloseWithError(open, ErrorCode::kBusy, kBusyText);
    return;
  }
  DropImpatient(open, ErrorCode::kBusy, kBusyText, now_ms);
}

void Desk::DropImpatient(OpenLookup& open, ErrorCode code,
                         absl::string_view text, int64_t now_ms) {
  const CountedError error = MakeError(code, text);
  ReplyErrors(open, open.waiters.TakeImpatient(now_ms), error);
  OnWaitersLeft(open);
}

void Desk::CheckWaiters(OpenLookup& open, int64_t now_ms) {
  if (open.purpose == Purpose::kSelfTest) {
    if (now_ms >= open.waiters.NextTime()) {
      ReplySelfTest(open, absl::nullopt, "the resolver does not answer");
    }
    Schedule(open);
    return;
  }
  if (open.waiters.CountDueSnapshots(now_ms) > 0) {
    open.worker()->Post(
        SnapshotMail{open.id, "no answer within the time the client gave"});
  }
  if (open.waiters.NextTime() <= now_ms) {
    const FactsReply failed = {
        FailedFacts(open, "the resolver is too busy to say what it knows"),
        false};
    ReplyToAll(open, open.waiters.TakeLate(now_ms), failed);
    OnWaitersLeft(open);
  }
  Schedule(open);
}

void Desk::LookAtMode(int64_t now_ms) {
  if (workers_.empty() || now_ms - mode_looked_at_ < kLookMs) return;
  mode_looked_at_ = now_ms;
  workers_.front()->Post(LookMail{});
}

// --- prefetch and renewal ---

void Desk::OnMx(const Name& name, int64_t now_ms) {
  if (!settings_.prefetch || standing_.out_of_service || workers_.empty() ||
      !why_not_trusted_.empty() || name.IsRoot()) {
    return;
  }
  counters_.Add(CountedEvent::kPrefetchSeen);
  NextHop next_hop;
  next_hop.name = name;
  const std::string key = KeyOf(next_hop);
  if (open_by_key_.contains(key)) return;
  const VerdictCache::Entry* entry = cache_.Find(key);
  if (entry != nullptr && entry->whole_until() > clock_->Now()) return;
  LetterBox* const worker = PickUnaskedWorker();
  if (worker == nullptr) {
    counters_.Add(CountedEvent::kPrefetchDroppedRoom);
    return;
  }
  switch (prefetch_.Begin(key, now_ms)) {
    case PrefetchPolicy::Answer::kRecent:
      counters_.Add(CountedEvent::kPrefetchDroppedRecent);
      return;
    case PrefetchPolicy::Answer::kRate:
      counters_.Add(CountedEvent::kPrefetchDroppedRate);
      return;
    case PrefetchPolicy::Answer::kFull:
      counters_.Add(CountedEvent::kPrefetchDroppedFull);
      return;
    case PrefetchPolicy::Answer::kGo:
      break;
  }
  counters_.Add(CountedEvent::kPrefetchStarted);
  OpenLookup& open = NewOpen(Lane::kPrefetch, next_hop, now_ms);
  open_by_key_[key] = open.id;
  open.is_paid = true;
  open.deadline = now_ms + PrefetchPolicy::kMs;
  if (entry != nullptr) {
    open.earlier = std::make_shared<Facts>(entry->ToFacts());
  }
  Place(open, worker);
}

void Desk::ScheduleRenewal(const VerdictCache::Entry& entry, int64_t now,
                           int64_t now_ms) {
  if (entry.expires() == kNoEnd) return;
  const int64_t life = entry.expires() - now;
  if (life <= 1) return;
  const int64_t at = now_ms + (life - Renewals::Window(life)) * 1000;
  // The cache counts one for each of its entries.
  if (renewals_.size() > cache_.size() ||
      !renewals_.Schedule(entry.key(), at)) {
    counters_.Add(CountedEvent::kRenewalDropped);
  }
}

// Asks again for what ends soon, passing by the resolver's cache, which would
// only give the same records with the rest of their lives.
void Desk::Renew(const std::string& key, int64_t now_ms) {
  const VerdictCache::Entry* entry = cache_.Find(key);
  const int64_t now = clock_->Now();
  if (entry == nullptr || !entry->was_asked || open_by_key_.contains(key) ||
      entry->mx_expires() <= now) {
    return;
  }
  const int64_t left = entry->expires() - now;
  // Newer facts than the renewal was scheduled for.
  if (left > Renewals::Window(std::numeric_limits<int64_t>::max())) return;
  LetterBox* const worker = PickUnaskedWorker();
  if (worker == nullptr) {
    counters_.Add(CountedEvent::kRenewalDropped);
    return;
  }
  counters_.Add(CountedEvent::kRenewalStarted);
  auto earlier = std::make_shared<Facts>(entry->ToFacts());
  const int64_t soon = now + left + Renewals::Window(left);
  if (earlier->expires <= soon) earlier->expires = 0;
  for (HostFacts& host : earlier->hosts) {
    if (host.expires <= soon) host.expires = 0;
  }
  OpenLookup& open = NewOpen(Lane::kRenewal, earlier->next_hop, now_ms);
  open_by_key_[key] = open.id;
  open.earlier = std::move(earlier);
  open.leeway = std::max<int64_t>(left, 0) + 1;
  Place(open, worker);
}

// --- the rest ---

void Desk::Stop() {
  while (!open_.empty()) {
    CloseWithError(open_.begin()->second, ErrorCode::kStopping,
                   "the resolver reloads or stops: ask again");
  }
}

void Desk::AppendWorkerCounters(std::vector<Counter>* counters) const {
  LetterBox::Figures sum;
  for (const LetterBox* worker : workers_) {
    const LetterBox::Figures figures = worker->figures();
    sum.asked += figures.asked;
    sum.renewal += figures.renewal;
    sum.prefetch += figures.prefetch;
    sum.share += figures.share;
    sum.most += figures.most;
    sum.slow += figures.slow;
    sum.parked += figures.parked;
    sum.ended_states += figures.ended_states;
    sum.greedy += figures.greedy;
  }
  counters->push_back({"lanes.asked.states", sum.asked});
  counters->push_back({"lanes.renewal.states", sum.renewal});
  counters->push_back({"lanes.prefetch.states", sum.prefetch});
  counters->push_back({"lanes.asked.waiting", queue_.size() + metered_.size()});
  counters->push_back({"lanes.asked.slow", sum.slow});
  counters->push_back({"lanes.asked.parked", sum.parked});
  counters->push_back({"lanes.asked.greedy", sum.greedy});
  counters->push_back({"mesh.states", sum.asked + sum.renewal + sum.prefetch});
  counters->push_back({"mesh.most", sum.most});
  counters->push_back({"mesh.share", sum.share});
  counters->push_back({"mesh.ended", sum.ended_states});
}

std::vector<Counter> Desk::AllCounters() const {
  std::vector<Counter> counters;
  counters_.AppendTo(&counters);
  counters.push_back({"cache.bytes", cache_.bytes()});
  counters.push_back({"cache.entries", cache_.size()});
  counters.push_back({"cache.evictions", cache_.evictions()});
  counters.push_back({"lookups.open", open_.size()});
  counters.push_back({"workers.known", workers_.size()});
  AppendWorkerCounters(&counters);
  if (gauges_) {
    const std::vector<Counter> more = gauges_();
    counters.insert(counters.end(), more.begin(), more.end());
  }
  return counters;
}

}  // namespace danebound
