#include "stub/serve/peer.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <poll.h>
#include <sys/socket.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "stub/serve/event_loop.h"

namespace danebound {
namespace {

// Octets of requests that are kept for one peer; a request is shorter.
constexpr size_t kMostReceived = size_t{16} << 10;
// Octets of replies that it has not taken; beyond, it is not asked for more.
constexpr size_t kMostUnread = size_t{64} << 10;
// Of a stream that is lost: octets that are thrown away, and how long.
constexpr size_t kMostDiscarded = size_t{1} << 20;
constexpr std::chrono::seconds kLongestDiscard(2);
// Octets that wait for the peer, or for a reply before them; beyond, it is
// ended. As many requests as may be pending can all be answered at once, at
// their deadline, by the longest replies.
constexpr size_t kMostWaiting = size_t{4} << 20;
// The same for all peers of a user; beyond, those are ended for whom more waits
// than what others are asked for no more.
constexpr size_t kMostWaitingOfUser = size_t{64} << 20;

// Says whether the other end is closed, so that nobody reads either. Of TCP
// this shows at the next write only.
bool IsHungUp(int fd) {
  pollfd asked = {fd, 0, 0};
  return poll(&asked, 1, 0) == 1 && (asked.revents & POLLHUP) != 0;
}

}  // namespace

Peer::Peer(event_base* base, int fd, std::string user, OctetsWaiting waiting,
           Protocol* protocol, const PeerLimits& limits, OnEnd on_end)
    : user_(std::move(user)),
      waiting_of_user_(std::move(waiting)),
      protocol_(protocol),
      limits_(limits),
      on_end_(std::move(on_end)),
      buffer_(bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE)),
      rest_(base, [this] {
        const auto self = shared_from_this();
        if (buffer_ == nullptr || closed_) return;
        GiveUpStream(absl::DeadlineExceededError(
            absl::StrCat("the end of the request did not come within ",
                         limits_.frame.count(), " s")));
        TakeRequests();
      }) {}

void Peer::Start() {
  bufferevent_setcb(buffer_.get(), OnRead, OnWritten, OnEvent, this);
  bufferevent_setwatermark(buffer_.get(), EV_READ, 0, kMostReceived);
  const timeval idle = TimevalOf(limits_.idle);
  const timeval unread = TimevalOf(limits_.unread);
  bufferevent_set_timeouts(buffer_.get(), &idle, &unread);
  bufferevent_enable(buffer_.get(), EV_READ | EV_WRITE);
}

void Peer::Push(absl::string_view octets) {
  const auto self = shared_from_this();
  if (buffer_ == nullptr || lost_) return;
  slots_.emplace_back(std::string(octets));
  SendReady();
  if (IsTooMuchWaiting()) End();
}

void Peer::StayOpen(std::shared_ptr<void> held) {
  if (buffer_ == nullptr) return;
  held_ = std::move(held);
  const timeval unread = TimevalOf(limits_.unread);
  bufferevent_set_timeouts(buffer_.get(), nullptr, &unread);
}

void Peer::Drain() {
  const auto self = shared_from_this();
  held_.reset();
  closed_ = true;
  lost_ = false;
  if (buffer_ != nullptr) bufferevent_disable(buffer_.get(), EV_READ);
  EndIfDone();
}

void Peer::OnRead(bufferevent* /*buffer*/, void* peer) {
  const auto self = static_cast<Peer*>(peer)->shared_from_this();
  self->TakeRequests();
}

void Peer::OnWritten(bufferevent* /*buffer*/, void* peer) {
  const auto self = static_cast<Peer*>(peer)->shared_from_this();
  self->CountWaiting();
  self->TakeRequests();
}

void Peer::OnEvent(bufferevent* /*buffer*/, short what, void* peer) {
  const auto self = static_cast<Peer*>(peer)->shared_from_this();
  if ((what & BEV_EVENT_TIMEOUT) != 0) return self->OnTimeout(what);
  if ((what & BEV_EVENT_EOF) == 0) return self->End();
  self->at_end_ = true;
  self->TakeRequests();
  // One that is there no more must not hold its place until the next push.
  if (self->held_ && self->buffer_ != nullptr &&
      IsHungUp(bufferevent_getfd(self->buffer_.get()))) {
    self->End();
  }
}

void Peer::OnTimeout(short what) {
  const bool waits = !slots_.empty() || unread() > 0;
  if ((what & BEV_EVENT_READING) == 0 || !waits) return End();
  bufferevent_enable(buffer_.get(), EV_READ);
}

size_t Peer::unread() const {
  return buffer_ == nullptr
             ? 0
             : evbuffer_get_length(bufferevent_get_output(buffer_.get()));
}

void Peer::CountWaiting() {
  const size_t waiting = unread() + ready();
  *waiting_of_user_ += waiting - counted_;
  counted_ = waiting;
}

bool Peer::IsTooMuchWaiting() {
  CountWaiting();
  return counted_ > kMostWaiting ||
         (counted_ > kMostUnread && *waiting_of_user_ > kMostWaitingOfUser);
}

size_t Peer::ready() const {
  size_t octets = 0;
  for (const auto& slot : slots_) octets += slot.has_value() ? slot->size() : 0;
  return octets;
}

// Answers that come at once call back into here: the loop below goes on then.
void Peer::TakeRequests() {
  if (taking_) return;
  taking_ = true;
  while (TakeRequest()) {
  }
  taking_ = false;
  if (lost_ && buffer_ != nullptr) Discard();
  EndIfDone();
}

void Peer::AwaitRest(bool awaits) {
  if (std::exchange(awaits_rest_, awaits) == awaits) return;
  if (awaits) {
    rest_.RingIn(limits_.frame);
  } else {
    rest_.Silence();
  }
}

bool Peer::TakeRequest() {
  if (buffer_ == nullptr || closed_ || slots_.size() >= limits_.pending ||
      unread() + ready() >= kMostUnread) {
    AwaitRest(false);
    return false;
  }
  evbuffer* input = bufferevent_get_input(buffer_.get());
  const size_t size = evbuffer_get_length(input);
  const auto* octets =
      reinterpret_cast<const char*>(evbuffer_pullup(input, -1));
  absl::string_view rest(octets, octets == nullptr ? 0 : size);
  const auto request = protocol_->Take(&rest, at_end_);
  if (!request.ok()) {
    GiveUpStream(request.status());
    return false;
  }
  evbuffer_drain(input, size - rest.size());
  if (!request->has_value()) {
    closed_ = at_end_;
    AwaitRest(!rest.empty());
    return false;
  }
  AwaitRest(false);
  Ask(**request);
  return true;
}

void Peer::GiveUpStream(const absl::Status& error) {
  closed_ = true;
  lost_ = true;
  held_.reset();
  slots_.emplace_back(protocol_->Broken(error));
  SendReady();
}

void Peer::Discard() {
  evbuffer* input = bufferevent_get_input(buffer_.get());
  discarded_ += evbuffer_get_length(input);
  evbuffer_drain(input, evbuffer_get_length(input));
  if (discarded_ > kMostDiscarded) lost_ = false;
}

void Peer::Ask(const std::string& request) {
  const uint64_t number = first_number_ + slots_.size();
  slots_.emplace_back(absl::nullopt);
  protocol_->Answer(request, shared_from_this(),
                    [weak = weak_from_this(), number](std::string octets) {
                      if (const auto self = weak.lock()) {
                        self->OnReply(number, std::move(octets));
                      }
                    });
}

void Peer::OnReply(uint64_t number, std::string octets) {
  if (buffer_ == nullptr || number < first_number_) return;
  slots_[number - first_number_] = std::move(octets);
  SendReady();
  if (IsTooMuchWaiting()) return End();
  TakeRequests();
}

void Peer::SendReady() {
  while (!slots_.empty() && slots_.front().has_value()) {
    bufferevent_write(buffer_.get(), slots_.front()->data(),
                      slots_.front()->size());
    slots_.pop_front();
    ++first_number_;
  }
}

void Peer::EndIfDone() {
  if (!closed_ || held_ || taking_ || !slots_.empty() || unread() > 0) return;
  if (buffer_ == nullptr || !lost_ || at_end_) return End();
  const timeval wait = TimevalOf(kLongestDiscard);
  bufferevent_set_timeouts(buffer_.get(), &wait, nullptr);
  shutdown(bufferevent_getfd(buffer_.get()), SHUT_WR);
}

void Peer::End() {
  if (buffer_ == nullptr) return;
  buffer_.reset();
  slots_.clear();
  CountWaiting();
  held_.reset();
  on_end_(this);
}

}  // namespace danebound
