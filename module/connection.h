// One client's connection: octets to requests, replies to octets, and the
// bounds that keep a bad client from costing others anything.
//
//   recv --> input --> frames --> requests        (at most max_in_flight open)
//   replies --> ready --> output --> send         (encoded as it drains)
//
// A client that does not read stops being read from: replies wait as shared
// facts, and octets are made only while little output lies unsent.
#ifndef DANEBOUND_MODULE_CONNECTION_H_
#define DANEBOUND_MODULE_CONNECTION_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "module/clock.h"
#include "module/reply.h"
#include "stub/wire/frame.h"

namespace danebound {

class Connection {
 public:
  // Requests are short: a frame that announces more is none.
  static constexpr size_t kMostRequestOctets = 4096;
  // Input is read into this much room: one such frame with its length field.
  static constexpr size_t kInputOctets = kMostRequestOctets + 4;
  // No reply is encoded while more than this lies unsent.
  static constexpr size_t kMostOutputOctets = 65536;
  static constexpr int64_t kPartialFrameMs = 5000;
  static constexpr int64_t kStalledMs = 30000;

  struct Limits {
    size_t in_flight = 64;
    int64_t idle_ms = 600000;
  };
  using OnRequest = std::function<void(uint16_t request, const Message&)>;

  //   fd       non-blocking; closed by this object.
  //   user     of the client, for the bound per user.
  Connection(int fd, uid_t user, const Limits& limits, Clock* clock,
             int64_t now_ms);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  uid_t user() const { return user_; }

  // Reads what there is.
  void OnReadable(int64_t now_ms);
  // Hands over whole requests, as many as may be open.
  void TakeRequests(const OnRequest& on_request, int64_t now_ms);
  // Takes a reply to a request that was handed over.
  void AddReply(uint16_t request, Reply reply);
  // Takes an error that answers no request.
  void AddError(uint16_t request, ErrorCode code, absl::string_view text);
  // Encodes and sends what the client takes.
  void Send(int64_t now_ms);
  // No more requests; closes when the replies are sent.
  void CloseAfterReplies() { is_closing_ = true; }

  // What to wait for.
  bool wants_read() const;
  bool wants_write() const { return !output_.empty() || !ready_.empty(); }
  // A whole request may lie in the input already.
  bool has_input() const { return !is_stuck_ && !input_.empty(); }
  // The connection is over: drop it.
  bool is_over() const;
  // Says whether it has used up its time.
  bool IsLate(int64_t now_ms) const;

 private:
  struct Ready {
    uint16_t request = 0;
    Reply reply;
  };

  void OnFrame(const Frame& frame, const OnRequest& on_request);
  std::string Encode(const Ready& ready) const;
  bool may_take() const;

  int fd_;
  uid_t user_;
  Limits limits_;
  Clock* clock_;
  std::string input_;
  std::string output_;
  std::deque<Ready> ready_;
  size_t in_flight_ = 0;
  int64_t active_ms_;        // last octet either way
  int64_t partial_ms_ = -1;  // since when an unfinished frame lies there
  bool is_stuck_ = false;    // the input holds no whole frame
  bool is_closing_ = false;
  bool is_broken_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_CONNECTION_H_
