#include "stub/serve/daemon.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/system/packaged_unbound.h"

namespace danebound {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// After descriptors ran out, and for how long pending replies are waited for.
constexpr milliseconds kAcceptPause(200);
constexpr seconds kLongestDrain(5);
// At most one line a time about refused connections.
constexpr seconds kComplaintPause(10);

// Who comes by TCP: from this machine, by which user nobody knows.
constexpr const char* kLoopback = "loopback";

// Of max_connections, what is kept for each of the listeners: together half.
int64_t ReserveOf(int64_t max_connections, size_t listeners) {
  return std::max<int64_t>(
      max_connections / (2 * static_cast<int64_t>(listeners)), 1);
}

// Whom a connection is counted for: a user of this machine, or all that come by
// TCP. Whoever may connect there has all of 127.0.0.0/8 to come from.
std::string UserOf(int fd, const sockaddr* address) {
  if (address->sa_family == AF_UNIX) {
    ucred user{};
    socklen_t size = sizeof(user);
    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &user, &size);
    return absl::StrCat("uid ", user.uid);
  }
  return kLoopback;
}

PeerLimits LimitsOf(const ServeSettings& settings) {
  PeerLimits limits;
  limits.pending = static_cast<size_t>(settings.max_pending_per_connection);
  limits.idle = seconds(settings.idle_seconds);
  limits.unread = seconds(settings.write_seconds);
  return limits;
}

}  // namespace

Daemon::Daemon(event_base* base, ServeSettings settings, Parts parts)
    : base_(base),
      read_settings_(std::move(parts.read_settings)),
      facts_for_(std::move(parts.facts_for)),
      log_(STDERR_FILENO,
           [this](uint64_t lost) {
             return LogLine(source_.settings().log_format, source_.now(),
                            "log-dropped", {{"lines", absl::StrCat(lost)}});
           }),
      source_(
          std::move(parts.facts), std::move(settings),
          [this](const std::string& line) { log_.Write(line); }, parts.clock),
      check_(std::move(parts.check)),
      exceptions_(base, parts.clock,
                  [this](absl::string_view event, const LogFields& fields) {
                    source_.Report(event, fields);
                  }),
      resolver_(base,
                [this](absl::string_view event, const LogFields& fields) {
                  source_.Report(event, fields);
                }),
      socketmap_(&source_, &resolver_),
      watches_(base, &source_),
      json_(&source_, &watches_),
      metrics_([this] {
        Gauges gauges;
        gauges.connections = peers_.size();
        gauges.watched = watches_.size();
        for (const auto& [state, count] : exceptions_.Count()) {
          gauges.exceptions_tested[std::string(ToText(state))] = count;
        }
        gauges.log_lines_dropped = log_.lost();
        gauges.mta_resolver = std::string(ToText(resolver_.state()));
        gauges.resolv_conf_stale = resolver_.stale();
        const auto unbound = ReadPackagedUnbound();
        if (unbound.has_value()) gauges.unbound_older = unbound->is_older;
        return source_.MetricsText(gauges);
      }),
      resume_(base_, [this] { ResumeListeners(); }),
      watch_(base_, [this] { KeepWatch(); }),
      give_up_(base_, [this] { event_base_loopbreak(base_); }),
      on_hup_(base_, SIGHUP, [this] { Reload(); }),
      on_term_(base_, SIGTERM, [this] { Stop(); }),
      on_int_(base_, SIGINT, [this] { Stop(); }) {
  // A client that hangs up must not end the daemon.
  signal(SIGPIPE, SIG_IGN);
}

Daemon::~Daemon() = default;

absl::Status Daemon::Listen(const std::vector<InheritedSocket>& inherited) {
  for (const InheritedSocket& each : inherited) {
    Listener listener;
    listener.protocol = each.protocol;
    listener.inherited = true;
    listener.name = absl::StrCat("descriptor ", each.fd);
    listener.socket =
        std::make_unique<ListeningSocket>(ListeningSocket::Inherit(each.fd));
    AddListener(std::move(listener));
  }
  for (const ListenAddress& address : source_.settings().listen) {
    absl::Status opened = OpenListener(address);
    if (!opened.ok()) return opened;
  }
  if (!listeners_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "there is nothing to listen on: start danebound-serve.socket, or write a "
      "[[listen]] into the settings");
}

absl::Status Daemon::OpenListener(const ListenAddress& address) {
  absl::StatusOr<ListeningSocket> socket = ListeningSocket::Listen(address);
  if (!socket.ok()) return socket.status();
  Listener listener;
  listener.protocol = address.protocol;
  listener.address = address;
  listener.name = ToText(address);
  listener.socket = std::make_unique<ListeningSocket>(*std::move(socket));
  AddListener(std::move(listener));
  return absl::OkStatus();
}

void Daemon::AddListener(Listener listener) {
  auto owned = std::make_unique<Listener>(std::move(listener));
  owned->daemon = this;
  owned->events.reset(evconnlistener_new(base_, OnAccept, owned.get(),
                                         LEV_OPT_CLOSE_ON_EXEC, /*backlog=*/0,
                                         owned->socket->fd()));
  evconnlistener_set_error_cb(owned->events.get(), OnAcceptError);
  listeners_.push_back(std::move(owned));
}

void Daemon::Run() {
  NotifyServiceManager("READY=1");
  KeepWatch();
  source_.Report("serving", {{"listeners", absl::StrCat(listeners_.size())},
                             {"asks", source_.facts().Name()}});
  ReportNotes();
  resolver_.Watch(source_.settings());
  WatchExceptions();
  event_base_dispatch(base_);
  peers_.clear();
  source_.Report("stopped", {});
}

void Daemon::OnAccept(evconnlistener* /*events*/, evutil_socket_t fd,
                      sockaddr* address, int /*size*/, void* listener) {
  const auto* from = static_cast<const Listener*>(listener);
  from->daemon->Accept(*from, fd, address);
}

void Daemon::OnAcceptError(evconnlistener* /*events*/, void* listener) {
  const int error = errno;
  auto* from = static_cast<Listener*>(listener);
  from->daemon->Complain("accept-failed", std::strerror(error));
  // Who waits there would have the loop come back at once, again and again.
  Pause(*from);
  from->daemon->resume_.RingIn(kAcceptPause);
}

void Daemon::Accept(const Listener& listener, int fd, const sockaddr* address) {
  const ServeSettings& settings = source_.settings();
  const std::string user = UserOf(fd, address);
  User& counted = users_[user];
  if (counted.connections >= settings.max_connections_per_user &&
      !(user == kLoopback && HasLoopbackRoom(listener))) {
    source_.metrics().CountRefusal("connections");
    Complain("connection-refused",
             absl::StrCat(user, " has ", counted.connections,
                          " connections (max_connections_per_user)"));
    close(fd);
    return;
  }
  ++counted.connections;
  auto peer = std::make_shared<Peer>(
      base_, fd, user, counted.waiting, ProtocolOf(listener.protocol),
      LimitsOf(settings), [this](Peer* ended) { OnPeerEnd(ended); });
  peers_[peer.get()] = {peer, listener.name};
  ++count_by_listener_[listener.name];
  peer->Start();
  // Paused, not closed: who connects now waits for a place.
  for (const auto& each : listeners_) {
    if (each->paused || !IsFull(*each)) continue;
    Complain("connections-full",
             absl::StrCat(each->name, " has ", CountOf(each->name),
                          " connections, all have ", peers_.size(),
                          " (max_connections)"));
    Pause(*each);
  }
}

Protocol* Daemon::ProtocolOf(ServeProtocol protocol) {
  switch (protocol) {
    case ServeProtocol::kSocketmap:
      return &socketmap_;
    case ServeProtocol::kJson:
      return &json_;
    case ServeProtocol::kMetrics:
      return &metrics_;
  }
  return &socketmap_;
}

int64_t Daemon::CountOf(const std::string& listener) const {
  const auto found = count_by_listener_.find(listener);
  return found == count_by_listener_.end() ? 0 : found->second;
}

// All who come by TCP are one user: those at one listener must not take all of
// it from those at another.
bool Daemon::HasLoopbackRoom(const Listener& listener) const {
  const ServeSettings& settings = source_.settings();
  const auto listeners = static_cast<int64_t>(listeners_.size());
  return CountOf(listener.name) <
         std::min(ReserveOf(settings.max_connections, listeners_.size()),
                  std::max<int64_t>(
                      settings.max_connections_per_user / listeners, 1));
}

bool Daemon::IsFull(const Listener& listener) const {
  const int64_t most = source_.settings().max_connections;
  const int64_t reserve = ReserveOf(most, listeners_.size());
  int64_t kept = 0;  // of their reserves, what the others do not use now
  for (const auto& other : listeners_) {
    if (other->name == listener.name) continue;
    kept += std::max<int64_t>(reserve - CountOf(other->name), 0);
  }
  const auto all = static_cast<int64_t>(peers_.size());
  return CountOf(listener.name) >= reserve && all + kept >= most;
}

void Daemon::Pause(Listener& listener) {
  listener.paused = true;
  evconnlistener_disable(listener.events.get());
}

void Daemon::ResumeListeners() {
  if (stopping_) return;
  for (const auto& listener : listeners_) {
    if (!listener->paused || IsFull(*listener)) continue;
    listener->paused = false;
    evconnlistener_enable(listener->events.get());
  }
}

void Daemon::OnPeerEnd(Peer* peer) {
  const auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  const auto user = users_.find(peer->user());
  if (--user->second.connections == 0) users_.erase(user);
  const auto listener = count_by_listener_.find(found->second.listener);
  if (--listener->second == 0) count_by_listener_.erase(listener);
  peers_.erase(found);
  ResumeListeners();
  EndIfDrained();
}

void Daemon::Reload() {
  if (stopping_) return;
  NotifyReloading();
  absl::StatusOr<ServeSettings> settings = read_settings_();
  if (settings.ok()) {
    const std::vector<ListenAddress> wanted = settings->listen;
    const auto weaker =
        settings->destinations.WeakerThan(source_.settings().destinations);
    const bool moved =
        settings->module_socket != source_.settings().module_socket;
    source_.set_settings(*std::move(settings));
    if (moved && facts_for_) source_.set_facts(facts_for_(source_.settings()));
    TakeNewListeners(wanted);
    // By the new bounds there may be room.
    ResumeListeners();
    for (const auto& each : weaker) {
      source_.Report(
          "weakened",
          {{"destination", each.pattern}, {"was", each.was}, {"is", each.is}});
    }
    source_.Report("reloaded", {});
    ReportNotes();
    resolver_.Watch(source_.settings());
    WatchExceptions();
  } else {
    source_.Report("reload-failed",
                   {{"error", std::string(settings.status().message())}});
  }
  NotifyServiceManager("READY=1");
}

void Daemon::ReportNotes() const {
  for (const std::string& note : source_.settings().notes) {
    source_.Report("settings", {{"note", note}});
  }
}

void Daemon::WatchExceptions() {
  const ServeSettings& settings = source_.settings();
  exceptions_.Watch(settings,
                    check_ ? check_(settings) : std::vector<std::string>());
}

// Those that stay are not touched: nobody who is about to connect is refused.
void Daemon::TakeNewListeners(const std::vector<ListenAddress>& wanted) {
  const auto is_unwanted = [&](const std::unique_ptr<Listener>& listener) {
    return !listener->inherited && std::find(wanted.begin(), wanted.end(),
                                             listener->address) == wanted.end();
  };
  listeners_.erase(
      std::remove_if(listeners_.begin(), listeners_.end(), is_unwanted),
      listeners_.end());
  for (const ListenAddress& address : wanted) {
    const bool open = std::any_of(
        listeners_.begin(), listeners_.end(), [&](const auto& listener) {
          return !listener->inherited && listener->address == address;
        });
    if (open) continue;
    const absl::Status opened = OpenListener(address);
    if (opened.ok()) continue;
    source_.Report("listen-failed", {{"error", std::string(opened.message())}});
  }
}

void Daemon::Stop() {
  if (stopping_) {  // told a second time: wait for nobody
    event_base_loopbreak(base_);
    return;
  }
  stopping_ = true;
  NotifyServiceManager("STOPPING=1");
  listeners_.clear();
  // A copy: who has nothing pending ends at once, and leaves peers_.
  std::vector<std::shared_ptr<Peer>> peers;
  for (const auto& [key, each] : peers_) peers.push_back(each.peer);
  for (const auto& peer : peers) peer->Drain();
  give_up_.RingIn(kLongestDrain);
  EndIfDrained();
}

void Daemon::EndIfDrained() {
  if (stopping_ && peers_.empty()) event_base_loopbreak(base_);
}

void Daemon::KeepWatch() {
  const auto interval = WatchdogInterval();
  if (interval.count() == 0) return;
  NotifyServiceManager("WATCHDOG=1");
  watch_.RingIn(interval);
}

void Daemon::Complain(absl::string_view event, absl::string_view error) {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_complaint_) return;
  next_complaint_ = now + kComplaintPause;
  source_.Report(event, {{"error", std::string(error)}});
}

}  // namespace danebound
