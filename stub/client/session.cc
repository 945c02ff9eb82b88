#include "stub/client/session.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "stub/wire/frame.h"

namespace danebound {
namespace {

// Says whether `reply` is what the request may be answered with, error replies
// aside: the right kind, and for a lookup the right next hop.
struct Answers {
  const Reply& reply;

  bool operator()(const HelloRequest&) const {
    return std::holds_alternative<HelloReply>(reply);
  }
  bool operator()(const LookupRequest& request) const {
    const auto* lookup = std::get_if<LookupReply>(&reply);
    return lookup != nullptr && lookup->facts.next_hop == request.next_hop;
  }
  bool operator()(const StatsRequest&) const {
    return std::holds_alternative<StatsReply>(reply);
  }
  bool operator()(const FlushRequest&) const {
    return std::holds_alternative<FlushReply>(reply);
  }
  bool operator()(const SelfTestRequest&) const {
    return std::holds_alternative<SelfTestReply>(reply);
  }
};

bool IsError(const Reply& reply) {
  return std::holds_alternative<ErrorReply>(reply);
}

// What to say of a reply that does not answer its request.
std::string Mismatch(const Request& request, const Reply& reply) {
  const auto* lookup = std::get_if<LookupRequest>(&request);
  const auto* answer = std::get_if<LookupReply>(&reply);
  if (lookup == nullptr || answer == nullptr) {
    return "the reply is not of the kind that was asked for";
  }
  return absl::StrCat("the reply is for ", ToText(answer->facts.next_hop),
                      " port ", answer->facts.next_hop.port, ", asked was ",
                      ToText(lookup->next_hop), " port ",
                      lookup->next_hop.port);
}

}  // namespace

absl::StatusOr<uint16_t> Session::Ask(const Request& request) {
  if (!lost_.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the connection is lost: ", lost_.message()));
  }
  if (in_flight_.size() >= kMostInFlight) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMostInFlight, " requests are in flight"));
  }
  const uint16_t id = FreeId();
  absl::StatusOr<std::string> frame = EncodeFrame(id, request);
  if (!frame.ok()) return frame.status();
  to_send_ += *frame;
  in_flight_[id] = {request, false};
  return id;
}

void Session::OnSent(size_t octet_count) { to_send_.erase(0, octet_count); }

absl::Status Session::OnReceived(absl::string_view octets, int64_t now) {
  if (!lost_.ok()) return lost_;
  received_.append(octets.data(), octets.size());
  absl::string_view rest = received_;
  while (lost_.ok()) {
    const absl::StatusOr<absl::optional<Frame>> frame = TakeFrame(&rest);
    if (!frame.ok()) return Lose(absl::string_view(frame.status().message()));
    if (!frame->has_value()) break;
    absl::Status status = OnFrame(**frame, now);
    if (!status.ok()) return status;
  }
  received_.erase(0, received_.size() - rest.size());
  return absl::OkStatus();
}

absl::optional<Session::Received> Session::TakeReply() {
  if (replies_.empty()) return absl::nullopt;
  Received reply = std::move(replies_.front());
  replies_.pop_front();
  return reply;
}

void Session::Forget(uint16_t id) {
  const auto asked = in_flight_.find(id);
  if (asked != in_flight_.end()) asked->second.forgotten = true;
}

absl::Status Session::OnFrame(const Frame& frame, int64_t now) {
  absl::StatusOr<Reply> reply = ParseReply(frame, now);
  if (!reply.ok()) return Lose(absl::string_view(reply.status().message()));
  if (frame.id == 0 && IsError(*reply)) {
    replies_.push_back({0, *std::move(reply)});
    return absl::OkStatus();
  }
  const auto asked = in_flight_.find(frame.id);
  if (asked == in_flight_.end()) {
    return Lose(absl::StrCat("a reply with id ", frame.id,
                             ", under which nothing was asked"));
  }
  const Request& request = asked->second.request;
  if (!IsError(*reply) && !std::visit(Answers{*reply}, request)) {
    return Lose(Mismatch(request, *reply));
  }
  if (!asked->second.forgotten) {
    replies_.push_back({frame.id, *std::move(reply)});
  }
  in_flight_.erase(asked);
  return absl::OkStatus();
}

absl::Status Session::Lose(absl::string_view why) {
  lost_ = absl::DataLossError(why);
  return lost_;
}

// Ids are few in flight and many in all, so that the search is short.
uint16_t Session::FreeId() {
  do {
    ++last_id_;
  } while (last_id_ == 0 || in_flight_.contains(last_id_));
  return last_id_;
}

}  // namespace danebound
