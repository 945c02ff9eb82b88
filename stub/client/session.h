// The client's side of the socket protocol without any I/O: requests in,
// octets out; octets in, replies out. Whoever owns the socket moves the octets.
//
//   Ask() --> octets_to_send() --> OnSent()      the caller writes them
//   OnReceived() --> TakeReply()                 the caller read them
//
// One Session is one connection. Once it is lost it stays so: end it, and start
// another on a new connection.
#ifndef DANEBOUND_STUB_CLIENT_SESSION_H_
#define DANEBOUND_STUB_CLIENT_SESSION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/wire/found_facts.h"
#include "stub/wire/message.h"

namespace danebound {

// A reply as a client gets it: that of a lookup stays octets.
using ClientReply = std::variant<HelloReply, FoundFacts, StatsReply, FlushReply,
                                 SelfTestReply, ErrorReply>;

class Session {
 public:
  // Requests that may wait for their replies on one connection.
  static constexpr size_t kMostInFlight = 64;

  struct Received {
    // As returned by Ask; 0 where the module speaks of the whole connection,
    // always in an ErrorReply.
    uint16_t id = 0;
    uint64_t ticket = 0;  // as given to Ask
    ClientReply reply;
  };

  // Puts a request in line.
  //
  //   ticket   comes back with the reply.
  //   returns  the id that its reply will have, never 0.
  //   errors   ResourceExhausted   kMostInFlight requests are in flight.
  //            FailedPrecondition  the connection is lost.
  //            OutOfRange          the request does not fit a frame.
  absl::StatusOr<uint16_t> Ask(const Request& request, uint64_t ticket = 0);

  // What is to be written, and how much of its front has been.
  absl::string_view octets_to_send() const { return to_send_; }
  void OnSent(size_t octet_count);

  // Feeds octets that were read.
  //
  //   now      seconds since the epoch, from which lives count.
  //   errors   DataLoss  the peer does not keep to the protocol, or answers
  //                      for another next hop than was asked: the connection is
  //                      lost, and so is every request without a reply. The
  //                      text says what was wrong.
  absl::Status OnReceived(absl::string_view octets, int64_t now);

  // Takes the oldest reply that came; nullopt when there is none. A lookup's
  // reply is an ErrorReply, or FoundFacts of the next hop that was asked; so
  // for the other kinds.
  absl::optional<Received> TakeReply();

  // Gives a request up: its reply, which still comes, will be dropped, and its
  // id stays taken until then.
  void Forget(uint16_t id);

  // Requests without a reply, forgotten ones too, and without those.
  size_t in_flight() const { return in_flight_; }
  size_t waited_for() const { return in_flight_ - forgotten_; }

 private:
  // A request without a reply. Its place is kept for the next one, so that
  // asking takes no memory.
  struct Asked {
    uint16_t id = 0;  // 0: the place is free
    bool forgotten = false;
    size_t kind = 0;  // the index in Request
    std::string key;  // of a lookup's next hop: see KeyOf
    uint64_t ticket = 0;
  };

  // Takes whole frames; returns what is left.
  absl::StatusOr<absl::string_view> TakeFrames(absl::string_view octets,
                                               int64_t now);
  absl::Status OnFrame(const struct FrameView& frame, int64_t now);
  absl::StatusOr<ClientReply> Parse(const struct FrameView& frame,
                                    int64_t now) const;
  absl::Status Lose(absl::string_view why);
  uint16_t FreeId();
  Asked& PlaceOf(uint16_t id) { return asked_[id % kMostInFlight]; }

  std::string to_send_;
  std::string received_;  // of a frame that has not come whole
  // By id, modulo their number.
  std::array<Asked, kMostInFlight> asked_;
  size_t in_flight_ = 0;
  size_t forgotten_ = 0;  // of them
  std::vector<Received> replies_;
  size_t taken_ = 0;  // of replies_
  uint16_t last_id_ = 0;
  absl::Status lost_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_SESSION_H_
