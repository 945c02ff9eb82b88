// What peers speak: how a request is cut out of a stream, and who answers it.
#ifndef DANEBOUND_STUB_SERVE_PROTOCOL_H_
#define DANEBOUND_STUB_SERVE_PROTOCOL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace danebound {

// The connection that a request came on.
class Caller {
 public:
  virtual ~Caller() = default;

  // By whom connections and lookups are counted: "uid 1000", or "loopback"
  // for all who come by TCP.
  virtual const std::string& user() const = 0;

  // Sends octets between two replies. A connection that does not take them is
  // ended.
  virtual void Push(absl::string_view octets) = 0;

  // From now on neither silence ends the connection, nor that the peer sends no
  // more.
  //
  //   held  goes with the connection.
  virtual void StayOpen(std::shared_ptr<void> held) = 0;
};

class Protocol {
 public:
  // Takes the octets of a reply, once.
  using OnReply = std::function<void(std::string octets)>;

  virtual ~Protocol() = default;

  // Takes one request from the front of what a peer sent.
  //
  //   at_end   the peer sends no more.
  //   returns  nullopt: it goes on.
  //   errors   any: the stream is lost. Broken has the last words.
  virtual absl::StatusOr<absl::optional<std::string>> Take(
      absl::string_view* octets, bool at_end) const = 0;

  // The reply to a stream that is lost; may be empty.
  virtual std::string Broken(const absl::Status& error) const = 0;

  // Answers a request, at once or later.
  virtual void Answer(const std::string& request,
                      const std::shared_ptr<Caller>& caller,
                      OnReply on_reply) = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_PROTOCOL_H_
