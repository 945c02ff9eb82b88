#include "module/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace danebound {
namespace {

constexpr size_t kLengthSize = 4;

// The length field of the frame in front, once it is there.
absl::optional<uint32_t> AnnouncedLength(absl::string_view input) {
  if (input.size() < kLengthSize) return absl::nullopt;
  uint32_t length = 0;
  for (const char octet : input.substr(0, kLengthSize)) {
    length = length << 8 | static_cast<uint8_t>(octet);
  }
  return length;
}

}  // namespace

Connection::Connection(int fd, uid_t user, const Limits& limits, Clock* clock,
                       int64_t now_ms)
    : fd_(fd),
      user_(user),
      limits_(limits),
      clock_(clock),
      active_ms_(now_ms) {}

Connection::~Connection() { close(fd_); }

bool Connection::may_take() const {
  return !is_broken_ && !is_closing_ && in_flight_ < limits_.in_flight &&
         output_.size() < kMostOutputOctets;
}

bool Connection::wants_read() const {
  return may_take() && input_.size() < kInputOctets;
}

bool Connection::is_over() const {
  return is_broken_ || (is_closing_ && in_flight_ == 0 && !wants_write());
}

// recv, not recvmsg: descriptors that a client sends along are dropped.
void Connection::OnReadable(int64_t now_ms) {
  std::array<char, kInputOctets> octets;
  const ssize_t count =
      recv(fd_, octets.data(), octets.size() - input_.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    is_broken_ = true;
    return;
  }
  input_.append(octets.data(), static_cast<size_t>(count));
  active_ms_ = now_ms;
  is_stuck_ = false;
}

void Connection::TakeRequests(const OnRequest& on_request, int64_t now_ms) {
  absl::string_view rest = input_;
  while (may_take()) {
    const absl::optional<uint32_t> length = AnnouncedLength(rest);
    absl::StatusOr<absl::optional<Frame>> frame = TakeFrame(&rest);
    if (!frame.ok() || (length && *length > kMostRequestOctets)) {
      AddError(0, ErrorCode::kMalformed,
               frame.ok() ? "a request is at most 4096 octets long"
                          : frame.status().message());
      CloseAfterReplies();
      break;
    }
    is_stuck_ = !frame->has_value();
    if (is_stuck_) break;
    OnFrame(**frame, on_request);
  }
  input_.erase(0, input_.size() - rest.size());
  const bool is_partial = is_stuck_ && !input_.empty();
  if (!is_partial) {
    partial_ms_ = -1;
  } else if (partial_ms_ < 0) {
    partial_ms_ = now_ms;
  }
}

void Connection::OnFrame(const Frame& frame, const OnRequest& on_request) {
  const absl::StatusOr<Message> message = ParseMessage(frame, clock_->Now());
  if (message.ok()) {
    ++in_flight_;
    on_request(frame.id, *message);
  } else if (frame.version != kProtocolVersion) {
    AddError(frame.id, ErrorCode::kVersion, message.status().message());
  } else {
    AddError(frame.id, ErrorCode::kMalformed, message.status().message());
  }
}

void Connection::AddReply(uint16_t request, Reply reply) {
  ready_.push_back({request, std::move(reply)});
  --in_flight_;
}

void Connection::AddError(uint16_t request, ErrorCode code,
                          absl::string_view text) {
  ready_.push_back({request, Message(ErrorReply{code, std::string(text)})});
}

std::string Connection::Encode(const Ready& ready) const {
  const int64_t now = clock_->Now();
  absl::StatusOr<std::string> octets;
  if (const auto* facts = std::get_if<FactsReply>(&ready.reply)) {
    octets = EncodeFrame(ready.request,
                         LookupReply{*facts->facts, facts->from_cache}, now);
  } else {
    octets = EncodeFrame(ready.request, std::get<Message>(ready.reply), now);
  }
  if (octets.ok()) return *std::move(octets);
  const ErrorReply error{ErrorCode::kTooLarge,
                         std::string(octets.status().message())};
  return EncodeFrame(ready.request, error, now).value_or("");
}

void Connection::Send(int64_t now_ms) {
  while (!is_broken_ && wants_write()) {
    while (!ready_.empty() && output_.size() < kMostOutputOctets) {
      output_ += Encode(ready_.front());
      ready_.pop_front();
    }
    const ssize_t count =
        send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) {
      is_broken_ = true;
      return;
    }
    output_.erase(0, static_cast<size_t>(count));
    active_ms_ = now_ms;
  }
}

bool Connection::IsLate(int64_t now_ms) const {
  if (partial_ms_ >= 0 && now_ms - partial_ms_ >= kPartialFrameMs) return true;
  if (wants_write()) return now_ms - active_ms_ >= kStalledMs;
  return in_flight_ == 0 && now_ms - active_ms_ >= limits_.idle_ms;
}

}  // namespace danebound
