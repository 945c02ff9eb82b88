#include "stub/client/event_client.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
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

constexpr Clock::duration kFirstPause = std::chrono::milliseconds(10);
constexpr Clock::duration kLongestPause = std::chrono::milliseconds(200);
// Octets taken in by one Advance, so that a peer that never stops sending does
// not hold the caller.
constexpr size_t kMostReceived = size_t{4} << 20;
constexpr size_t kReceiveSize = size_t{16} << 10;

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
absl::optional<Message> AnswerWithoutModule(const Message& message) {
  const auto* request = std::get_if<LookupRequest>(&message);
  if (request == nullptr || request->next_hop.form != NextHopForm::kAddress) {
    return absl::nullopt;
  }
  const Lookup lookup(request->next_hop, LookupLimits(), SecondsSinceEpoch());
  return LookupReply{lookup.facts(), false};
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

uint64_t EventClient::Start(const Message& message, absl::Duration timeout) {
  const uint64_t ticket = ++last_ticket_;
  Request& request = requests_[ticket];
  request.message = message;
  request.timeout = timeout;
  request.not_before = Clock::now();
  request.deadline = request.not_before + Bounded(timeout);
  if (timeout <= absl::ZeroDuration()) {
    Finish(ticket, absl::InvalidArgumentError(absl::StrCat(
                       "the timeout is ", absl::FormatDuration(timeout),
                       "; give a positive one")));
  } else if (auto reply = AnswerWithoutModule(message)) {
    Finish(ticket, *std::move(reply));
  }
  return ticket;
}

void EventClient::Cancel(uint64_t ticket) {
  const auto request = requests_.find(ticket);
  if (request == requests_.end()) return;
  GiveUpOnSession(request->second);
  requests_.erase(request);
  CloseWhenUnused();
}

void EventClient::Advance() {
  const Clock::time_point now = Clock::now();
  if (socket_.fd() >= 0 && !socket_.IsOwn()) Disconnect();
  ReceiveOctets(now);
  FinishLate(now);
  EnsureConnection(now);
  AskWaiting(now);
  SendOctets(now);
}

std::vector<EventClient::Finished> EventClient::TakeFinished() {
  return std::exchange(finished_, {});
}

short EventClient::events() const {
  return session_.octets_to_send().empty() ? POLLIN : POLLIN | POLLOUT;
}

absl::optional<Clock::time_point> EventClient::NextDeadline() const {
  if (requests_.empty()) return absl::nullopt;
  Clock::time_point next = Clock::time_point::max();
  for (const auto& [ticket, request] : requests_) {
    next = std::min(next, request.deadline);
    if (request.id.has_value()) continue;
    if (socket_.fd() < 0) {
      next = std::min(next, std::max(next_connect_, request.not_before));
    } else if (session_.in_flight() < Session::kMostInFlight) {
      next = std::min(next, request.not_before);
    }
  }
  return next;
}

void EventClient::Finish(uint64_t ticket, absl::StatusOr<Message> reply) {
  requests_.erase(ticket);
  finished_.push_back({ticket, std::move(reply)});
}

void EventClient::FinishAll(const absl::Status& status) {
  while (!requests_.empty()) Finish(requests_.begin()->first, status);
}

void EventClient::FinishLate(Clock::time_point now) {
  std::vector<uint64_t> late;
  for (const auto& [ticket, request] : requests_) {
    if (request.deadline <= now) late.push_back(ticket);
  }
  for (const uint64_t ticket : late) {
    const Request& request = requests_.at(ticket);
    GiveUpOnSession(request);
    const std::string what =
        request.trouble.ok()
            ? absl::StrCat(options_.socket_path,
                           ": the module did not answer; is the resolver "
                           "overloaded?")
            : std::string(request.trouble.message());
    Finish(ticket, absl::DeadlineExceededError(absl::StrCat(
                       "no reply within ",
                       absl::FormatDuration(request.timeout), ": ", what)));
  }
  if (!late.empty()) CloseWhenUnused();
}

// A connection on which only given-up requests are open may be a dead one; the
// next request gets a new one, and the module learns that nobody waits.
void EventClient::CloseWhenUnused() {
  if (session_.in_flight() > 0 && tickets_.empty()) Disconnect();
}

void EventClient::GiveUpOnSession(const Request& request) {
  if (!request.id.has_value()) return;
  session_.Forget(*request.id);
  tickets_.erase(*request.id);
}

void EventClient::EnsureConnection(Clock::time_point now) {
  if (requests_.empty() || socket_.fd() >= 0 || now < next_connect_) return;
  const int error_number = socket_.Connect(options_.socket_path);
  if (error_number == 0) return;
  const absl::Status status = ConnectError(error_number, options_.socket_path);
  if (MayHeal(error_number)) {
    OnTrouble(status, now);
  } else {
    OnBrokenPeer(status);
  }
}

void EventClient::AskWaiting(Clock::time_point now) {
  if (socket_.fd() < 0) return;
  std::vector<uint64_t> unsendable;
  for (auto& [ticket, request] : requests_) {
    if (session_.in_flight() >= Session::kMostInFlight) break;
    if (request.id.has_value() || now < request.not_before) continue;
    Ask(ticket, request, now);
    if (!request.id.has_value()) unsendable.push_back(ticket);
  }
  for (const uint64_t ticket : unsendable) {
    Finish(ticket, absl::Status(requests_.at(ticket).trouble));
  }
}

void EventClient::Ask(uint64_t ticket, Request& request,
                      Clock::time_point now) {
  if (auto* lookup = std::get_if<LookupRequest>(&request.message)) {
    lookup->timeout_ms = MillisecondsTo(request.deadline, now);
  }
  const absl::StatusOr<uint16_t> id =
      session_.Ask(request.message, SecondsSinceEpoch());
  if (!id.ok()) {
    request.trouble = id.status();
    return;
  }
  request.id = *id;
  tickets_[*id] = ticket;
}

void EventClient::SendOctets(Clock::time_point now) {
  while (socket_.fd() >= 0 && !session_.octets_to_send().empty()) {
    const ssize_t count = socket_.Send(session_.octets_to_send());
    if (count >= 0) {
      session_.OnSent(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      return;
    } else {
      // What the module said before it closed can still be read.
      const int error_number = errno;
      ReceiveOctets(now);
      if (socket_.fd() < 0) return;
      return OnConnectionEnd(std::generic_category().message(error_number),
                             now);
    }
  }
}

void EventClient::ReceiveOctets(Clock::time_point now) {
  static_assert(kReceiveSize <= kMostReceived);
  std::array<char, kReceiveSize> octets;
  for (size_t received = 0; socket_.fd() >= 0 && received < kMostReceived;) {
    const ssize_t count = socket_.Receive(octets.data(), octets.size());
    if (count > 0) {
      received += static_cast<size_t>(count);
      OnOctets({octets.data(), static_cast<size_t>(count)}, now);
    } else if (count == 0) {
      return OnConnectionEnd("the module closed it", now);
    } else if (errno == EAGAIN) {
      return;
    } else {
      return OnConnectionEnd(std::generic_category().message(errno), now);
    }
  }
}

void EventClient::OnOctets(absl::string_view octets, Clock::time_point now) {
  const absl::Status status = session_.OnReceived(octets, SecondsSinceEpoch());
  while (socket_.fd() >= 0) {
    absl::optional<Session::Reply> reply = session_.TakeReply();
    if (!reply.has_value()) break;
    OnReply(*std::move(reply), now);
  }
  if (status.ok() || socket_.fd() < 0) return;
  OnBrokenPeer(absl::DataLossError(
      absl::StrCat(options_.socket_path,
                   ": what answers there is no danebound module of "
                   "this release: ",
                   status.message(),
                   "; check the path, and install "
                   "client and module of one release")));
}

void EventClient::OnReply(Session::Reply reply, Clock::time_point now) {
  const auto* error = std::get_if<ErrorReply>(&reply.message);
  if (reply.id == 0) return OnConnectionError(*error, now);
  const uint64_t ticket = tickets_.at(reply.id);
  tickets_.erase(reply.id);
  if (error != nullptr) return OnError(ticket, *error, now);
  trouble_since_.reset();
  connect_pause_ = {};
  Finish(ticket, std::move(reply.message));
}

void EventClient::OnError(uint64_t ticket, const ErrorReply& error,
                          Clock::time_point now) {
  const absl::Status status = StatusOf(error, options_.socket_path);
  if (error.code == ErrorCode::kStopping) return OnTrouble(status, now);
  trouble_since_.reset();
  connect_pause_ = {};
  if (error.code != ErrorCode::kBusy) return Finish(ticket, status);
  Request& request = requests_.at(ticket);
  request.id.reset();
  request.pause = Longer(request.pause);
  request.not_before = now + request.pause;
  request.trouble = status;
}

void EventClient::OnConnectionError(const ErrorReply& error,
                                    Clock::time_point now) {
  const absl::Status status = StatusOf(error, options_.socket_path);
  if (error.code == ErrorCode::kStopping || error.code == ErrorCode::kBusy) {
    OnTrouble(status, now);
  } else {
    OnBrokenPeer(status);
  }
}

void EventClient::OnConnectionEnd(absl::string_view why,
                                  Clock::time_point now) {
  // An idle connection may end: the module reloaded.
  if (tickets_.empty()) return Disconnect();
  OnTrouble(absl::UnavailableError(absl::StrCat(
                options_.socket_path, ": the connection ended: ", why,
                "; is the resolver reloading?")),
            now);
}

void EventClient::OnTrouble(const absl::Status& status, Clock::time_point now) {
  Disconnect();
  if (requests_.empty()) return;
  if (!trouble_since_.has_value()) trouble_since_ = now;
  if (now - *trouble_since_ >= Bounded(options_.patience)) {
    return FinishAll(status);
  }
  for (auto& [ticket, request] : requests_) request.trouble = status;
  next_connect_ = now + connect_pause_;
  connect_pause_ = Longer(connect_pause_);
}

void EventClient::OnBrokenPeer(const absl::Status& status) {
  Disconnect();
  FinishAll(status);
}

void EventClient::Disconnect() {
  socket_.Close();
  session_ = Session();
  tickets_.clear();
  for (auto& [ticket, request] : requests_) request.id.reset();
}

}  // namespace danebound
