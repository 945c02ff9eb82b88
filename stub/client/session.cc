#include "stub/client/session.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "stub/wire/cursor.h"
#include "stub/wire/facts_octets.h"
#include "stub/wire/frame.h"

namespace danebound {
namespace {

// The alternatives of both stand in the same order, errors last.
static_assert(std::variant_size_v<ClientReply> ==
              std::variant_size_v<Request> + 1);
static_assert(std::variant_size_v<ClientReply> == std::variant_size_v<Reply>);

bool IsError(const ClientReply& reply) {
  return std::holds_alternative<ErrorReply>(reply);
}

// A reply that is none to a lookup.
ClientReply AnswerOf(Reply reply) {
  return std::visit(
      [](auto&& kind) -> ClientReply {
        using Kind = std::decay_t<decltype(kind)>;
        if constexpr (std::is_same_v<Kind, LookupReply>) {
          return ErrorReply();  // PeekLookupReply takes all of those
        } else {
          return std::forward<decltype(kind)>(kind);
        }
      },
      std::move(reply));
}

std::string TextOf(const NextHop& next_hop) {
  return absl::StrCat(ToText(next_hop), " port ", next_hop.port);
}

// What to say of facts of another next hop than was asked.
std::string Mismatch(absl::string_view asked, const FactsView& facts) {
  Cursor cursor(asked);
  return absl::StrCat("the reply is for ", TextOf(NextHopOf(facts)),
                      ", asked was ", TextOf(TakeNextHop(cursor)));
}

}  // namespace

absl::StatusOr<uint16_t> Session::Ask(const Request& request, uint64_t ticket) {
  if (!lost_.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("the connection is lost: ", lost_.message()));
  }
  if (in_flight_ >= kMostInFlight) {
    return absl::ResourceExhaustedError(
        absl::StrCat(kMostInFlight, " requests are in flight"));
  }
  const uint16_t id = FreeId();
  Asked& asked = PlaceOf(id);
  if (const auto* lookup = std::get_if<LookupRequest>(&request)) {
    asked.key.clear();
    AppendKey(lookup->next_hop, &asked.key);
    AppendLookupRequest(id, asked.key, lookup->freshness, lookup->timeout_ms,
                        &to_send_);
  } else {
    const absl::StatusOr<std::string> frame = EncodeFrame(id, request);
    if (!frame.ok()) return frame.status();
    to_send_ += *frame;
  }
  asked.id = id;
  asked.forgotten = false;
  asked.kind = request.index();
  asked.ticket = ticket;
  ++in_flight_;
  return id;
}

void Session::OnSent(size_t octet_count) { to_send_.erase(0, octet_count); }

absl::Status Session::OnReceived(absl::string_view octets, int64_t now) {
  if (!lost_.ok()) return lost_;
  if (received_.empty()) {
    const absl::StatusOr<absl::string_view> rest = TakeFrames(octets, now);
    if (!rest.ok()) return rest.status();
    received_.assign(rest->data(), rest->size());
    return absl::OkStatus();
  }
  received_.append(octets.data(), octets.size());
  const absl::StatusOr<absl::string_view> rest = TakeFrames(received_, now);
  if (!rest.ok()) return rest.status();
  received_.erase(0, received_.size() - rest->size());
  return absl::OkStatus();
}

absl::StatusOr<absl::string_view> Session::TakeFrames(absl::string_view octets,
                                                      int64_t now) {
  while (true) {
    const absl::StatusOr<absl::optional<FrameView>> frame =
        TakeFrameView(&octets);
    if (!frame.ok()) return Lose(absl::string_view(frame.status().message()));
    if (!frame->has_value()) return octets;
    const absl::Status status = OnFrame(**frame, now);
    if (!status.ok()) return status;
  }
}

absl::optional<Session::Received> Session::TakeReply() {
  if (taken_ == replies_.size()) return absl::nullopt;
  absl::optional<Received> reply = std::move(replies_[taken_]);
  if (++taken_ == replies_.size()) {
    replies_.clear();
    taken_ = 0;
  }
  return reply;
}

void Session::Forget(uint16_t id) {
  Asked& asked = PlaceOf(id);
  if (id == 0 || asked.id != id || std::exchange(asked.forgotten, true)) return;
  ++forgotten_;
}

absl::StatusOr<ClientReply> Session::Parse(const FrameView& frame,
                                           int64_t now) const {
  if (const absl::optional<LookupReplyView> lookup = PeekLookupReply(frame)) {
    absl::StatusOr<FoundFacts> facts =
        FoundFacts::Copy(lookup->facts, {now, lookup->age}, lookup->from_cache);
    if (!facts.ok()) return facts.status();
    return ClientReply(*std::move(facts));
  }
  absl::StatusOr<Reply> reply = ParseReply(frame, now);
  if (!reply.ok()) return reply.status();
  return AnswerOf(*std::move(reply));
}

absl::Status Session::OnFrame(const FrameView& frame, int64_t now) {
  absl::StatusOr<ClientReply> reply = Parse(frame, now);
  if (!reply.ok()) return Lose(absl::string_view(reply.status().message()));
  if (frame.id == 0 && IsError(*reply)) {
    replies_.push_back({0, 0, *std::move(reply)});
    return absl::OkStatus();
  }
  Asked& asked = PlaceOf(frame.id);
  if (frame.id == 0 || asked.id != frame.id) {
    return Lose(absl::StrCat("a reply with id ", frame.id,
                             ", under which nothing was asked"));
  }
  if (!IsError(*reply) && reply->index() != asked.kind) {
    return Lose("the reply is not of the kind that was asked for");
  }
  const auto* facts = std::get_if<FoundFacts>(&*reply);
  if (facts != nullptr && facts->view().key != asked.key) {
    return Lose(Mismatch(asked.key, facts->view()));
  }
  if (!asked.forgotten) {
    replies_.push_back({frame.id, asked.ticket, *std::move(reply)});
  } else {
    --forgotten_;
  }
  asked.id = 0;
  --in_flight_;
  return absl::OkStatus();
}

absl::Status Session::Lose(absl::string_view why) {
  lost_ = absl::DataLossError(why);
  return lost_;
}

// There is a free place: ids that follow one another have one each.
uint16_t Session::FreeId() {
  do {
    ++last_id_;
  } while (last_id_ == 0 || PlaceOf(last_id_).id != 0);
  return last_id_;
}

}  // namespace danebound
