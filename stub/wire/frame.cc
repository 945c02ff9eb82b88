#include "stub/wire/frame.h"

#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "stub/wire/cursor.h"
#include "stub/wire/facts_octets.h"
#include "stub/wire/writer.h"

namespace danebound {
namespace {

constexpr size_t kLengthSize = 4;
constexpr size_t kHeadSize = 4;  // version, kind, id
// Of a lookup request, after its next hop: freshness, timeout.
constexpr size_t kAfterNextHop = 5;
// Of a lookup reply, before its facts: from cache, age.
constexpr size_t kBeforeFacts = 5;

// The kind octet.
enum class Octet : uint8_t {
  kHelloRequest = 1,
  kLookupRequest = 2,
  kStatsRequest = 3,
  kFlushRequest = 4,
  kSelfTestRequest = 5,
  kHelloReply = 129,
  kLookupReply = 130,
  kStatsReply = 131,
  kFlushReply = 132,
  kSelfTestReply = 133,
  kErrorReply = 255,
};

void AppendNumber(uint64_t number, int size, std::string* octets) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    octets->push_back(static_cast<char>(number >> shift));
  }
}

void AppendHead(Octet kind, uint16_t id, size_t body_size,
                std::string* frames) {
  AppendNumber(kHeadSize + body_size, kLengthSize, frames);
  frames->push_back(static_cast<char>(kProtocolVersion));
  frames->push_back(static_cast<char>(kind));
  AppendNumber(id, 2, frames);
}

// Body encoders: one overload per message, each returns the frame's kind.

Octet PutBody(const HelloRequest& message, Writer& writer) {
  writer.PutString8("client", message.client);
  return Octet::kHelloRequest;
}

Octet PutBody(const LookupRequest& message, Writer& writer) {
  PutNextHop(message.next_hop, writer);
  writer.PutEnum(message.freshness);
  writer.PutU32(message.timeout_ms);
  return Octet::kLookupRequest;
}

Octet PutBody(const StatsRequest&, Writer&) { return Octet::kStatsRequest; }

Octet PutBody(const FlushRequest& message, Writer& writer) {
  writer.PutBool(message.next_hop.has_value());
  if (message.next_hop.has_value()) PutNextHop(*message.next_hop, writer);
  return Octet::kFlushRequest;
}

Octet PutBody(const SelfTestRequest&, Writer&) {
  return Octet::kSelfTestRequest;
}

Octet PutBody(const HelloReply& message, int64_t, Writer& writer) {
  writer.PutString8("server", message.server);
  writer.PutString8("resolver", message.resolver);
  return Octet::kHelloReply;
}

Octet PutBody(const LookupReply& message, int64_t now, Writer& writer) {
  writer.PutBool(message.from_cache);
  writer.PutU32(0);  // the lives are counted now
  PutFacts(message.facts, now, writer);
  return Octet::kLookupReply;
}

Octet PutBody(const StatsReply& message, int64_t, Writer& writer) {
  writer.PutCount("counters", message.counters.size());
  for (const Counter& counter : message.counters) {
    writer.PutString8("counter", counter.name);
    writer.PutU64(counter.value);
  }
  return Octet::kStatsReply;
}

Octet PutBody(const FlushReply& message, int64_t, Writer& writer) {
  writer.PutU32(message.flushed);
  return Octet::kFlushReply;
}

Octet PutBody(const SelfTestReply& message, int64_t, Writer& writer) {
  writer.PutCount("checks", message.checks.size());
  for (const SelfTestCheck& check : message.checks) {
    writer.PutString8("check", check.name);
    writer.PutEnum(check.result);
    writer.PutString16("check", check.text);
  }
  return Octet::kSelfTestReply;
}

Octet PutBody(const ErrorReply& message, int64_t, Writer& writer) {
  writer.PutEnum(message.code);
  writer.PutString16("error text", message.text);
  return Octet::kErrorReply;
}

// Body parsers.

HelloRequest TakeHelloRequest(Cursor& cursor) {
  return {cursor.TakeString8("client")};
}

LookupRequest TakeLookupRequest(Cursor& cursor) {
  LookupRequest message;
  message.next_hop = TakeNextHop(cursor);
  message.freshness = cursor.TakeEnum("freshness", Freshness::kFresh);
  message.timeout_ms = cursor.TakeU32("timeout");
  return message;
}

FlushRequest TakeFlushRequest(Cursor& cursor) {
  FlushRequest message;
  if (cursor.TakeBool("one or all")) message.next_hop = TakeNextHop(cursor);
  return message;
}

HelloReply TakeHelloReply(Cursor& cursor) {
  HelloReply message;
  message.server = cursor.TakeString8("server");
  message.resolver = cursor.TakeString8("resolver");
  return message;
}

LookupReply TakeLookupReply(Cursor& cursor, int64_t now) {
  LookupReply message;
  message.from_cache = cursor.TakeBool("from cache");
  const uint32_t age = cursor.TakeU32("age");
  message.facts = TakeFacts(cursor, {now, age});
  return message;
}

StatsReply TakeStatsReply(Cursor& cursor) {
  StatsReply message;
  for (int left = cursor.TakeU16("counters"); left > 0 && cursor.ok(); --left) {
    Counter counter;
    counter.name = cursor.TakeString8("counter");
    counter.value = cursor.TakeU64("counter");
    message.counters.push_back(std::move(counter));
  }
  return message;
}

SelfTestReply TakeSelfTestReply(Cursor& cursor) {
  SelfTestReply message;
  for (int left = cursor.TakeU16("checks"); left > 0 && cursor.ok(); --left) {
    SelfTestCheck check;
    check.name = cursor.TakeString8("check");
    check.result =
        cursor.TakeEnum("check result", SelfTestCheck::Result::kFailed);
    check.text = cursor.TakeString16("check");
    message.checks.push_back(std::move(check));
  }
  return message;
}

ErrorReply TakeErrorReply(Cursor& cursor) {
  ErrorReply message;
  message.code = static_cast<ErrorCode>(cursor.TakeU8("error code"));
  if (ToText(message.code).empty()) cursor.Fail("error code", "unknown number");
  message.text = cursor.TakeString16("error text");
  return message;
}

absl::StatusOr<Request> TakeRequest(uint8_t kind, Cursor& cursor) {
  switch (static_cast<Octet>(kind)) {
    case Octet::kHelloRequest:
      return TakeHelloRequest(cursor);
    case Octet::kLookupRequest:
      return TakeLookupRequest(cursor);
    case Octet::kStatsRequest:
      return StatsRequest();
    case Octet::kFlushRequest:
      return TakeFlushRequest(cursor);
    case Octet::kSelfTestRequest:
      return SelfTestRequest();
    case Octet::kHelloReply:
    case Octet::kLookupReply:
    case Octet::kStatsReply:
    case Octet::kFlushReply:
    case Octet::kSelfTestReply:
    case Octet::kErrorReply:
      break;
  }
  return absl::UnimplementedError(
      absl::StrCat("a frame of kind ", kind, " is no request"));
}

absl::StatusOr<Reply> TakeReply(uint8_t kind, Cursor& cursor, int64_t now) {
  switch (static_cast<Octet>(kind)) {
    case Octet::kHelloReply:
      return TakeHelloReply(cursor);
    case Octet::kLookupReply:
      return TakeLookupReply(cursor, now);
    case Octet::kStatsReply:
      return TakeStatsReply(cursor);
    case Octet::kFlushReply:
      return FlushReply{cursor.TakeU32("flushed")};
    case Octet::kSelfTestReply:
      return TakeSelfTestReply(cursor);
    case Octet::kErrorReply:
      return TakeErrorReply(cursor);
    case Octet::kHelloRequest:
    case Octet::kLookupRequest:
    case Octet::kStatsRequest:
    case Octet::kFlushRequest:
    case Octet::kSelfTestRequest:
      break;
  }
  return absl::UnimplementedError(
      absl::StrCat("a frame of kind ", kind, " is no reply"));
}

// Parses a frame by one of the two above.
template <typename Message, typename TakeBody>
absl::StatusOr<Message> Parse(const FrameView& frame,
                              const TakeBody& take_body) {
  if (frame.version != kProtocolVersion) {
    return absl::UnimplementedError(absl::StrCat(
        "protocol version ", frame.version, ", not ", kProtocolVersion,
        ": use client and module of one release"));
  }
  Cursor cursor(frame.body);
  absl::StatusOr<Message> message = take_body(cursor);
  if (!message.ok()) return message;
  const absl::Status status = cursor.Finish();
  if (status.ok()) return message;
  return absl::InvalidArgumentError(
      absl::StrCat("frame of kind ", frame.kind, ": ", status.message()));
}

absl::StatusOr<std::string> FrameOf(uint16_t id, Octet kind,
                                    const Writer& body) {
  if (!body.status().ok()) return body.status();
  if (body.octets().size() > kMaxBodySize) {
    return absl::OutOfRangeError(absl::StrCat("body of ", body.octets().size(),
                                              " octets, at most ", kMaxBodySize,
                                              " fit a frame"));
  }
  std::string frame;
  frame.reserve(kLengthSize + kHeadSize + body.octets().size());
  AppendHead(kind, id, body.octets().size(), &frame);
  return frame + body.octets();
}

}  // namespace

absl::StatusOr<absl::optional<FrameView>> TakeFrameView(
    absl::string_view* octets) {
  if (octets->size() < kLengthSize) return absl::optional<FrameView>();
  Cursor cursor(*octets);
  const size_t length = cursor.TakeU32("length");
  if (length < kHeadSize || length > kHeadSize + kMaxBodySize) {
    return absl::InvalidArgumentError(
        absl::StrCat("frame length ", length, " is not within ", kHeadSize,
                     " to ", kHeadSize + kMaxBodySize));
  }
  if (octets->size() < kLengthSize + length) {
    return absl::optional<FrameView>();
  }
  FrameView frame;
  frame.version = cursor.TakeU8("version");
  frame.kind = cursor.TakeU8("kind");
  frame.id = cursor.TakeU16("id");
  frame.body = octets->substr(kLengthSize + kHeadSize, length - kHeadSize);
  octets->remove_prefix(kLengthSize + length);
  return absl::make_optional(frame);
}

absl::StatusOr<absl::optional<Frame>> TakeFrame(absl::string_view* octets) {
  const absl::StatusOr<absl::optional<FrameView>> taken = TakeFrameView(octets);
  if (!taken.ok()) return taken.status();
  if (!taken->has_value()) return absl::optional<Frame>();
  const FrameView& frame = **taken;
  return absl::make_optional(
      Frame{frame.version, frame.kind, frame.id, std::string(frame.body)});
}

absl::StatusOr<Request> ParseRequest(const FrameView& frame) {
  return Parse<Request>(frame, [&frame](Cursor& cursor) {
    return TakeRequest(frame.kind, cursor);
  });
}

absl::StatusOr<Reply> ParseReply(const FrameView& frame, int64_t now) {
  return Parse<Reply>(frame, [&frame, now](Cursor& cursor) {
    return TakeReply(frame.kind, cursor, now);
  });
}

absl::StatusOr<std::string> EncodeFrame(uint16_t id, const Request& request) {
  Writer body;
  const Octet kind = std::visit(
      [&body](const auto& message) { return PutBody(message, body); }, request);
  return FrameOf(id, kind, body);
}

absl::StatusOr<std::string> EncodeFrame(uint16_t id, const Reply& reply,
                                        int64_t now) {
  Writer body;
  const Octet kind = std::visit(
      [&body, now](const auto& message) { return PutBody(message, now, body); },
      reply);
  return FrameOf(id, kind, body);
}

absl::optional<LookupView> PeekLookup(const FrameView& frame) {
  if (frame.version != kProtocolVersion ||
      static_cast<Octet>(frame.kind) != Octet::kLookupRequest) {
    return absl::nullopt;
  }
  const size_t size = KeySize(frame.body);
  if (size == 0 || frame.body.size() != size + kAfterNextHop) {
    return absl::nullopt;
  }
  const auto freshness = static_cast<Freshness>(frame.body[size]);
  if (freshness > Freshness::kFresh) return absl::nullopt;
  return LookupView{frame.body.substr(0, size), freshness};
}

bool FitsLookupReply(size_t facts_size) {
  return facts_size <= kMaxBodySize - kBeforeFacts;
}

absl::optional<LookupReplyView> PeekLookupReply(const FrameView& frame) {
  if (frame.version != kProtocolVersion ||
      static_cast<Octet>(frame.kind) != Octet::kLookupReply ||
      frame.body.size() < kBeforeFacts ||
      static_cast<uint8_t>(frame.body[0]) > 1) {
    return absl::nullopt;
  }
  LookupReplyView reply;
  reply.from_cache = frame.body[0] == 1;
  reply.age = Cursor(frame.body.substr(1)).TakeU32("age");
  reply.facts = frame.body.substr(kBeforeFacts);
  return reply;
}

void AppendLookupRequest(uint16_t id, absl::string_view key,
                         Freshness freshness, uint32_t timeout_ms,
                         std::string* frames) {
  frames->reserve(frames->size() + kLengthSize + kHeadSize + key.size() +
                  kAfterNextHop);
  AppendHead(Octet::kLookupRequest, id, key.size() + kAfterNextHop, frames);
  frames->append(key.data(), key.size());
  frames->push_back(static_cast<char>(freshness));
  AppendNumber(timeout_ms, 4, frames);
}

void AppendLookupReply(uint16_t id, bool from_cache, uint32_t age,
                       absl::string_view facts, std::string* frames) {
  frames->reserve(frames->size() + kLengthSize + kHeadSize + kBeforeFacts +
                  facts.size());
  AppendHead(Octet::kLookupReply, id, kBeforeFacts + facts.size(), frames);
  frames->push_back(from_cache ? 1 : 0);
  AppendNumber(age, 4, frames);
  frames->append(facts.data(), facts.size());
}

}  // namespace danebound
