// One connection to a mail server: requests in, replies out in the same order.
//
//   octets --> Protocol::Take --> slot --> Protocol::Answer --> reply
//                                  |                              |
//   octets <-- the first slots, once filled <---------------------+
//
// A peer that sends faster than it is answered, or does not read its replies,
// is not read from. One that closed its sending side still gets all replies. A
// stream that is lost gets the last reply, and what else comes is thrown away
// for a while: closing at once would take the reply from the peer.
#ifndef DANEBOUND_STUB_SERVE_PEER_H_
#define DANEBOUND_STUB_SERVE_PEER_H_

#include <event2/bufferevent.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/protocol.h"
#include "stub/system/free_with.h"

namespace danebound {

// Octets of replies that wait for the peers of one user.
using OctetsWaiting = std::shared_ptr<size_t>;

struct PeerLimits {
  size_t pending = 32;              // requests without a reply
  std::chrono::seconds idle{600};   // without a request, then it is closed
  std::chrono::seconds unread{10};  // replies not taken, then it is closed
  std::chrono::seconds frame{5};    // from a request's first octet to its last
};

class Peer : public Caller, public std::enable_shared_from_this<Peer> {
 public:
  using OnEnd = std::function<void(Peer* peer)>;

  // Call Start after.
  //
  //   fd      connected; taken over.
  //   user    see Caller.
  //   waiting what waits for that user, which is counted there.
  //   on_end  called when the connection has ended; may drop the last owner.
  Peer(event_base* base, int fd, std::string user, OctetsWaiting waiting,
       Protocol* protocol, const PeerLimits& limits, OnEnd on_end);
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  void Start();

  const std::string& user() const override { return user_; }
  void Push(absl::string_view octets) override;
  void StayOpen(std::shared_ptr<void> held) override;

  // Takes no more requests; ends once what is pending is answered and taken.
  void Drain();

 private:
  static void OnRead(bufferevent* buffer, void* peer);
  static void OnWritten(bufferevent* buffer, void* peer);
  static void OnEvent(bufferevent* buffer, short what, void* peer);

  void TakeRequests();
  void GiveUpStream(const absl::Status& error);
  void Discard();
  bool TakeRequest();
  // Whether what has come is the beginning of a request: its end must come in
  // time, however its octets drip.
  void AwaitRest(bool awaits);
  void Ask(const std::string& request);
  void OnReply(uint64_t number, std::string octets);
  void SendReady();
  void OnTimeout(short what);
  void EndIfDone();
  void End();

  // Counts what waits now for the user.
  void CountWaiting();
  bool IsTooMuchWaiting();
  // Octets that wait to be taken by the peer.
  size_t unread() const;
  // Octets of replies that wait for one before them.
  size_t ready() const;

  std::string user_;
  OctetsWaiting waiting_of_user_;
  size_t counted_ = 0;  // in it
  Protocol* protocol_;
  PeerLimits limits_;
  OnEnd on_end_;
  std::unique_ptr<bufferevent, FreeWith<bufferevent_free>> buffer_;
  uint64_t first_number_ = 0;  // of the request that slots_.front() is for
  std::deque<absl::optional<std::string>> slots_;
  size_t discarded_ = 0;  // octets that came after the stream was lost
  bool lost_ = false;     // no request can be told from the next any more
  bool at_end_ = false;   // the peer sends no more
  bool closed_ = false;   // no more requests are taken
  bool taking_ = false;   // inside TakeRequests
  bool awaits_rest_ = false;
  Alarm rest_;
  std::shared_ptr<void> held_;  // see StayOpen; none: it was not called
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_PEER_H_
