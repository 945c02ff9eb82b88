// One client's connection: octets to requests, replies to octets, and the
// bounds that keep a bad client from costing others anything.
//
//   recv --> input --> frames --> requests        (at most max_in_flight open)
//   replies --> ready --> output --> send         (encoded as it drains)
//
// A lookup that the cache answers is neither: its octets are copied from there
// to the output.
//
// It is served in turns, each a few requests and replies long, between those of
// other connections. A client that does not read stops being read from: replies
// wait as shared facts, and octets are made only while little output lies
// unsent.
#ifndef DANEBOUND_MODULE_CONNECTION_H_
#define DANEBOUND_MODULE_CONNECTION_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/reply.h"
#include "stub/system/descriptor.h"
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
  using OnRequest = absl::FunctionRef<void(uint16_t id, const Request&)>;
  using FromCache =
      absl::FunctionRef<absl::optional<CachedFacts>(const LookupView&)>;

  //   fd       non-blocking.
  //   user     of the client, for the bound per user.
  Connection(Descriptor fd, uid_t user, const Limits& limits, Clock* clock,
             int64_t now_ms);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_.get(); }
  uid_t user() const { return user_; }

  // There is something to read, or room to write: count with it from the next
  // turn on.
  void OnReadable() { is_readable_ = true; }
  void OnWritable() { is_blocked_ = false; }

  // One turn: reads what there is if no whole request is at hand, hands over
  // requests, encodes and sends replies.
  //
  //   length      how many of each, at most.
  //   from_cache  asked first for each lookup.
  //   returns     how many requests were taken.
  int Serve(int length, FromCache from_cache, OnRequest on_request,
            int64_t now_ms);
  // Takes a reply to a request that was handed over.
  void AddReply(uint16_t request, DeskReply reply);
  // No more requests: sends what is there, as far as the client takes it at
  // once.
  void Finish();
  // Sends a frame in the place of replies that cannot be made; takes no memory.
  void SayFarewell(absl::string_view frame);
  // A reply could not be taken: the connection is over.
  void LoseReply() { has_lost_reply_ = true; }
  bool has_lost_reply() const { return has_lost_reply_; }

  // What to wait for.
  bool wants_read() const;
  bool wants_write() const { return !output_.empty() || !ready_.empty(); }
  // There is more to do than the last turn was long.
  bool wants_turn() const;
  // The connection is over: drop it.
  bool is_over() const;
  // Says whether it has used up its time; meant for when it wants no turn.
  bool IsLate(int64_t now_ms) const;

 private:
  struct Ready {
    uint16_t request = 0;
    DeskReply reply;
  };

  void Read(int64_t now_ms);
  int TakeRequests(int most, FromCache from_cache, OnRequest on_request);
  void OnFrame(const FrameView& frame, FromCache from_cache,
               OnRequest on_request);
  void AddError(uint16_t request, ErrorCode code, absl::string_view text);
  void Encode(int most);
  void Send(int64_t now_ms);
  std::string Octets(const Ready& ready) const;
  bool may_take() const;
  bool has_whole_input() const { return !is_stuck_ && !input_.empty(); }

  Descriptor fd_;
  uid_t user_;
  Limits limits_;
  Clock* clock_;
  std::string input_;
  std::string output_;
  std::deque<Ready> ready_;
  size_t in_flight_ = 0;
  size_t unsent_ = 0;            // replies in output_
  int64_t active_ms_;            // last octet either way
  int64_t partial_ms_ = -1;      // since when octets of a frame are waited for
  bool is_readable_ = false;     // the last read found no end of the input
  bool is_blocked_ = false;      // the last write found no room
  bool is_stuck_ = false;        // the input holds no whole frame
  bool is_half_closed_ = false;  // the client sends no more
  bool is_closing_ = false;      // what it sends is not wanted
  bool has_lost_reply_ = false;
  bool is_broken_ = false;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_CONNECTION_H_
