// Frames: the octets of the socket protocol. docs/protocol.md has the bodies
// and worked examples, which tests/wire/protocol_test.cc replays.
//
//   offset  size  field
//        0     4  length   octets after this field, 4..kMaxBodySize+4,
//                          big endian
//        4     1  version  2
//        5     1  kind     1..5 requests, 129..133 their replies, 255 error
//        6     2  id       chosen by the client, not 0, echoed by the server;
//                          0: an error that concerns the whole connection
//        8     n  body
#ifndef DANEBOUND_STUB_WIRE_FRAME_H_
#define DANEBOUND_STUB_WIRE_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/wire/message.h"

namespace danebound {

inline constexpr uint8_t kProtocolVersion = 2;
inline constexpr size_t kMaxBodySize = 131072;

// A frame that lies in octets of somebody else.
struct FrameView {
  uint8_t version = kProtocolVersion;
  uint8_t kind = 0;
  uint16_t id = 0;
  absl::string_view body;
};

struct Frame {
  uint8_t version = kProtocolVersion;
  uint8_t kind = 0;
  uint16_t id = 0;
  std::string body;

  // Valid as long as the frame stays as it is.
  operator FrameView() const { return {version, kind, id, body}; }
};

// Take one whole frame from the front of `octets`; the view lies in them.
//
//   returns  nullopt while the frame is not complete; `octets` is unchanged.
//   errors   InvalidArgument  length out of range: the stream is lost, close.
absl::StatusOr<absl::optional<FrameView>> TakeFrameView(
    absl::string_view* octets);
absl::StatusOr<absl::optional<Frame>> TakeFrame(absl::string_view* octets);

// Parse the body of a frame.
//
//   now      seconds since the epoch, to turn remaining lives into ends.
//   errors   Unimplemented    the version is unknown, or the kind is none of a
//                             request, or of a reply.
//            InvalidArgument  the body is not of that kind; the text says
//                             where.
//            After either the stream is still in step.
absl::StatusOr<Request> ParseRequest(const FrameView& frame);
absl::StatusOr<Reply> ParseReply(const FrameView& frame, int64_t now);

// The octets of facts in a lookup reply, not looked into.
struct LookupReplyView {
  bool from_cache = false;
  uint32_t age = 0;
  absl::string_view facts;
};

// Reads the front of a lookup reply; nullopt where the frame is none of this
// version, or too short for one.
absl::optional<LookupReplyView> PeekLookupReply(const FrameView& frame);

// Appends a lookup request as one frame.
//
//   key     of the next hop: see KeyOf (facts_octets.h).
//   frames  as it was where memory lacks.
void AppendLookupRequest(uint16_t id, absl::string_view key,
                         Freshness freshness, uint32_t timeout_ms,
                         std::string* frames);

// Encode one message as one frame.
//
//   now      seconds since the epoch, to turn ends into remaining lives.
//   errors   OutOfRange  the body would be longer than kMaxBodySize.
absl::StatusOr<std::string> EncodeFrame(uint16_t id, const Request& request);
absl::StatusOr<std::string> EncodeFrame(uint16_t id, const Reply& reply,
                                        int64_t now);

// A lookup request as it lies in its frame.
struct LookupView {
  absl::string_view next_hop;  // its octets: see KeyOf (facts_octets.h)
  Freshness freshness = Freshness::kAny;
};

// Reads a lookup request without taking memory.
//
//   returns  nullopt where ParseRequest has to look: it is another request, or
//            malformed, or its next hop is an address, or written in a way that
//            has another one.
absl::optional<LookupView> PeekLookup(const FrameView& frame);

// Says whether facts of so many octets fit a lookup reply.
bool FitsLookupReply(size_t facts_size);

// Appends a lookup reply as one frame.
//
//   age     seconds since the lives of the facts were counted.
//   facts   as EncodeFacts (facts_octets.h) gives them; they must fit.
//   frames  takes no memory where its capacity suffices; as it was where memory
//           lacks.
void AppendLookupReply(uint16_t id, bool from_cache, uint32_t age,
                       absl::string_view facts, std::string* frames);

}  // namespace danebound

#endif  // DANEBOUND_STUB_WIRE_FRAME_H_
