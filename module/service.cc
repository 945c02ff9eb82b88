#include "module/service.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/wire/frame.h"

namespace danebound {
namespace {

// Tokens of epoll; connections count from kFirstConnection.
constexpr uint64_t kListenerToken = 0;
constexpr uint64_t kBellToken = 1;
constexpr uint64_t kFirstConnection = 2;

// MX answers that wait for the thread; more are dropped.
constexpr size_t kMostMxNames = 256;

constexpr int64_t kSweepMs = 500;
// How often the listening socket is looked after: opened if it could not be,
// made again if its file is gone.
constexpr int64_t kTendListenerMs = 2000;
constexpr int64_t kAcceptPauseMs = 200;
// What one loop does at most of each: everything else waits that long.
constexpr int kAcceptsAtOnce = 8;
constexpr size_t kNewsAtOnce = 16;
constexpr int kTurnsAtOnce = 16;

// Requests in a turn: of one who comes anew, and of one who is busy.
constexpr int kFirstTurn = 2;
constexpr int kTurn = 16;
// Who took a whole turn counts as busy for so long.
constexpr int64_t kBusyMs = 100;

// A failure that lasts is met again after so long, and said once a minute.
constexpr int64_t kTroubleMs = 10;
constexpr int64_t kSayTroubleMs = 60000;

// Room made ahead, so that workers and reports rarely need memory.
constexpr size_t kUsualWorkers = 64;
constexpr size_t kUsualReports = 256;

// Connections that only root may have, so that no other user locks it out.
constexpr size_t kRootReserve = 16;
// At least so many connections, however few descriptors Unbound leaves.
constexpr size_t kLeastConnections = 16;
// The module's own: epoll, bell, listener, wake-ups, one for each worker.
constexpr size_t kOwnDescriptors = 16;

size_t MostConnections(const ModuleSettings& settings,
                       size_t spare_descriptors) {
  const auto wanted = static_cast<size_t>(settings.max_connections);
  if (spare_descriptors == 0) return wanted;
  const size_t left =
      spare_descriptors - std::min(spare_descriptors, kOwnDescriptors);
  return std::min(wanted, std::max(left, kLeastConnections));
}

// The thread takes no signals: they are Unbound's.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// A frame that speaks of the whole connection (docs/protocol.md).
std::string ConnectionError(ErrorCode code, absl::string_view text) {
  return EncodeFrame(0, ErrorReply{code, std::string(text)}, 0).value_or("");
}

// The user at the other end; nullopt where the system does not say.
absl::optional<uid_t> UserOf(const Descriptor& fd) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return absl::nullopt;
  }
  return peer.uid;
}

bool WatchFor(const Descriptor& epoll, int operation, int fd, uint32_t events,
              uint64_t token) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = token;
  return epoll_ctl(epoll.get(), operation, fd, &event) == 0;
}

}  // namespace

Service::Service(Options options, Clock* clock)
    : options_(std::move(options)),
      clock_(clock),
      desk_(options_.settings, options_.standing, clock,
            {[this](const Ticket& ticket, const DeskReply& reply) {
               OnReply(ticket, reply);
             },
             [this] {
               Succeeds([this] {
                 wake_.Send(FindWakeTargets(options_.other_ports));
               });
             },
             [this](LogLevel level, absl::string_view text) {
               Log(level, text);
             }}),
      most_connections_(
          MostConnections(options_.settings, options_.spare_descriptors)),
      last_id_(kFirstConnection) {
  desk_.set_gauges([this] { return Gauges(); });
}

Service::~Service() { Stop(); }

absl::Status Service::Start() noexcept {
  try {
    return StartThread();
  } catch (...) {
    return {absl::StatusCode::kResourceExhausted, ""};
  }
}

absl::Status Service::StartThread() {
  too_many_ = ConnectionError(
      ErrorCode::kBusy,
      "too many connections (max_connections): ask again later");
  too_many_of_user_ = ConnectionError(
      ErrorCode::kBusy,
      "this user has too many connections (max_connections_per_user): ask "
      "again later");
  farewell_ = ConnectionError(ErrorCode::kStopping,
                              "the resolver reloads or stops: ask again");
  workers_.reserve(kUsualWorkers);
  for (Inbox* inbox : {&inbox_, &taken_}) {
    inbox->reports.reserve(kUsualReports);
    inbox->mx_names.reserve(kMostMxNames);
  }
  epoll_ = Descriptor(epoll_create1(EPOLL_CLOEXEC));
  bell_ = Descriptor(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!epoll_.is_open() || !bell_.is_open() ||
      !WatchFor(epoll_, EPOLL_CTL_ADD, bell_.get(), EPOLLIN, kBellToken)) {
    return absl::ErrnoToStatus(errno, "the service thread has no descriptors");
  }
  if (most_connections_ <
      static_cast<size_t>(options_.settings.max_connections)) {
    Log(LogLevel::kWarning,
        absl::StrCat("Unbound's limit of open files leaves room for ",
                     most_connections_,
                     " connections instead of max_connections = ",
                     options_.settings.max_connections,
                     ": raise LimitNOFILE of the service"));
  }
  try {
    const SignalsBlocked blocked;
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::UnavailableError(
        absl::StrCat("no service thread: ", error.what()));
  }
  return absl::OkStatus();
}

void Service::Stop() {
  if (!thread_.joinable()) return;
  is_stopping_ = true;
  Ring();
  thread_.join();
}

// --- trouble ---

void Service::Log(LogLevel level, absl::string_view text) noexcept {
  try {
    options_.log(level, text);
  } catch (...) {
    // There is nobody left to tell.
    had_trouble_ = true;
  }
}

// Takes no memory.
void Service::OnTrouble(absl::string_view text) noexcept {
  had_trouble_ = true;
  if (trouble_said_ms_ >= 0 && now_ms_ - trouble_said_ms_ < kSayTroubleMs) {
    return;
  }
  trouble_said_ms_ = now_ms_;
  Log(LogLevel::kError, text);
}

// Takes one step; says whether it came to its end.
template <typename Step>
bool Service::Succeeds(const Step& step) noexcept {
  try {
    step();
    return true;
  } catch (const std::bad_alloc&) {
    OnTrouble(
        "out of memory: a client or a lookup was given up, the verdict service "
        "goes on");
  } catch (...) {
    OnTrouble(
        "unexpected failure: a client or a lookup was given up, the verdict "
        "service goes on");
  }
  return false;
}

// --- other threads ---

void Service::Ring() const { eventfd_write(bell_.get(), 1); }

void Service::OnWorker(Worker* worker) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    workers_.push_back(worker);
  }
  Ring();
}

void Service::OnReport(Report report) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_.reports.push_back(std::move(report));
  }
  Ring();
}

void Service::OnMx(Name name) {
  if (!options_.settings.prefetch) return;
  bool is_first = false;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (inbox_.mx_names.size() >= kMostMxNames) {
      ++mx_names_dropped_;
      return;
    }
    is_first = inbox_.mx_names.empty();
    inbox_.mx_names.push_back(std::move(name));
  }
  // Rung once for all that waits: this is a resolver's thread, with a client.
  if (is_first) Ring();
}

// --- the loop ---

// Whatever happens in here, the resolver goes on.
void Service::Run() noexcept {
  ReadClock();
  while (!is_stopping_) Loop();
  SayGoodbye();
}

void Service::Loop() {
  std::array<epoll_event, 64> events;
  const int count =
      epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                 WaitMilliseconds());
  had_trouble_ = false;
  ReadClock();
  for (int i = 0; i < std::max(count, 0); ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    Succeeds([this, &event] { OnEvent(event); });
  }
  // Before the turns, in which the replies that reports make go out.
  if (is_rung_) Succeeds([this] { OnInbox(); });
  ServeTurns();
  OnTime();
}

// Once for each wake-up: what is done in one is short.
void Service::ReadClock() {
  const ClockReading reading = ReadClocks();
  now_ms_ = reading.boot / 1000000;
  now_ = clock_->Advance(reading);
}

void Service::OnEvent(const epoll_event& event) {
  if (event.data.u64 == kListenerToken) {
    Accept();
  } else if (event.data.u64 == kBellToken) {
    eventfd_t rings = 0;
    eventfd_read(bell_.get(), &rings);
    is_rung_ = true;
  } else {
    OnConnection(event.data.u64, event.events);
  }
}

int Service::WaitMilliseconds() const {
  int64_t until = std::min(now_ms_ + 60000, tend_listener_ms_);
  if (!clients_.empty()) until = std::min(until, swept_ms_ + kSweepMs);
  if (is_rung_ || !fresh_.empty() || !busy_.empty()) until = now_ms_;
  const int64_t desk = desk_.NextTime();
  if (desk >= 0) until = std::min(until, desk);
  return static_cast<int>(
      std::max<int64_t>(until - now_ms_, had_trouble_ ? kTroubleMs : 0));
}

// Hands over some of what was brought, and sees whether there is more.
void Service::OnInbox() {
  OnNewWorkers();
  const size_t reports =
      std::min(taken_.reports.size(), reports_told_ + kNewsAtOnce);
  while (reports_told_ < reports) {
    Succeeds([this, &report = taken_.reports[reports_told_++]] {
      desk_.OnReport(report, now_ms_);
    });
  }
  const size_t names =
      std::min(taken_.mx_names.size(), mx_names_told_ + kNewsAtOnce);
  while (mx_names_told_ < names) {
    Succeeds([this, &name = taken_.mx_names[mx_names_told_++]] {
      desk_.OnMx(name, now_ms_);
    });
  }
  if (reports_told_ < taken_.reports.size() ||
      mx_names_told_ < taken_.mx_names.size()) {
    return;
  }
  taken_.reports.clear();
  taken_.mx_names.clear();
  reports_told_ = 0;
  mx_names_told_ = 0;
  const std::lock_guard<std::mutex> lock(mutex_);
  std::swap(inbox_, taken_);
  is_rung_ = !taken_.reports.empty() || !taken_.mx_names.empty() ||
             workers_told_ < workers_.size();
}

// A worker that the desk could not take is brought again: it shows itself only
// once.
void Service::OnNewWorkers() {
  while (Worker* const worker = NextWorker()) {
    // The queries that were sent to wake one have done so.
    wake_.Clear();
    if (!Succeeds([this, worker] { desk_.OnWorker(worker, now_ms_); })) return;
    ++workers_told_;
  }
}

Worker* Service::NextWorker() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return workers_told_ < workers_.size() ? workers_[workers_told_] : nullptr;
}

void Service::OnTime() {
  Succeeds([this] { desk_.OnTime(now_ms_); });
  memory_ = desk_.memory();
  if (now_ms_ - swept_ms_ >= kSweepMs) {
    swept_ms_ = now_ms_;
    DropLate();
  }
  if (now_ms_ >= tend_listener_ms_) {
    tend_listener_ms_ = now_ms_ + kTendListenerMs;
    Succeeds([this] { TendListener(); });
  }
}

// --- the listening socket ---

// Opens it, makes it again where its file was removed, and watches it again
// after a pause.
void Service::TendListener() {
  if (!listener_ || !listener_->IsInPlace()) Listen();
  if (listener_ && !is_listener_watched_) WatchListener();
}

void Service::Listen() {
  const ModuleSettings& settings = options_.settings;
  absl::StatusOr<UnixListener> listener =
      UnixListener::Listen(settings.socket, settings.socket_mode);
  if (!listener.ok()) {
    OnListenerTrouble(std::string(listener.status().message()));
    return;
  }
  listener_ = *std::move(listener);
  is_listener_watched_ = false;
  listener_trouble_.clear();
  Log(LogLevel::kInfo, absl::StrCat("listening on ", settings.socket));
}

void Service::WatchListener() {
  is_listener_watched_ =
      WatchFor(epoll_, EPOLL_CTL_ADD, listener_->fd(), EPOLLIN, kListenerToken);
  if (is_listener_watched_) return;
  const int error = errno;
  // Clients are refused, rather than left to wait for nobody.
  listener_.reset();
  OnListenerTrouble(absl::StrCat("cannot watch ", options_.settings.socket,
                                 ": ", std::strerror(error)));
}

// Says the same only once.
void Service::OnListenerTrouble(const std::string& text) {
  if (listener_trouble_ == text) return;
  listener_trouble_ = text;
  Log(LogLevel::kError,
      absl::StrCat(listener_ ? "no new clients, those connected are served on, "
                               "DNS goes on: "
                             : "the verdict service is down, DNS goes on: ",
                   text));
}

void Service::PauseListener(int64_t until_ms) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener_->fd(), nullptr);
  is_listener_watched_ = false;
  tend_listener_ms_ = until_ms;
}

void Service::Accept() {
  for (int i = 0; i < kAcceptsAtOnce && AcceptOne(); ++i) {
  }
}

// Says whether another client may wait.
bool Service::AcceptOne() {
  Descriptor fd(
      accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd.is_open()) {
    const int error = errno;
    // Out of descriptors: the waiting client would make epoll return at once,
    // again and again.
    if (error == EMFILE || error == ENFILE || error == ENOBUFS ||
        error == ENOMEM) {
      PauseListener(now_ms_ + kAcceptPauseMs);
    }
    return error == EINTR || error == ECONNABORTED;
  }
  const absl::optional<uid_t> user = UserOf(fd);
  if (!user) {
    ++refused_;
    return true;
  }
  const absl::string_view refusal = WhyRefused(*user);
  if (refusal.empty()) {
    AddClient(std::move(fd), *user);
    return true;
  }
  ++refused_;
  send(fd.get(), refusal.data(), refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return true;
}

void Service::AddClient(Descriptor fd, uid_t user) {
  const Connection::Limits limits{
      static_cast<size_t>(options_.settings.max_in_flight_per_connection),
      options_.settings.idle_seconds * 1000};
  const uint64_t id = ++last_id_;
  // A list of its own, until nothing can fail any more.
  Clients added;
  added.emplace_back(id, std::move(fd), user, limits, clock_, now_ms_);
  Client& client = added.front();
  client.list = &idle_;
  client.events = EPOLLIN;
  clients_.emplace(id, added.begin());
  if (!WatchFor(epoll_, EPOLL_CTL_ADD, client.connection.fd(), client.events,
                id)) {
    clients_.erase(id);
    return;
  }
  idle_.splice(idle_.end(), added);
  ++accepted_;
}

absl::string_view Service::WhyRefused(uid_t user) const {
  // Where there are few connections at all the reserve would be most of them.
  const size_t reserve =
      user != 0 && most_connections_ > 2 * kRootReserve ? kRootReserve : 0;
  if (clients_.size() + reserve >= most_connections_) return too_many_;
  const auto count = std::count_if(
      clients_.begin(), clients_.end(), [user](const auto& client) {
        return client.second->connection.user() == user;
      });
  const bool is_full = count >= options_.settings.max_connections_per_user;
  return is_full ? absl::string_view(too_many_of_user_) : absl::string_view();
}

// --- connections ---

void Service::OnConnection(uint64_t id, uint32_t events) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  const Clients::iterator client = found->second;
  // Closed both ways: no reply can be read.
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    Drop(client);
    return;
  }
  if ((events & EPOLLIN) != 0) client->connection.OnReadable();
  if ((events & EPOLLOUT) != 0) client->connection.OnWritable();
  Want(client);
}

void Service::OnReply(const Ticket& ticket, const DeskReply& reply) noexcept {
  const auto found = clients_.find(ticket.connection);
  if (found == clients_.end()) return;
  Connection& connection = found->second->connection;
  const bool is_added = Succeeds([&connection, &ticket, &reply] {
    connection.AddReply(ticket.request, reply);
  });
  if (!is_added) connection.LoseReply();
  Want(found->second);
}

// Puts it in line for a turn, if it is not.
void Service::Want(Clients::iterator client) {
  if (client->list != &idle_) return;
  const bool is_busy =
      client->busy_ms >= 0 && now_ms_ - client->busy_ms < kBusyMs;
  Move(client, is_busy ? &busy_ : &fresh_);
}

void Service::Move(Clients::iterator client, Clients* list) {
  list->splice(list->end(), *client->list, client);
  client->list = list;
}

void Service::ServeTurns() {
  for (int i = 0; i < kTurnsAtOnce && !fresh_.empty(); ++i) {
    ServeTurn(fresh_.begin(), kFirstTurn);
  }
  if (!busy_.empty()) ServeTurn(busy_.begin(), kTurn);
}

void Service::ServeTurn(Clients::iterator client, int length) {
  Connection& connection = client->connection;
  int taken = 0;
  const bool is_served = Succeeds([this, client, length, &taken] {
    taken = client->connection.Serve(
        length,
        [this](const LookupView& lookup) {
          return desk_.Hit(lookup, now_, now_ms_);
        },
        [this, client](uint16_t id, const Request& request) {
          desk_.OnRequest({client->connection.user(), client->id, id}, request,
                          now_ms_);
        },
        now_ms_);
  });
  if (!is_served || connection.is_over() || !Watch(*client)) {
    Drop(client);
    return;
  }
  if (taken == kTurn) client->busy_ms = now_ms_;
  Move(client, connection.wants_turn() ? &busy_ : &idle_);
}

// Watches for what the connection cannot go on without. Who waits for a turn is
// watched as before: its turn comes first.
bool Service::Watch(Client& client) {
  const Connection& connection = client.connection;
  if (connection.wants_turn()) return true;
  uint32_t events = 0;
  if (connection.wants_read()) events |= EPOLLIN;
  if (connection.wants_write()) events |= EPOLLOUT;
  if (events == client.events) return true;
  client.events = events;
  return WatchFor(epoll_, EPOLL_CTL_MOD, connection.fd(), events, client.id);
}

void Service::Drop(Clients::iterator client) {
  const uint64_t id = client->id;
  // Gone before the desk hears of it, which then has nobody to reply to.
  clients_.erase(id);
  client->list->erase(client);
  Succeeds([this, id] { desk_.OnHangUp(id, now_ms_); });
}

// Who waits for a turn is not late: the module is.
void Service::DropLate() {
  Clients late;
  for (auto client = idle_.begin(); client != idle_.end();) {
    const auto next = std::next(client);
    if (client->connection.IsLate(now_ms_)) Move(client, &late);
    client = next;
  }
  while (!late.empty()) Drop(late.begin());
}

void Service::SayGoodbye() noexcept {
  // First: who connects from now on would be let in by nobody.
  listener_.reset();
  const bool is_told = Succeeds([this] { desk_.Stop(); });
  for (Clients* list : {&idle_, &fresh_, &busy_}) {
    for (Client& client : *list) {
      Connection& connection = client.connection;
      const bool is_sent = Succeeds([&connection] { connection.Finish(); });
      if (!is_told || !is_sent || connection.has_lost_reply()) {
        connection.SayFarewell(farewell_);
      }
    }
    list->clear();
  }
  clients_.clear();
}

std::vector<Counter> Service::Gauges() const {
  return {{"connections.accepted", accepted_},
          {"connections.open", clients_.size()},
          {"connections.refused", refused_},
          {"prefetch.dropped.waiting", mx_names_dropped_}};
}

}  // namespace danebound
