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

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "stub/wire/message.h"

namespace danebound {

class Session {
 public:
  // Requests that may wait for their replies on one connection.
  static constexpr size_t kMostInFlight = 64;

  struct Received {
    // As returned by Ask; 0 where the module speaks of the whole connection,
    // always in an ErrorReply.
    uint16_t id = 0;
    Reply reply;
  };

  // Puts a request in line.
  //
  //   returns  the id that its reply will have, never 0.
  //   errors   ResourceExhausted   kMostInFlight requests are in flight.
  //            FailedPrecondition  the connection is lost.
  //            OutOfRange          the request does not fit a frame.
  absl::StatusOr<uint16_t> Ask(const Request& request);

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
  // reply is an ErrorReply, or a LookupReply for the next hop that was asked;
  // so for the other kinds.
  absl::optional<Received> TakeReply();

  // Gives a request up: its reply, which still comes, will be dropped, and its
  // id stays taken until then.
  void Forget(uint16_t id);

  // Requests without a reply, forgotten ones too.
  size_t in_flight() const { return in_flight_.size(); }

 private:
  struct Asked {
    Request request;
    bool forgotten = false;
  };

  absl::Status OnFrame(const struct Frame& frame, int64_t now);
  absl::Status Lose(absl::string_view why);
  uint16_t FreeId();

  std::string to_send_;
  std::string received_;
  std::map<uint16_t, Asked> in_flight_;
  std::deque<Received> replies_;
  uint16_t last_id_ = 0;
  absl::Status lost_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_SESSION_H_
