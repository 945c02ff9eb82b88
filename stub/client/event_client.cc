#include "stub/client/event_client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <system_error>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "stub/client/errors.h"
#include "stub/dane/lookup.h"

namespace danebound {
namespace {

using Clock = EventClient::Clock;

// Between two attempts to connect, or to have a busy module take a request:
// twice as long each time.
constexpr Clock::duration kFirstPause = std::chrono::milliseconds(10);
constexpr Clock::duration kLongestPause = std::chrono::milliseconds(200);
// A request is slow when it is not answered for so long; a connection with so
// many of them gets no others while there is another one.
constexpr Clock::duration kSlow = std::chrono::milliseconds(500);
constexpr size_t kMostSlow = 16;
// Octets taken in by one Advance, so that a peer that never stops sending does
// not hold the caller.
constexpr size_t kMostReceived = size_t{4} << 20;
constexpr size_t kReceiveSize = size_t{32} << 10;

Clock::duration Longer(Clock::duration pause) {
  return std::clamp(2 * pause, kFirstPause, kLongestPause);
}

// The duration as the clock counts it, at most a day.
Clock::duration Bounded(absl::Duration duration) {
  return std::chrono::duration_cast<Clock::duration>(
      absl::ToChronoNanoseconds(std::min(duration, absl::Hours(24))));
}

int64_t SecondsSinceEpoch() { return std::time(nullptr); }

// The answer to a request that needs no module.
absl::optional<absl::StatusOr<ClientReply>> AnswerWithoutModule(
    const Request& request) {
  const auto* asked = std::get_if<LookupRequest>(&request);
  if (asked == nullptr || asked->next_hop.form != NextHopForm::kAddress) {
    return absl::nullopt;
  }
  const int64_t now = SecondsSinceEpoch();
  const Lookup lookup(asked->next_hop, LookupLimits(), now);
  absl::StatusOr<FoundFacts> facts = FoundFacts::Encode(lookup.facts(), now);
  if (!facts.ok()) return absl::StatusOr<ClientReply>(facts.status());
  return absl::StatusOr<ClientReply>(*std::move(facts));
}

// Milliseconds until `deadline` for poll(2), rounded up.
int PollTimeout(EventClient::Clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(
      deadline - EventClient::Clock::now());
  return static_cast<int>(std::clamp<int64_t>(left.count(), 0, INT_MAX));
}

// Milliseconds from now to the deadline, at least 1.
uint32_t MillisecondsTo(Clock::time_point deadline, Clock::time_point now) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now);
  return static_cast<uint32_t>(std::max<int64_t>(left.count(), 1));
}

}  // namespace

EventClient::EventClient(ClientOptions options)
    : options_(std::move(options)) {}

uint64_t EventClient::Start(const Request& request, absl::Duration timeout) {
  const uint64_t ticket = ++last_ticket_;
  Pending& pending = NewPending(ticket);
  pending.request = request;
  pending.timeout = timeout;
  pending.not_before = Clock::now();
  pending.deadline = pending.not_before + Bounded(timeout);
  if (timeout <= absl::ZeroDuration()) {
    Finish(ticket, absl::InvalidArgumentError(absl::StrCat(
                       "the timeout is ", absl::FormatDuration(timeout),
                       "; give a positive one")));
  } else if (auto reply = AnswerWithoutModule(request)) {
    Finish(ticket, *std::move(reply));
  }
  return ticket;
}

EventClient::Pending& EventClient::NewPending(uint64_t ticket) {
  if (spare_.empty()) return requests_[ticket];
  spare_.key() = ticket;
  Pending& pending = requests_.insert(std::move(spare_)).position->second;
  pending.connection = nullptr;
  pending.pause = {};
  pending.trouble = absl::OkStatus();
  return pending;
}

absl::StatusOr<ClientReply> EventClient::Call(const Request& request,
                                              absl::Duration timeout) {
  const uint64_t ticket = Start(request, timeout);
  const Clock::time_point now = Clock::now();
  const bool is_fork = descriptors_.fd() >= 0 && !descriptors_.IsOwn();
  // Nothing has been asked for: what has come can wait until this is.
  if (requests_.size() == 1 && !is_fork) {
    AskAndSend(now);
  } else {
    Advance();
  }
  while (true) {
    absl::optional<absl::StatusOr<ClientReply>> end = TakeEnd(ticket);
    if (end.has_value()) return *std::move(end);
    WaitFor(ticket);
  }
}

absl::optional<absl::StatusOr<ClientReply>> EventClient::TakeEnd(
    uint64_t ticket) {
  const auto end = std::find_if(
      finished_.begin(), finished_.end(),
      [ticket](const Finished& each) { return each.ticket == ticket; });
  if (end == finished_.end()) return absl::nullopt;
  absl::StatusOr<ClientReply> reply = std::move(end->reply);
  finished_.erase(end);
  return reply;
}

// The one request that is open may wait in recv(2), where its reply comes; else
// all that there is to wait for is in the set. A signal ends the wait early,
// which does no harm: deadlines are points in time.
void EventClient::WaitFor(uint64_t ticket) {
  const Pending& pending = requests_.at(ticket);
  Connection* const connection = pending.connection;
  const Clock::time_point now = Clock::now();
  if (requests_.size() == 1 && connections_.size() == 1 &&
      connection != nullptr && connection->is_open() &&
      !connection->awaits_room && pending.deadline > now) {
    std::array<char, kReceiveSize> octets;
    const ssize_t count = connection->socket.WaitAndReceive(
        octets.data(), octets.size(),
        std::chrono::ceil<std::chrono::microseconds>(pending.deadline - now));
    TakeIn(*connection, {octets.data(), octets.size()}, count, now);
    // That it is all is the usual case.
    if (requests_.empty()) return;
  } else if (const auto deadline = NextDeadline()) {
    pollfd ready = {fd(), events(), 0};  // -1 is passed over
    poll(&ready, 1, PollTimeout(*deadline));
  }
  Advance();
}

void EventClient::Cancel(uint64_t ticket) {
  const auto request = requests_.find(ticket);
  if (request == requests_.end()) return;
  GiveUpOnSession(request->second);
  requests_.erase(request);
  RemoveUnused();
}

void EventClient::Advance() {
  const Clock::time_point now = Clock::now();
  if (descriptors_.fd() >= 0 && !descriptors_.IsOwn()) DropAll();
  // What has come counts, also where its deadline has come meanwhile.
  for (Connection& each : connections_) ReceiveOctets(each, now);
  FinishLate(now);
  RemoveUnused();
  AskAndSend(now);
}

void EventClient::AskAndSend(Clock::time_point now) {
  Connect(now);
  AskWaiting(now);
  for (Connection& each : connections_) SendOctets(each, now);
  RemoveUnused();
}

std::vector<EventClient::Finished> EventClient::TakeFinished() {
  return std::exchange(finished_, {});
}

short EventClient::events() const { return fd() < 0 ? 0 : POLLIN; }

absl::optional<Clock::time_point> EventClient::NextDeadline() const {
  if (requests_.empty()) return absl::nullopt;
  const bool has_room = Room() > 0;
  const bool may_connect = MayConnect();
  Clock::time_point next = Clock::time_point::max();
  for (const auto& [ticket, pending] : requests_) {
    next = std::min(next, pending.deadline);
    if (pending.connection != nullptr) continue;
    if (has_room) {
      next = std::min(next, pending.not_before);
    } else if (may_connect) {
      next = std::min(next, std::max(next_connect_, pending.not_before));
    }
  }
  return next;
}

void EventClient::Finish(uint64_t ticket, absl::StatusOr<ClientReply> reply) {
  finished_.push_back({ticket, std::move(reply)});
  spare_ = requests_.extract(ticket);
}

void EventClient::FinishAll(const absl::Status& status) {
  while (!requests_.empty()) Finish(requests_.begin()->first, status);
}

void EventClient::FinishLate(Clock::time_point now) {
  std::vector<uint64_t> late;
  for (const auto& [ticket, pending] : requests_) {
    if (pending.deadline <= now) late.push_back(ticket);
  }
  for (const uint64_t ticket : late) {
    const Pending& pending = requests_.at(ticket);
    GiveUpOnSession(pending);
    const std::string what =
        pending.trouble.ok()
            ? absl::StrCat(options_.socket_path,
                           ": the module did not answer; is the resolver "
                           "overloaded?")
            : std::string(pending.trouble.message());
    Finish(ticket, absl::DeadlineExceededError(absl::StrCat(
                       "no reply within ",
                       absl::FormatDuration(pending.timeout), ": ", what)));
  }
}

void EventClient::GiveUpOnSession(const Pending& pending) {
  if (pending.connection == nullptr) return;
  pending.connection->session.Forget(pending.id);
}

void EventClient::CountSlow(Clock::time_point now) {
  for (Connection& each : connections_) each.slow = 0;
  for (auto& [ticket, pending] : requests_) {
    if (pending.connection == nullptr || now - pending.asked < kSlow) continue;
    ++pending.connection->slow;
  }
}

// As many connections as those that wait need.
void EventClient::Connect(Clock::time_point now) {
  CountSlow(now);
  const size_t waiting = CountWaiting(now);
  while (waiting > QuickRoom() && MayConnect() && now >= next_connect_) {
    if (!ConnectOne(now)) return;
  }
}

bool EventClient::ConnectOne(Clock::time_point now) {
  Connection& made = connections_.emplace_back();
  int error_number = made.socket.Connect(options_.socket_path);
  if (error_number == 0) error_number = descriptors_.Add(made.socket.fd());
  if (error_number == 0) return true;
  connections_.pop_back();
  OnNoConnection(error_number, now);
  return false;
}

void EventClient::OnNoConnection(int error_number, Clock::time_point now) {
  const absl::Status status = ConnectError(error_number, options_.socket_path);
  if (MayHeal(error_number) || CountConnections() > 0) {
    OnTrouble(status, now);
  } else {
    OnBrokenPeer(status);
  }
}

// The oldest connection that has room and is not slow; else any that has room.
EventClient::Connection* EventClient::FindRoom() {
  Connection* slow = nullptr;
  for (Connection& each : connections_) {
    if (each.room() == 0) continue;
    if (each.slow < kMostSlow) return &each;
    if (slow == nullptr) slow = &each;
  }
  return slow;
}

void EventClient::AskWaiting(Clock::time_point now) {
  std::vector<uint64_t> unsendable;
  for (auto& [ticket, pending] : requests_) {
    if (pending.connection != nullptr || now < pending.not_before) continue;
    Connection* const connection = FindRoom();
    if (connection == nullptr) break;
    Ask(*connection, ticket, pending, now);
    if (pending.connection == nullptr) unsendable.push_back(ticket);
  }
  for (const uint64_t ticket : unsendable) {
    Finish(ticket, absl::Status(requests_.at(ticket).trouble));
  }
}

void EventClient::Ask(Connection& connection, uint64_t ticket, Pending& pending,
                      Clock::time_point now) {
  if (auto* lookup = std::get_if<LookupRequest>(&pending.request)) {
    lookup->timeout_ms = MillisecondsTo(pending.deadline, now);
  }
  const bool was_idle = connection.session.in_flight() == 0;
  const absl::StatusOr<uint16_t> id =
      connection.session.Ask(pending.request, ticket);
  if (!id.ok()) {
    pending.trouble = id.status();
    return;
  }
  if (was_idle) connection.may_be_over = connection.has_replied;
  pending.connection = &connection;
  pending.id = *id;
  pending.asked = now;
}

void EventClient::SendOctets(Connection& connection, Clock::time_point now) {
  Session& session = connection.session;
  while (connection.is_open() && !session.octets_to_send().empty()) {
    const ssize_t count = connection.socket.Send(session.octets_to_send());
    if (count >= 0) {
      session.OnSent(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      return AwaitRoom(connection, true);
    } else {
      // What the module said before it closed can still be read.
      const int error_number = errno;
      ReceiveOctets(connection, now);
      if (!connection.is_open()) return;
      return OnConnectionEnd(
          connection, std::generic_category().message(error_number), now);
    }
  }
  AwaitRoom(connection, false);
}

void EventClient::AwaitRoom(Connection& connection, bool awaits) const {
  if (!connection.is_open() ||
      std::exchange(connection.awaits_room, awaits) == awaits) {
    return;
  }
  descriptors_.WatchRoom(connection.socket.fd(), awaits);
}

void EventClient::ReceiveOctets(Connection& connection, Clock::time_point now) {
  static_assert(kReceiveSize <= kMostReceived);
  std::array<char, kReceiveSize> octets;
  size_t received = 0;
  while (connection.is_open() && received < kMostReceived) {
    const ssize_t count =
        connection.socket.Receive(octets.data(), octets.size());
    if (!TakeIn(connection, {octets.data(), octets.size()}, count, now)) return;
    received += static_cast<size_t>(count);
  }
}

// Takes in what a read gave; says whether there may be more. Less than there
// was room for was all there is.
//
//   octets  the room that was read into.
//   count   of octets that came; as recv(2) has it, errno too.
bool EventClient::TakeIn(Connection& connection, absl::string_view octets,
                         ssize_t count, Clock::time_point now) {
  if (count > 0) {
    const auto size = static_cast<size_t>(count);
    connection.may_be_over = false;
    OnOctets(connection, octets.substr(0, size), now);
    return size == octets.size();
  }
  if (count == 0) {
    OnConnectionEnd(connection, "the module closed it", now);
  } else if (errno != EAGAIN && errno != EINTR) {
    OnConnectionEnd(connection, std::generic_category().message(errno), now);
  }
  return false;
}

void EventClient::OnOctets(Connection& connection, absl::string_view octets,
                           Clock::time_point now) {
  const absl::Status status =
      connection.session.OnReceived(octets, SecondsSinceEpoch());
  while (connection.is_open()) {
    absl::optional<Session::Received> received = connection.session.TakeReply();
    if (!received.has_value()) break;
    OnReply(connection, *std::move(received), now);
  }
  if (status.ok() || !connection.is_open()) return;
  OnBrokenPeer(absl::DataLossError(
      absl::StrCat(options_.socket_path,
                   ": what answers there is no danebound module of "
                   "this release: ",
                   status.message(),
                   "; check the path, and install "
                   "client and module of one release")));
}

void EventClient::OnReply(Connection& connection, Session::Received received,
                          Clock::time_point now) {
  const auto* error = std::get_if<ErrorReply>(&received.reply);
  if (received.id == 0) return OnConnectionError(connection, *error, now);
  if (error != nullptr) {
    return OnError(connection, received.ticket, *error, now);
  }
  OnWord(connection);
  Finish(received.ticket, std::move(received.reply));
}

void EventClient::OnError(Connection& connection, uint64_t ticket,
                          const ErrorReply& error, Clock::time_point now) {
  const absl::Status status = StatusOf(error, options_.socket_path);
  if (error.code == ErrorCode::kStopping) {
    Drop(connection);
    return OnTrouble(status, now);
  }
  OnWord(connection);
  if (error.code != ErrorCode::kBusy) return Finish(ticket, status);
  Pending& pending = requests_.at(ticket);
  pending.connection = nullptr;
  pending.pause = Longer(pending.pause);
  pending.not_before = now + pending.pause;
  pending.trouble = status;
}

void EventClient::OnConnectionError(Connection& connection,
                                    const ErrorReply& error,
                                    Clock::time_point now) {
  const absl::Status status = StatusOf(error, options_.socket_path);
  if (error.code == ErrorCode::kStopping || error.code == ErrorCode::kBusy) {
    Drop(connection);
    OnTrouble(status, now);
  } else {
    OnBrokenPeer(status);
  }
}

// A new connection is good. What older ones say is no sign that the module
// takes more of them.
void EventClient::OnWord(Connection& connection) {
  trouble_since_.reset();
  if (!std::exchange(connection.has_replied, true)) connect_pause_ = {};
}

void EventClient::OnConnectionEnd(Connection& connection, absl::string_view why,
                                  Clock::time_point now) {
  const bool was_used =
      connection.session.waited_for() > 0 && !connection.may_be_over;
  Drop(connection);
  // An idle connection may end: the module reloaded. What was asked on it since
  // is asked on another one.
  if (!was_used) return;
  OnTrouble(absl::UnavailableError(absl::StrCat(
                options_.socket_path, ": the connection ended: ", why,
                "; is the resolver reloading?")),
            now);
}

void EventClient::OnTrouble(const absl::Status& status, Clock::time_point now) {
  if (requests_.empty()) return;
  if (CountConnections() == 0) {
    if (!trouble_since_.has_value()) trouble_since_ = now;
    if (now - *trouble_since_ >= Bounded(options_.patience)) {
      return FinishAll(status);
    }
  }
  for (auto& [ticket, pending] : requests_) {
    if (pending.connection == nullptr) pending.trouble = status;
  }
  if (now < next_connect_) return;
  next_connect_ = now + connect_pause_;
  connect_pause_ = Longer(connect_pause_);
}

void EventClient::OnBrokenPeer(const absl::Status& status) {
  DropAll();
  FinishAll(status);
}

void EventClient::Drop(Connection& connection) {
  if (!connection.is_open()) return;
  descriptors_.Remove(connection.socket.fd());
  connection.socket.Close();
  connection.session = Session();
  for (auto& [ticket, pending] : requests_) {
    if (pending.connection == &connection) pending.connection = nullptr;
  }
}

void EventClient::DropAll() {
  descriptors_.Close();
  for (Connection& each : connections_) Drop(each);
}

// A connection on which only given-up requests are open may be a dead one; the
// next pending gets a new one, and the module learns that nobody waits.
void EventClient::RemoveUnused() {
  for (Connection& each : connections_) {
    const bool is_spare = requests_.empty() && &each != &connections_.front();
    const bool is_given_up =
        each.session.in_flight() > 0 && each.session.waited_for() == 0;
    if (is_spare || is_given_up) Drop(each);
  }
  connections_.remove_if(
      [](const Connection& each) { return !each.is_open(); });
  if (connections_.empty()) descriptors_.Close();
}

size_t EventClient::CountWaiting(Clock::time_point now) const {
  return static_cast<size_t>(std::count_if(
      requests_.begin(), requests_.end(), [now](const auto& each) {
        return each.second.connection == nullptr &&
               each.second.not_before <= now;
      }));
}

size_t EventClient::CountConnections() const {
  return static_cast<size_t>(
      std::count_if(connections_.begin(), connections_.end(),
                    [](const Connection& each) { return each.is_open(); }));
}

bool EventClient::MayConnect() const {
  return CountConnections() < std::max<size_t>(options_.most_connections, 1);
}

size_t EventClient::QuickRoom() const {
  size_t room = 0;
  for (const Connection& each : connections_) {
    if (each.slow < kMostSlow) room += each.room();
  }
  return room;
}

size_t EventClient::Room() const {
  size_t room = 0;
  for (const Connection& each : connections_) room += each.room();
  return room;
}

}  // namespace danebound
