#include "module/desk.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "module/self_test.h"
#include "stub/dane/lookup.h"

namespace danebound {
namespace {

// What a worker has to answer the service thread once a time has come.
constexpr int64_t kGraceMs = 100;
// How long requests wait for the first worker.
constexpr int64_t kWakeMs = 1000;
constexpr int64_t kWakeAgainMs = 250;
// How often a lookup that waits for room looks for it: sub-queries that were
// left behind end without a word.
constexpr int64_t kRoomMs = 50;
// How long a resolver full of its clients' queries is left alone.
constexpr int64_t kCrowdedMs = 200;
// How often the resolver's mode is looked at while the cache gives the answers.
constexpr int64_t kLookMs = 1000;
// A verdict is renewed in the last tenth of its life, in its last minute.
constexpr int64_t kMostRenewalWindow = 60;
// Renewals that are scheduled, also of verdicts that have left the cache since.
constexpr size_t kMostRenewals = 65536;

constexpr absl::string_view kNoWorkerText =
    "no worker of the resolver is known yet: the module asked the resolver's "
    "own listening sockets and got no further; let access-control in "
    "unbound.conf allow 127.0.0.1 or ::1, or wait for the first DNS query";

constexpr absl::string_view kBusyText =
    "the resolver had no room in time: each of its workers has "
    "max_lookups_per_worker lookups open, or as many queries of its clients as "
    "num-queries-per-thread allows; ask again";

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

int64_t RenewalWindow(int64_t life) {
  return std::clamp<int64_t>(life / 10, 1, kMostRenewalWindow);
}

}  // namespace

Desk::Desk(const Settings& settings, Standing standing, Clock* clock,
           Ports ports)
    : settings_(settings),
      standing_(std::move(standing)),
      clock_(clock),
      ports_(std::move(ports)),
      cache_(static_cast<size_t>(settings.cache_bytes), RandomKey()),
      prefetch_bucket_(settings.prefetch_per_second) {}

LookupLimits Desk::limits() const {
  LookupLimits limits;
  limits.evaluated_hosts = static_cast<size_t>(settings_.evaluated_hosts);
  limits.listed_hosts = static_cast<size_t>(settings_.listed_hosts);
  return limits;
}

// --- requests ---

void Desk::OnRequest(const Ticket& ticket, const Message& message,
                     int64_t now_ms) {
  if (const auto* lookup = std::get_if<LookupRequest>(&message)) {
    OnLookup(ticket, *lookup, now_ms);
  } else if (const auto* flush = std::get_if<FlushRequest>(&message)) {
    OnFlush(ticket, *flush);
  } else if (const auto* hello = std::get_if<HelloRequest>(&message)) {
    ports_.log(LogLevel::kDebug,
               absl::StrCat("client ", absl::CHexEscape(hello->client)));
    ports_.reply(ticket,
                 Message(HelloReply{standing_.server, standing_.resolver}));
  } else if (std::holds_alternative<StatsRequest>(message)) {
    ports_.reply(ticket, Message(StatsReply{Counters()}));
  } else if (std::holds_alternative<SelfTestRequest>(message)) {
    OnSelfTest(ticket, now_ms);
  } else {
    ReplyError(ticket, ErrorCode::kMalformed, "a reply is no request");
  }
}

void Desk::ReplyError(const Ticket& ticket, ErrorCode code,
                      absl::string_view text) {
  ++counts_[absl::StrCat("errors.", ToText(code))];
  ports_.reply(ticket, Message(ErrorReply{code, std::string(text)}));
}

// RFC 7672 2.2: no DNS, so nothing to wait for.
void Desk::ReplyLiteral(const Ticket& ticket, const NextHop& next_hop) {
  const Lookup lookup(next_hop, limits(), clock_->Now());
  ports_.reply(ticket,
               FactsReply{std::make_shared<Facts>(lookup.facts()), false});
}

void Desk::OnLookup(const Ticket& ticket, const LookupRequest& request,
                    int64_t now_ms) {
  ++counts_["lookups.requests"];
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
  if (Join(key, request, waiter, now_ms)) return;
  if (CountOpen(Purpose::kAsked) >=
      static_cast<size_t>(settings_.max_lookups)) {
    ReplyError(ticket, ErrorCode::kBusy,
               absl::StrCat(settings_.max_lookups,
                            " lookups are open (max_lookups): ask again"));
    return;
  }
  Open& open = NewOpen(Purpose::kAsked, request.next_hop, now_ms);
  if (entry != nullptr && request.freshness == Freshness::kAny) {
    open.earlier = entry->facts;
  }
  open.waiters.push_back(waiter);
  Place(open, now_ms);
}

bool Desk::ReplyFromCache(const Ticket& ticket, const LookupRequest& request,
                          VerdictCache::Entry* entry, int64_t now_ms) {
  if (request.freshness == Freshness::kFresh) return false;
  const bool cached_only = request.freshness == Freshness::kCachedOnly;
  if (!why_not_trusted_.empty()) {
    // A worker looks again before it answers.
    if (!cached_only) return false;
    LookAtMode(now_ms);
    ReplyError(ticket, ErrorCode::kNotValidating, why_not_trusted_);
    return true;
  }
  if (entry != nullptr &&
      LivenessOf(*entry->facts, clock_->Now()) == Liveness::kAlive) {
    ++counts_["cache.hits"];
    if (!std::exchange(entry->was_asked, true)) ScheduleRenewal(entry, now_ms);
    LookAtMode(now_ms);
    ports_.reply(ticket, FactsReply{entry->facts, true});
    return true;
  }
  ++counts_["cache.misses"];
  if (!cached_only) return false;
  ReplyError(ticket, ErrorCode::kNotCached,
             absl::StrCat("nothing that lives is cached for ",
                          NameOf(request.next_hop)));
  return true;
}

bool Desk::Join(const std::string& key, const LookupRequest& request,
                const Waiter& waiter, int64_t now_ms) {
  const auto found = open_by_key_.find(key);
  if (found == open_by_key_.end()) return false;
  Open& open = open_.at(found->second);
  // What was begun from earlier facts is not fresh.
  if (request.freshness == Freshness::kFresh && open.earlier != nullptr) {
    return false;
  }
  if (open.is_ended) return false;
  ++counts_["lookups.coalesced"];
  open.waiters.push_back(waiter);
  Schedule(open, now_ms);
  return true;
}

// The reply leaves a little before the client gives up waiting.
Desk::Waiter Desk::WaiterFor(const Ticket& ticket, uint32_t timeout_ms,
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

void Desk::OnFlush(const Ticket& ticket, const FlushRequest& request) {
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
    reply.flushed = static_cast<uint32_t>(cache_.Clear());
    for (auto& [id, open] : open_) open.is_kept = false;
    open_by_key_.clear();
  }
  ports_.reply(ticket, Message(reply));
}

void Desk::OnSelfTest(const Ticket& ticket, int64_t now_ms) {
  Open& open = NewOpen(Purpose::kProbe, NextHop(), now_ms);
  open.waiters.push_back(WaiterFor(ticket, 0, now_ms));
  if (standing_.out_of_service) {
    ReplySelfTest(open, absl::nullopt, standing_.out_of_service->text);
    Close(open.id);
    return;
  }
  Place(open, now_ms);
}

void Desk::OnHangUp(uint64_t connection) {
  for (auto& [id, open] : open_) {
    auto& waiters = open.waiters;
    waiters.erase(std::remove_if(waiters.begin(), waiters.end(),
                                 [connection](const Waiter& waiter) {
                                   return waiter.ticket.connection ==
                                          connection;
                                 }),
                  waiters.end());
  }
}

// --- open lookups ---

Desk::Open& Desk::NewOpen(Purpose purpose, const NextHop& next_hop,
                          int64_t now_ms) {
  const uint64_t id = ++last_id_;
  Open& open = open_[id];
  open.id = id;
  open.purpose = purpose;
  open.next_hop = next_hop;
  open.deadline = now_ms + settings_.deadline_ms;
  if (purpose != Purpose::kProbe) {
    open.key = KeyOf(next_hop);
    open_by_key_[open.key] = id;
  }
  return open;
}

size_t Desk::CountOpen(Purpose purpose) const {
  return static_cast<size_t>(std::count_if(
      open_.begin(), open_.end(),
      [purpose](const auto& open) { return open.second.purpose == purpose; }));
}

// The least loaded worker with room; what nobody waits for leaves half of it.
Worker* Desk::PickWorker(Purpose purpose) const {
  auto room = static_cast<size_t>(settings_.max_lookups_per_worker);
  if (purpose == Purpose::kPrefetch || purpose == Purpose::kRenewal) {
    room = (room + 1) / 2;
  }
  Worker* best = nullptr;
  for (Worker* worker : workers_) {
    if (worker->load() >= room) continue;
    if (best == nullptr || worker->load() < best->load()) best = worker;
  }
  return best;
}

std::unique_ptr<Job> Desk::MakeJob(const Open& open) {
  if (open.purpose == Purpose::kProbe) {
    return std::make_unique<ProbeJob>(open.id);
  }
  const int64_t now = clock_->Now();
  Lookup lookup = open.earlier == nullptr
                      ? Lookup(open.next_hop, limits(), now)
                      : Lookup(*open.earlier, limits(), now);
  return std::make_unique<VerdictJob>(open.id, std::move(lookup), open.leeway);
}

void Desk::Place(Open& open, int64_t now_ms) {
  if (workers_.empty()) {
    WaitForFirstWorker(open, now_ms);
    return;
  }
  const bool may_go = now_ms >= crowded_until_ &&
                      (unplaced_.empty() || *unplaced_.begin() >= open.id);
  Worker* const worker = may_go ? PickWorker(open.purpose) : nullptr;
  if (worker == nullptr) {
    unplaced_.insert(open.id);
  } else {
    unplaced_.erase(open.id);
    ++counts_["lookups.started"];
    open.worker = worker;
    worker->Post(StartMail{MakeJob(open)});
  }
  Schedule(open, now_ms);
}

void Desk::WaitForFirstWorker(Open& open, int64_t now_ms) {
  if (open.worker_wanted_by == 0) open.worker_wanted_by = now_ms + kWakeMs;
  if (now_ms >= next_wake_) {
    next_wake_ = now_ms + kWakeAgainMs;
    ports_.wake_worker();
  }
  unplaced_.insert(open.id);
  Schedule(open, now_ms);
}

void Desk::PlaceWaiting(int64_t now_ms) {
  while (!unplaced_.empty()) {
    Open& oldest = open_.at(*unplaced_.begin());
    Place(oldest, now_ms);
    if (oldest.worker == nullptr) return;
  }
}

void Desk::OnWorker(Worker* worker, int64_t now_ms) {
  workers_.push_back(worker);
  ports_.log(LogLevel::kInfo,
             absl::StrCat("worker ", workers_.size(), " is known"));
  PlaceWaiting(now_ms);
}

void Desk::Schedule(const Open& open, int64_t now_ms) {
  int64_t next =
      open.is_ended ? std::numeric_limits<int64_t>::max() : open.deadline;
  if (open.worker == nullptr) {
    next = workers_.empty() ? std::min(open.worker_wanted_by, next_wake_)
                            : now_ms + kRoomMs;
  }
  for (const Waiter& waiter : open.waiters) {
    next = std::min(next, waiter.snapshot_asked ? waiter.give_up_at
                                                : std::min(waiter.snapshot_at,
                                                           waiter.give_up_at));
  }
  if (next != std::numeric_limits<int64_t>::max()) {
    times_.emplace(next, open.id);
  }
}

void Desk::Close(uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const auto by_key = open_by_key_.find(found->second.key);
  if (by_key != open_by_key_.end() && by_key->second == id) {
    open_by_key_.erase(by_key);
  }
  unplaced_.erase(id);
  open_.erase(found);
}

void Desk::ReplyToAll(Open& open, const Reply& reply) const {
  const auto waiters = std::exchange(open.waiters, {});
  for (const Waiter& waiter : waiters) ports_.reply(waiter.ticket, reply);
}

void Desk::CloseWithError(Open& open, ErrorCode code, absl::string_view text) {
  if (open.purpose == Purpose::kProbe) {
    ReplySelfTest(open, absl::nullopt, text);
  } else {
    for (const Waiter& waiter : std::exchange(open.waiters, {})) {
      ReplyError(waiter.ticket, code, text);
    }
  }
  Close(open.id);
}

void Desk::CloseWithFacts(Open& open, SharedFacts facts) {
  facts = Capped(std::move(facts));
  Keep(open, facts);
  ReplyToAll(open, FactsReply{facts, false});
  Close(open.id);
}

// --- what the workers say ---

void Desk::OnReport(Report report, int64_t now_ms) {
  TakeReport(std::move(report), now_ms);
  PlaceWaiting(now_ms);
}

void Desk::TakeReport(Report report, int64_t now_ms) {
  if (report.outcome == Outcome::kLooked) {
    OnLooked(report.text);
    return;
  }
  const auto found = open_.find(report.job);
  if (found == open_.end()) return;
  Open& open = found->second;
  switch (report.outcome) {
    case Outcome::kDone:
      if (report.probe) {
        OnProbe(open, *report.probe);
      } else {
        OnLooked("");
        CloseWithFacts(open, std::move(report.facts));
      }
      return;
    case Outcome::kSnapshot:
      OnSnapshot(open, report);
      return;
    case Outcome::kNotValidating:
      OnLooked(report.text);
      CloseWithError(open, ErrorCode::kNotValidating, report.text);
      return;
    case Outcome::kNotStarted:
      OnNotStarted(open, now_ms);
      return;
    case Outcome::kDropped:
      OnDropped(open, now_ms);
      return;
    case Outcome::kLooked:
      return;
  }
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

// The resolver is full of its clients' queries, which come first.
void Desk::OnNotStarted(Open& open, int64_t now_ms) {
  if (open.purpose == Purpose::kPrefetch || open.purpose == Purpose::kRenewal) {
    CloseWithError(open, ErrorCode::kBusy, kBusyText);
    return;
  }
  crowded_until_ = now_ms + kCrowdedMs;
  open.worker = nullptr;
  unplaced_.insert(open.id);
  Schedule(open, now_ms);
}

// At a reload the workers drop all they have, and Stop follows; at other times
// the lookup begins anew, once.
void Desk::OnDropped(Open& open, int64_t now_ms) {
  if (++open.drops > 1) {
    CloseWithFacts(open,
                   FailedFacts(open, "the resolver dropped the lookup twice"));
    return;
  }
  open.worker = nullptr;
  Place(open, now_ms);
}

void Desk::OnSnapshot(Open& open, const Report& report) {
  std::vector<Waiter> waiting;
  const SharedFacts facts = Capped(report.facts);
  for (const Waiter& waiter : std::exchange(open.waiters, {})) {
    if (waiter.snapshot_asked && facts != nullptr) {
      ports_.reply(waiter.ticket, FactsReply{facts, false});
    } else {
      waiting.push_back(waiter);
    }
  }
  open.waiters = std::move(waiting);
}

void Desk::OnProbe(Open& open, const Probe& probe) {
  OnLooked(WhyNotTrusted(probe.validation));
  ReplySelfTest(open, probe, "");
  Close(open.id);
}

void Desk::ReplySelfTest(Open& open, const absl::optional<Probe>& probe,
                         absl::string_view trouble) {
  SelfTestReply reply;
  reply.checks.push_back(standing_.settings);
  AppendResolverChecks(standing_.resolver_check, workers_.size(), probe,
                       trouble, &reply.checks);
  ReplyToAll(open, Message(reply));
}

// The facts of a lookup that came to nothing: hosts known before stand.
SharedFacts Desk::FailedFacts(const Open& open, absl::string_view why) {
  const int64_t now = clock_->Now();
  Lookup lookup = open.earlier == nullptr
                      ? Lookup(open.next_hop, limits(), now)
                      : Lookup(*open.earlier, limits(), now);
  lookup.GiveUp(why, now);
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
void Desk::Keep(const Open& open, const SharedFacts& facts) {
  const int64_t now = clock_->Now();
  if (!open.is_kept || facts->expires <= now) return;
  const VerdictCache::Entry* old = cache_.Find(open.key);
  if (old != nullptr && old->facts->kind != Kind::kFailed &&
      old->facts->expires > now) {
    if (facts->kind == Kind::kFailed) return;
    if (open.purpose == Purpose::kRenewal && HasFailedHost(*facts)) return;
  }
  cache_.Store(open.key, facts);
}

// --- time ---

int64_t Desk::NextTime() const {
  int64_t next = std::numeric_limits<int64_t>::max();
  if (!times_.empty()) next = times_.begin()->first;
  if (!renewals_.empty()) next = std::min(next, renewals_.begin()->first);
  return next == std::numeric_limits<int64_t>::max() ? -1 : next;
}

void Desk::OnTime(int64_t now_ms) {
  while (!times_.empty() && times_.begin()->first <= now_ms) {
    const uint64_t id = times_.begin()->second;
    times_.erase(times_.begin());
    const auto open = open_.find(id);
    if (open != open_.end()) Check(open->second, now_ms);
  }
  OnRenewalTime(now_ms);
}

void Desk::Check(Open& open, int64_t now_ms) {
  if (open.worker == nullptr) {
    CheckUnplaced(open, now_ms);
    return;
  }
  if (now_ms >= open.deadline && !open.is_ended) {
    ++counts_["lookups.past_deadline"];
    open.is_ended = true;
    open.worker->Post(EndMail{
        open.id, absl::StrCat("no answer within ", settings_.deadline_ms,
                              " ms (deadline_ms)")});
  }
  CheckWaiters(open, now_ms);
  Schedule(open, now_ms);
}

void Desk::CheckUnplaced(Open& open, int64_t now_ms) {
  if (workers_.empty()) {
    if (now_ms >= open.worker_wanted_by) {
      CloseWithError(open, ErrorCode::kNoWorker, kNoWorkerText);
    } else {
      Place(open, now_ms);
    }
    return;
  }
  if (now_ms >= open.deadline) {
    CloseWithError(open, ErrorCode::kBusy, kBusyText);
    return;
  }
  for (const Waiter& waiter : std::exchange(open.waiters, {})) {
    if (now_ms >= std::min(waiter.snapshot_at, waiter.give_up_at)) {
      ReplyError(waiter.ticket, ErrorCode::kBusy, kBusyText);
    } else {
      open.waiters.push_back(waiter);
    }
  }
  Place(open, now_ms);
}

void Desk::CheckWaiters(Open& open, int64_t now_ms) {
  std::vector<Waiter> waiting;
  bool ask = false;
  for (Waiter waiter : std::exchange(open.waiters, {})) {
    if (now_ms >= waiter.give_up_at) {
      if (open.purpose == Purpose::kProbe) {
        waiting.push_back(waiter);
        continue;
      }
      ports_.reply(waiter.ticket,
                   FactsReply{FailedFacts(open,
                                          "the resolver is too busy to "
                                          "say what it knows"),
                              false});
      continue;
    }
    if (now_ms >= waiter.snapshot_at && !waiter.snapshot_asked) {
      waiter.snapshot_asked = true;
      ask = true;
    }
    waiting.push_back(waiter);
  }
  open.waiters = std::move(waiting);
  if (ask) {
    open.worker->Post(
        SnapshotMail{open.id, "no answer within the time the client gave"});
  }
  if (open.purpose == Purpose::kProbe && !open.waiters.empty() &&
      now_ms >= open.waiters.front().give_up_at) {
    ReplySelfTest(open, absl::nullopt, "the resolver does not answer");
  }
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
  ++counts_["prefetch.seen"];
  NextHop next_hop;
  next_hop.name = name;
  const std::string key = KeyOf(next_hop);
  VerdictCache::Entry* entry = cache_.Find(key);
  if (open_by_key_.contains(key)) return;
  if (entry != nullptr &&
      LivenessOf(*entry->facts, clock_->Now()) == Liveness::kAlive) {
    return;
  }
  const size_t unasked =
      CountOpen(Purpose::kPrefetch) + CountOpen(Purpose::kRenewal);
  if (unasked >= static_cast<size_t>(settings_.max_prefetches) ||
      PickWorker(Purpose::kPrefetch) == nullptr ||
      !prefetch_bucket_.Take(now_ms)) {
    ++counts_["prefetch.dropped"];
    return;
  }
  ++counts_["prefetch.started"];
  Open& open = NewOpen(Purpose::kPrefetch, next_hop, now_ms);
  if (entry != nullptr) open.earlier = entry->facts;
  Place(open, now_ms);
}

void Desk::ScheduleRenewal(VerdictCache::Entry* entry, int64_t now_ms) {
  const int64_t end = ExpiryOf(*entry->facts);
  if (end == kNoEnd) return;
  const int64_t life = end - clock_->Now();
  if (life <= 1) return;
  const int64_t at = now_ms + (life - RenewalWindow(life)) * 1000;
  const auto scheduled = renewal_of_.find(entry->key);
  if (scheduled != renewal_of_.end()) {
    renewals_.erase({scheduled->second, entry->key});
  } else if (renewal_of_.size() >= kMostRenewals) {
    ++counts_["renewals.dropped"];
    return;
  }
  renewal_of_[entry->key] = at;
  renewals_.emplace(at, entry->key);
}

void Desk::OnRenewalTime(int64_t now_ms) {
  while (!renewals_.empty() && renewals_.begin()->first <= now_ms) {
    const std::string key = renewals_.begin()->second;
    renewals_.erase(renewals_.begin());
    renewal_of_.erase(key);
    Renew(key, now_ms);
  }
}

// Asks again for what ends soon, passing by the resolver's cache, which would
// only give the same records with the rest of their lives.
void Desk::Renew(const std::string& key, int64_t now_ms) {
  VerdictCache::Entry* entry = cache_.Find(key);
  const int64_t now = clock_->Now();
  if (entry == nullptr || !entry->was_asked || open_by_key_.contains(key) ||
      entry->facts->expires <= now) {
    return;
  }
  const int64_t left = ExpiryOf(*entry->facts) - now;
  if (left > kMostRenewalWindow) return;  // newer facts than were scheduled for
  const size_t unasked =
      CountOpen(Purpose::kPrefetch) + CountOpen(Purpose::kRenewal);
  if (unasked >= static_cast<size_t>(settings_.max_prefetches) ||
      PickWorker(Purpose::kRenewal) == nullptr) {
    ++counts_["renewals.dropped"];
    return;
  }
  ++counts_["renewals.started"];
  auto earlier = std::make_shared<Facts>(*entry->facts);
  const int64_t soon = now + left + RenewalWindow(left);
  if (earlier->expires <= soon) earlier->expires = 0;
  for (HostFacts& host : earlier->hosts) {
    if (host.expires <= soon) host.expires = 0;
  }
  Open& open = NewOpen(Purpose::kRenewal, earlier->next_hop, now_ms);
  open.earlier = std::move(earlier);
  open.leeway = std::max<int64_t>(left, 0) + 1;
  Place(open, now_ms);
}

// --- the rest ---

void Desk::Stop() {
  while (!open_.empty()) {
    CloseWithError(open_.begin()->second, ErrorCode::kStopping,
                   "the resolver reloads or stops: ask again");
  }
}

std::vector<Counter> Desk::Counters() const {
  std::vector<Counter> counters;
  for (const auto& [name, value] : counts_) counters.push_back({name, value});
  counters.push_back({"cache.bytes", cache_.bytes()});
  counters.push_back({"cache.entries", cache_.size()});
  counters.push_back({"cache.evictions", cache_.evictions()});
  counters.push_back({"lookups.open", open_.size()});
  counters.push_back({"workers.known", workers_.size()});
  if (gauges_) {
    const std::vector<Counter> more = gauges_();
    counters.insert(counters.end(), more.begin(), more.end());
  }
  return counters;
}

}  // namespace danebound
