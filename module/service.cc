#include "module/service.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <new>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

// Tokens of epoll; connections count from kFirstConnection.
constexpr uint64_t kListenerToken = 0;
constexpr uint64_t kBellToken = 1;
constexpr uint64_t kFirstConnection = 2;

// MX answers that wait for the thread; more are dropped.
constexpr size_t kMostMxNames = 256;

constexpr int64_t kSweepMs = 500;
constexpr int64_t kListenAgainMs = 2000;
constexpr int64_t kAcceptPauseMs = 200;
constexpr int kAcceptsAtOnce = 64;

// Connections that only root may have, so that no other user locks it out.
constexpr size_t kRootReserve = 16;
// At least so many connections, however few descriptors Unbound leaves.
constexpr size_t kLeastConnections = 16;
// The module's own: epoll, bell, listener, wake-ups, one for each worker.
constexpr size_t kOwnDescriptors = 16;

size_t MostConnections(const Settings& settings, size_t spare_descriptors) {
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

}  // namespace

Service::Service(Options options, Clock* clock)
    : options_(std::move(options)),
      clock_(clock),
      desk_(options_.settings, options_.standing, clock,
            {[this](const Ticket& ticket, Reply reply) {
               OnReply(ticket, std::move(reply));
             },
             [this] { wake_.Send(FindWakeTargets(options_.other_ports)); },
             options_.log}),
      most_connections_(
          MostConnections(options_.settings, options_.spare_descriptors)),
      last_id_(kFirstConnection) {
  desk_.set_gauges([this] { return Gauges(); });
}

Service::~Service() {
  Stop();
  if (epoll_ >= 0) close(epoll_);
  if (bell_ >= 0) close(bell_);
}

absl::Status Service::Start() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  bell_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kBellToken;
  if (epoll_ < 0 || bell_ < 0 ||
      epoll_ctl(epoll_, EPOLL_CTL_ADD, bell_, &event) != 0) {
    return absl::ErrnoToStatus(errno, "the service thread has no descriptors");
  }
  if (most_connections_ <
      static_cast<size_t>(options_.settings.max_connections)) {
    options_.log(LogLevel::kWarning,
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

// --- other threads ---

void Service::Ring() const { eventfd_write(bell_, 1); }

void Service::OnWorker(Worker* worker) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    inbox_.workers.push_back(worker);
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
    if (inbox_.mx_names.size() >= kMostMxNames) return;
    is_first = inbox_.mx_names.empty();
    inbox_.mx_names.push_back(std::move(name));
  }
  if (is_first) Ring();
}

Service::Inbox Service::TakeInbox() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(inbox_, Inbox());
}

// --- the loop ---

// Whatever happens in here, the resolver goes on.
void Service::Run() {
  now_ms_ = BootMilliseconds();
  OpenListener();
  while (!is_stopping_) {
    try {
      Loop();
    } catch (const std::bad_alloc&) {
      options_.log(LogLevel::kError, "out of memory: connections are dropped");
      clients_.clear();
    }
  }
  SayGoodbye();
}

void Service::Loop() {
  std::array<epoll_event, 64> events;
  const int count =
      epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                 WaitMilliseconds());
  now_ms_ = BootMilliseconds();
  for (int i = 0; i < std::max(count, 0); ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    if (event.data.u64 == kListenerToken) {
      Accept();
    } else if (event.data.u64 == kBellToken) {
      OnInbox();
    } else {
      OnConnection(event.data.u64, event.events);
    }
  }
  // Of requests that came in one piece each connection gets a part in turn.
  for (const uint64_t id : std::exchange(unfinished_, {})) OnConnection(id, 0);
  OnTime();
  for (const uint64_t id : std::exchange(touched_, {})) Settle(id);
}

int Service::WaitMilliseconds() const {
  if (!unfinished_.empty() || !touched_.empty()) return 0;
  int64_t until = clients_.empty() ? now_ms_ + 60000 : swept_ms_ + kSweepMs;
  const int64_t desk = desk_.NextTime();
  if (desk >= 0) until = std::min(until, desk);
  if (listen_again_ms_ >= 0) until = std::min(until, listen_again_ms_);
  return static_cast<int>(
      std::clamp<int64_t>(until - BootMilliseconds(), 0, 60000));
}

void Service::OnInbox() {
  eventfd_t rings = 0;
  eventfd_read(bell_, &rings);
  Inbox inbox = TakeInbox();
  for (Worker* worker : inbox.workers) {
    wake_.Clear();
    desk_.OnWorker(worker, now_ms_);
  }
  for (Report& report : inbox.reports) {
    desk_.OnReport(std::move(report), now_ms_);
  }
  for (const Name& name : inbox.mx_names) desk_.OnMx(name, now_ms_);
}

void Service::OnTime() {
  desk_.OnTime(now_ms_);
  memory_ = desk_.memory();
  if (now_ms_ - swept_ms_ >= kSweepMs) {
    swept_ms_ = now_ms_;
    DropLate();
  }
  if (listen_again_ms_ >= 0 && now_ms_ >= listen_again_ms_) {
    listen_again_ms_ = -1;
    OpenListener();
  }
}

// --- the listening socket ---

// Opens it, or watches it again after a pause.
void Service::OpenListener() {
  const Settings& settings = options_.settings;
  if (!listener_) {
    absl::StatusOr<Listener> listener =
        Listener::Listen(settings.socket, settings.socket_mode);
    if (!listener.ok()) {
      const std::string trouble(listener.status().message());
      if (std::exchange(listener_trouble_, trouble) != trouble) {
        options_.log(LogLevel::kError,
                     absl::StrCat("the verdict service is down, DNS goes on: ",
                                  trouble));
      }
      listen_again_ms_ = now_ms_ + kListenAgainMs;
      return;
    }
    listener_.emplace(*std::move(listener));
    listener_trouble_.clear();
    options_.log(LogLevel::kInfo,
                 absl::StrCat("listening on ", settings.socket));
  }
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = kListenerToken;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_->fd(), &event);
}

void Service::PauseListener(int64_t until_ms) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, listener_->fd(), nullptr);
  listen_again_ms_ = until_ms;
}

void Service::Accept() {
  for (int i = 0; i < kAcceptsAtOnce && AcceptOne(); ++i) {
  }
}

bool Service::AcceptOne() {
  const int fd =
      accept4(listener_->fd(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) {
    // Out of descriptors: the waiting client would make epoll return at once,
    // again and again.
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
        errno == ENOMEM) {
      PauseListener(now_ms_ + kAcceptPauseMs);
    }
    return errno == EINTR || errno == ECONNABORTED;
  }
  ucred peer{};
  socklen_t size = sizeof(peer);
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
  const Connection::Limits limits{
      static_cast<size_t>(options_.settings.max_in_flight_per_connection),
      options_.settings.idle_seconds * 1000};
  auto connection =
      std::make_unique<Connection>(fd, peer.uid, limits, clock_, now_ms_);
  const std::string refused = WhyRefused(peer.uid);
  if (!refused.empty()) {
    ++refused_;
    connection->AddError(0, ErrorCode::kBusy, refused);
    connection->Send(now_ms_);
    return true;
  }
  ++accepted_;
  const uint64_t id = ++last_id_;
  Client& client = clients_[id];
  client.connection = std::move(connection);
  client.events = EPOLLIN;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) clients_.erase(id);
  return true;
}

std::string Service::WhyRefused(uid_t user) const {
  const size_t reserve =
      user != 0 && most_connections_ > 2 * kRootReserve ? kRootReserve : 0;
  if (clients_.size() + reserve >= most_connections_) {
    return "too many connections (max_connections): ask again later";
  }
  const auto count = std::count_if(
      clients_.begin(), clients_.end(), [user](const auto& client) {
        return client.second.connection->user() == user;
      });
  if (count >= options_.settings.max_connections_per_user) {
    return absl::StrCat("user ", user,
                        " has too many connections "
                        "(max_connections_per_user): ask again later");
  }
  return "";
}

// --- connections ---

void Service::OnConnection(uint64_t id, uint32_t events) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Connection& connection = *found->second.connection;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
    connection.OnReadable(now_ms_);
  }
  TakeRequests(id, connection);
  touched_.push_back(id);
}

void Service::TakeRequests(uint64_t id, Connection& connection) {
  connection.TakeRequests(
      [this, user = connection.user(), id](uint16_t request,
                                           const Message& message) {
        desk_.OnRequest({user, id, request}, message, now_ms_);
      },
      now_ms_);
}

void Service::OnReply(const Ticket& ticket, Reply reply) {
  const auto found = clients_.find(ticket.connection);
  if (found == clients_.end()) return;
  found->second.connection->AddReply(ticket.request, std::move(reply));
  touched_.push_back(ticket.connection);
}

// Sends what can be sent, and decides what to wait for next.
void Service::Settle(uint64_t id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Connection& connection = *found->second.connection;
  connection.Send(now_ms_);
  if (connection.is_over()) {
    Drop(id);
    return;
  }
  // Room that came free lets requests in that have been read already.
  if (connection.has_input() && connection.wants_read()) {
    unfinished_.push_back(id);
  }
  Watch(id, connection);
}

void Service::Watch(uint64_t id, const Connection& connection) {
  Client& client = clients_.at(id);
  uint32_t events = 0;
  if (connection.wants_read()) events |= EPOLLIN;
  if (connection.wants_write()) events |= EPOLLOUT;
  if (events == client.events) return;
  client.events = events;
  epoll_event event{};
  event.events = events;
  event.data.u64 = id;
  epoll_ctl(epoll_, EPOLL_CTL_MOD, connection.fd(), &event);
}

void Service::Drop(uint64_t id) {
  desk_.OnHangUp(id, now_ms_);
  clients_.erase(id);
}

void Service::DropLate() {
  std::vector<uint64_t> late;
  for (const auto& [id, client] : clients_) {
    if (client.connection->IsLate(now_ms_)) late.push_back(id);
  }
  for (const uint64_t id : late) Drop(id);
}

void Service::SayGoodbye() {
  try {
    listener_.reset();
    desk_.Stop();
    for (auto& [id, client] : clients_) client.connection->Send(now_ms_);
    clients_.clear();
  } catch (const std::bad_alloc&) {
    clients_.clear();
  }
}

std::vector<Counter> Service::Gauges() const {
  return {{"connections.accepted", accepted_},
          {"connections.open", clients_.size()},
          {"connections.refused", refused_}};
}

}  // namespace danebound
