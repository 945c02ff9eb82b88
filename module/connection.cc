#include "module/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "stub/dane/rdata.h"

namespace danebound {
namespace {

constexpr size_t kLengthSize = 4;
// Room for output that a connection keeps when it has sent all.
constexpr size_t kKeptOutputOctets = 4096;

// The length field of the frame in front, once it is there.
absl::optional<uint32_t> AnnouncedLength(absl::string_view input) {
  if (input.size() < kLengthSize) return absl::nullopt;
  return U32At(input, 0);
}

// send(), again when a signal came in between.
ssize_t SendAll(int fd, absl::string_view octets) {
  ssize_t count = 0;
  do {
    count = send(fd, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  return count;
}

}  // namespace

Connection::Connection(Descriptor fd, uid_t user, const Limits& limits,
                       Clock* clock, int64_t now_ms)
    : fd_(std::move(fd)),
      user_(user),
      limits_(limits),
      clock_(clock),
      active_ms_(now_ms) {}

// Replies that are not sent count as in flight.
bool Connection::may_take() const {
  return !is_broken_ && !is_closing_ &&
         in_flight_ + ready_.size() + unsent_ < limits_.in_flight &&
         output_.size() < kMostOutputOctets;
}

bool Connection::wants_read() const {
  return may_take() && !is_half_closed_ && input_.size() < kInputOctets;
}

bool Connection::wants_turn() const {
  if (is_over()) return true;
  if (!is_blocked_ && wants_write()) return true;
  return has_whole_input() ? may_take() : is_readable_ && wants_read();
}

bool Connection::is_over() const {
  const bool has_ended = is_closing_ || (is_half_closed_ && !has_whole_input());
  return is_broken_ || has_lost_reply_ ||
         (has_ended && in_flight_ == 0 && !wants_write());
}

int Connection::Serve(int length, FromCache from_cache, OnRequest on_request,
                      int64_t now_ms) {
  if (is_readable_ && !has_whole_input() && wants_read()) Read(now_ms);
  const int taken = TakeRequests(length, from_cache, on_request);
  Encode(length);
  // With requests at hand the next turn comes soon, and what it adds goes out
  // in the same piece: who sends many wakes up once for all replies.
  if (!has_whole_input() || !may_take()) Send(now_ms);
  // Only a client that could go on keeps a frame waiting: while the module does
  // not read, the time is not the client's.
  const bool is_partial = is_stuck_ && !input_.empty() && wants_read();
  if (!is_partial) {
    partial_ms_ = -1;
  } else if (partial_ms_ < 0 || taken > 0) {
    partial_ms_ = now_ms;
  }
  return taken;
}

// recv, not recvmsg: descriptors that a client sends along are dropped.
void Connection::Read(int64_t now_ms) {
  std::array<char, kInputOctets> octets;
  const size_t room = octets.size() - input_.size();
  const ssize_t count = recv(fd(), octets.data(), room, MSG_DONTWAIT);
  // Less than there is room for was all there is.
  is_readable_ = count == static_cast<ssize_t>(room);
  if (count < 0) {
    is_broken_ = errno != EAGAIN && errno != EINTR;
    return;
  }
  if (count == 0) {
    is_half_closed_ = true;
    return;
  }
  input_.append(octets.data(), static_cast<size_t>(count));
  active_ms_ = now_ms;
  is_stuck_ = false;
}

// Returns how many frames were taken.
int Connection::TakeRequests(int most, FromCache from_cache,
                             OnRequest on_request) {
  absl::string_view rest = input_;
  int taken = 0;
  while (taken < most && may_take()) {
    const absl::optional<uint32_t> length = AnnouncedLength(rest);
    const absl::StatusOr<absl::optional<FrameView>> frame =
        TakeFrameView(&rest);
    if (!frame.ok() || (length && *length > kMostRequestOctets)) {
      AddError(0, ErrorCode::kMalformed,
               frame.ok() ? "a request is at most 4096 octets long"
                          : frame.status().message());
      is_closing_ = true;
      break;
    }
    is_stuck_ = !frame->has_value();
    if (is_stuck_) break;
    OnFrame(**frame, from_cache, on_request);
    ++taken;
  }
  input_.erase(0, input_.size() - rest.size());
  return taken;
}

void Connection::OnFrame(const FrameView& frame, FromCache from_cache,
                         OnRequest on_request) {
  if (const absl::optional<LookupView> lookup = PeekLookup(frame)) {
    if (const absl::optional<CachedFacts> cached = from_cache(*lookup)) {
      AppendLookupReply(frame.id, true, cached->age, cached->octets, &output_);
      ++unsent_;
      return;
    }
  }
  const absl::StatusOr<Request> request = ParseRequest(frame);
  if (request.ok()) {
    ++in_flight_;
    on_request(frame.id, *request);
  } else if (frame.version != kProtocolVersion) {
    AddError(frame.id, ErrorCode::kVersion, request.status().message());
  } else {
    AddError(frame.id, ErrorCode::kMalformed, request.status().message());
  }
}

void Connection::AddReply(uint16_t request, DeskReply reply) {
  ready_.push_back({request, std::move(reply)});
  --in_flight_;
}

void Connection::AddError(uint16_t request, ErrorCode code,
                          absl::string_view text) {
  ready_.push_back({request, Reply(ErrorReply{code, std::string(text)})});
}

std::string Connection::Octets(const Ready& ready) const {
  const int64_t now = clock_->Now();
  absl::StatusOr<std::string> octets;
  if (const auto* facts = std::get_if<FactsReply>(&ready.reply)) {
    octets = EncodeFrame(ready.request,
                         LookupReply{*facts->facts, facts->from_cache}, now);
  } else {
    octets = EncodeFrame(ready.request, std::get<Reply>(ready.reply), now);
  }
  if (octets.ok()) return *std::move(octets);
  const ErrorReply error{ErrorCode::kTooLarge,
                         std::string(octets.status().message())};
  return EncodeFrame(ready.request, error, now).value_or("");
}

void Connection::Encode(int most) {
  for (int i = 0; i < most && !ready_.empty(); ++i) {
    if (output_.size() >= kMostOutputOctets) return;
    output_ += Octets(ready_.front());
    ready_.pop_front();
    ++unsent_;
  }
}

void Connection::Send(int64_t now_ms) {
  if (is_broken_ || is_blocked_ || output_.empty()) return;
  const ssize_t count = SendAll(fd(), output_);
  if (count < 0) {
    is_blocked_ = errno == EAGAIN;
    is_broken_ = !is_blocked_;
    return;
  }
  active_ms_ = now_ms;
  output_.erase(0, static_cast<size_t>(count));
  is_blocked_ = !output_.empty();
  if (is_blocked_) return;
  unsent_ = 0;
  // Room for the usual replies stays.
  if (output_.capacity() > kKeptOutputOctets) output_ = std::string();
}

void Connection::Finish() {
  is_closing_ = true;
  while (!is_broken_ && !is_blocked_ && wants_write()) {
    Encode(1);
    Send(active_ms_);
  }
}

void Connection::SayFarewell(absl::string_view frame) {
  Send(active_ms_);
  if (!is_broken_ && output_.empty()) SendAll(fd(), frame);
}

bool Connection::IsLate(int64_t now_ms) const {
  if (partial_ms_ >= 0 && now_ms - partial_ms_ >= kPartialFrameMs) return true;
  if (wants_write()) return now_ms - active_ms_ >= kStalledMs;
  return in_flight_ == 0 && now_ms - active_ms_ >= limits_.idle_ms;
}

}  // namespace danebound
