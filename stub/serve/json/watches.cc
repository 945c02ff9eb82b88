#include "stub/serve/json/watches.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Lookups for those who watch that are open at once, where a peer may have as
// many. Half of them may be for one user.
constexpr int64_t kMostAsking = 32;
// The share of connections that may watch: these do not end by themselves.
constexpr int64_t kWatchingShare = 4;
// For whom these lookups count.
constexpr const char* kWatcher = "watch";

int64_t MostWatching(int64_t connections) {
  return std::max<int64_t>(connections / kWatchingShare, 1);
}

int64_t EndOf(const Verdict& verdict) {
  int64_t end = verdict.expires;
  for (const HostVerdict& host : verdict.hosts) {
    end = std::min(end, host.expires);
  }
  return end;
}

// Why a verdict tells nothing new of its next hop, or of a host.
std::string ErrorOf(const absl::StatusOr<Verdict>& verdict) {
  if (!verdict.ok()) return std::string(verdict.status().message());
  if (verdict->kind == Kind::kFailed && !verdict->reasons.empty()) {
    return verdict->reasons.front().text;
  }
  return "";
}

}  // namespace

Watches::Watches(event_base* base, VerdictSource* source)
    : source_(source),
      random_(std::random_device()()),
      next_due_(base, [this] { AskDue(); }),
      next_beat_(base, [this] { Beat(); }) {}

Watches::~Watches() = default;

void Watches::Watch(const std::shared_ptr<Caller>& caller,
                    const std::vector<std::string>& next_hops,
                    const Protocol::OnReply& on_reply) {
  WatchRefusals refusals;
  const absl::Status room = RoomFor(*caller);
  if (!room.ok()) {
    for (const std::string& text : next_hops) {
      refusals.emplace_back(text, std::string(room.message()));
    }
    return on_reply(WatchingLine(source_->now(), 0, refusals));
  }
  Subscription* subscription = SubscriptionOf(caller);
  std::string known;
  for (const std::string& text : next_hops) {
    const absl::Status added = Add(text, subscription, &known);
    if (!added.ok()) refusals.emplace_back(text, std::string(added.message()));
  }
  on_reply(absl::StrCat(
      WatchingLine(source_->now(), subscription->keys.size(), refusals),
      known));
  AskDue();
}

Watches::Subscription* Watches::Find(const Caller* caller) const {
  for (Subscription* each : subscriptions_) {
    if (each->caller == caller) return each;
  }
  return nullptr;
}

absl::Status Watches::RoomFor(const Caller& caller) const {
  if (Find(&caller) != nullptr) return absl::OkStatus();
  const ServeSettings& settings = source_->settings();
  const auto all = static_cast<int64_t>(subscriptions_.size());
  if (all >= MostWatching(settings.max_connections)) {
    return absl::ResourceExhaustedError(
        absl::StrCat(all, " connections watch (a quarter of max_connections)"));
  }
  const int64_t of_peer =
      std::count_if(subscriptions_.begin(), subscriptions_.end(),
                    [&caller](const Subscription* each) {
                      return each->caller->user() == caller.user();
                    });
  if (of_peer < MostWatching(settings.max_connections_per_user)) {
    return absl::OkStatus();
  }
  return absl::ResourceExhaustedError(
      absl::StrCat(of_peer, " connections of ", caller.user(),
                   " watch (a quarter of max_connections_per_user)"));
}

Watches::Subscription* Watches::SubscriptionOf(
    const std::shared_ptr<Caller>& caller) {
  if (Subscription* found = Find(caller.get())) return found;
  if (subscriptions_.empty()) {
    next_beat_.RingIn(seconds(source_->settings().watch_heartbeat_seconds));
  }
  auto made = std::make_shared<Subscription>(this, caller.get());
  subscriptions_.insert(made.get());
  Subscription* subscription = made.get();
  caller->StayOpen(std::move(made));
  return subscription;
}

absl::Status Watches::Add(const std::string& text, Subscription* subscription,
                          std::string* known) {
  const absl::StatusOr<NextHop> next_hop = ParseNextHop(text);
  if (!next_hop.ok()) return next_hop.status();
  const ServeSettings& settings = source_->settings();
  const Key key(ToText(*next_hop), next_hop->port);
  if (subscription->keys.contains(key)) return absl::OkStatus();
  if (static_cast<int64_t>(subscription->keys.size()) >=
      settings.max_watched_per_connection) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this connection watches ", subscription->keys.size(),
                     " (max_watched_per_connection)"));
  }
  const int64_t of_peer = WatchedBy(subscription->caller->user());
  if (of_peer >= settings.max_watched_per_user) {
    return absl::ResourceExhaustedError(
        absl::StrCat(subscription->caller->user(), " watches ", of_peer,
                     " (max_watched_per_user)"));
  }
  const auto found = watched_.find(key);
  if (found == watched_.end() &&
      static_cast<int64_t>(watched_.size()) >= settings.max_watched) {
    return absl::ResourceExhaustedError(
        absl::StrCat(watched_.size(), " are watched (max_watched)"));
  }
  subscription->keys.insert(key);
  Watched& watched = watched_[key];
  watched.subscriptions.insert(subscription);
  if (found == watched_.end()) {
    watched.next_hop = *next_hop;
    Plan(key, {});
  } else if (watched.remembered.has_value()) {
    absl::StrAppend(known, LineOf(EventOf(watched)));
  }
  return absl::OkStatus();
}

int64_t Watches::WatchedBy(const std::string& user) const {
  size_t count = 0;
  for (const Subscription* each : subscriptions_) {
    if (each->caller->user() == user) count += each->keys.size();
  }
  return static_cast<int64_t>(count);
}

void Watches::Drop(Subscription* subscription) {
  subscriptions_.erase(subscription);
  for (const Key& key : subscription->keys) {
    const auto found = watched_.find(key);
    found->second.subscriptions.erase(subscription);
    if (!found->second.subscriptions.empty()) continue;
    Leave(&found->second);
    const auto [first, last] = due_.equal_range(found->second.due);
    const auto planned = std::find_if(
        first, last, [&](const auto& each) { return each.second == key; });
    if (planned != last) due_.erase(planned);
    watched_.erase(found);
  }
}

void Watches::Plan(const Key& key, Clock::duration delay) {
  const Clock::time_point due = Clock::now() + delay;
  watched_.at(key).due = due;
  due_.emplace(due, key);
}

void Watches::AskDue() {
  LineUpDue();
  const int64_t most =
      std::min(kMostAsking, source_->settings().max_lookups_per_user);
  while (asking_ < most) {
    const Lines::iterator line = NextLine((most + 1) / 2);
    if (line == lines_.end()) break;
    last_user_ = line->first;
    // A copy: it leaves the line.
    const Key key = line->second.keys.front();
    Ask(key, last_user_);
  }
  if (due_.empty()) return next_due_.Silence();
  next_due_.RingIn(due_.begin()->first - Clock::now());
}

void Watches::LineUpDue() {
  const Clock::time_point now = Clock::now();
  while (!due_.empty() && due_.begin()->first <= now) {
    const Key key = due_.begin()->second;
    due_.erase(due_.begin());
    Watched& watched = watched_.at(key);
    watched.line =
        lines_.try_emplace((*watched.subscriptions.begin())->caller->user())
            .first;
    std::list<Key>& keys = (*watched.line)->second.keys;
    watched.place = keys.insert(keys.end(), key);
  }
}

// The line of the user whose turn it is, of those that may ask more.
Watches::Lines::iterator Watches::NextLine(int64_t most_of_user) {
  const auto may_ask = [most_of_user](const auto& each) {
    return !each.second.keys.empty() && each.second.asking < most_of_user;
  };
  const auto after = lines_.upper_bound(last_user_);
  const auto found = std::find_if(after, lines_.end(), may_ask);
  if (found != lines_.end()) return found;
  const auto first = std::find_if(lines_.begin(), after, may_ask);
  return first == after ? lines_.end() : first;
}

void Watches::Ask(const Key& key, const std::string& user) {
  Watched& watched = watched_.at(key);
  watched.asking = true;
  ++asking_;
  ++lines_.at(user).asking;
  Leave(&watched);
  source_->LookUp(watched.next_hop,
                  ChoicesFor(source_->DestinationFor(watched.next_hop)),
                  absl::Milliseconds(source_->settings().socketmap_deadline_ms),
                  kWatcher, [this, key, user](const Conclusion& conclusion) {
                    OnAsked(user);
                    OnVerdict(key, conclusion.verdict);
                    // From the loop: this may be called from inside AskDue.
                    next_due_.RingIn({});
                  });
}

void Watches::OnAsked(const std::string& user) {
  --asking_;
  const auto line = lines_.find(user);
  --line->second.asking;
  RemoveIfDone(line);
}

void Watches::Leave(Watched* watched) {
  if (!watched->line.has_value()) return;
  const Lines::iterator line = *watched->line;
  watched->line.reset();
  line->second.keys.erase(watched->place);
  RemoveIfDone(line);
}

void Watches::RemoveIfDone(Lines::iterator line) {
  if (line->second.keys.empty() && line->second.asking == 0) lines_.erase(line);
}

void Watches::OnVerdict(const Key& key,
                        const absl::StatusOr<Verdict>& verdict) {
  const auto found = watched_.find(key);
  if (found == watched_.end() || !found->second.asking) return;
  Watched& watched = found->second;
  watched.asking = false;
  watched.error = ErrorOf(verdict);
  Plan(key, LifeOf(verdict));
  Tell(&watched, verdict.ok() ? WatchedOf(*verdict) : WatchedVerdict());
}

void Watches::Tell(Watched* watched, const WatchedVerdict& now) {
  const bool first = !watched->remembered.has_value();
  const WatchedVerdict before = watched->remembered.value_or(WatchedVerdict());
  watched->remembered = Remember(before, now);
  WatchEvent event = EventOf(*watched);
  if (!first) {
    event.changes = ChangesBetween(before, now);
    if (event.changes.empty()) return;
    event.before = before;
    event.now = now;
    Report(*watched, event);
  }
  Send(watched->subscriptions, LineOf(event));
}

// Of what is remembered, for whom it is new.
WatchEvent Watches::EventOf(const Watched& watched) const {
  WatchEvent event;
  event.time = source_->now();
  event.next_hop = watched.next_hop;
  event.now = *watched.remembered;
  event.error = watched.error;
  return event;
}

// A caller that is ended meanwhile drops its subscription.
void Watches::Send(const std::set<Subscription*>& to, const std::string& line) {
  const std::vector<Subscription*> all(to.begin(), to.end());
  for (Subscription* each : all) {
    if (subscriptions_.contains(each)) each->caller->Push(line);
  }
}

void Watches::Report(const Watched& watched, const WatchEvent& event) {
  for (const VerdictChange& change : event.changes) {
    LogFields fields = {{"next_hop", ToText(watched.next_hop)},
                        {"change", std::string(ToText(change.id))}};
    if (!change.host.IsRoot()) {
      fields.emplace_back("host", change.host.ToText());
    }
    if (!event.error.empty()) fields.emplace_back("error", event.error);
    source_->Report("watch", fields);
    source_->metrics().CountChange(ToText(change.id));
  }
}

// Up to a tenth more, so that those that came together part.
Watches::Clock::duration Watches::LifeOf(
    const absl::StatusOr<Verdict>& verdict) {
  const ServeSettings& settings = source_->settings();
  const int64_t least = settings.watch_min_seconds;
  const int64_t most = std::max(settings.watch_max_seconds, least);
  const int64_t now = source_->now();
  const int64_t end = verdict.ok() ? EndOf(*verdict) : now;
  const int64_t life = end <= now ? least : std::clamp(end - now, least, most);
  std::uniform_int_distribution<int64_t> jitter(0, life * 100);
  return seconds(life) + milliseconds(jitter(random_));
}

void Watches::Beat() {
  const std::vector<Subscription*> all(subscriptions_.begin(),
                                       subscriptions_.end());
  for (Subscription* each : all) {
    if (!subscriptions_.contains(each)) continue;
    each->caller->Push(HeartbeatLine(source_->now(), each->keys.size()));
  }
  if (subscriptions_.empty()) return;
  next_beat_.RingIn(seconds(source_->settings().watch_heartbeat_seconds));
}

}  // namespace danebound
