// A client of the module for event loops: it never waits. It connects,
// reconnects, keeps deadlines, and asks again what a reload interrupted.
//
//   uint64_t ticket = client.Start(LookupRequest{next_hop}, timeout);
//   loop:
//     wait until client.fd() is ready for client.events(), or until
//       client.NextDeadline()
//     client.Advance();
//     for (Finished& finished : client.TakeFinished()) ...
//
//              Start              Advance: connected, room
//   request ----------> waiting ---------------------------> asked --> finished
//                         ^                                    |
//                         +------------------------------------+
//                  connection ended, module stopping or busy: again
//
// One connection is enough for most. Where all are full, or have many requests
// that are not answered for long, one more is made: the module takes
// connections in turn, so that what is slow keeps nothing else waiting. While
// nothing is open one at most is kept. A connection that the module refuses
// does no harm to the others.
//
// No threads, no globals; one thread at a time. After fork() both processes may
// go on: the child makes a connection of its own. Nothing raises SIGPIPE.
#ifndef DANEBOUND_STUB_CLIENT_EVENT_CLIENT_H_
#define DANEBOUND_STUB_CLIENT_EVENT_CLIENT_H_

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "stub/client/descriptor_set.h"
#include "stub/client/options.h"
#include "stub/client/session.h"
#include "stub/client/unix_socket.h"
#include "stub/wire/message.h"

namespace danebound {

class EventClient {
 public:
  using Clock = std::chrono::steady_clock;

  // The end of a request.
  struct Finished {
    uint64_t ticket = 0;

    // The reply, never an ErrorReply: a LookupRequest has FoundFacts of its own
    // next hop, and so on. Give them to Conclude (stub/dane), then to
    // ShuffleEqualPreferences. Or no reply, and then there is no verdict:
    //
    //   DeadlineExceeded    none within the timeout; the text says what was
    //                       tried last
    //   Unavailable         no socket, or nobody behind it; the module stops
    //   PermissionDenied    the socket's mode
    //   InvalidArgument     not a socket, or a path that can't be one; a
    //                       timeout that is not positive
    //   DataLoss            what answers is no danebound module
    //   and those of StatusOf (errors.h) for the module's own errors.
    absl::StatusOr<ClientReply> reply = absl::UnknownError("no reply yet");
  };

  // Connects at the first request, not before.
  explicit EventClient(ClientOptions options);

  // Starts a request. It may be finished at once: a lookup of a literal needs
  // no module.
  //
  //   request  a LookupRequest's timeout_ms is set from what is left of
  //            `timeout`.
  //   returns  the ticket under which it finishes, never 0.
  uint64_t Start(const Request& request, absl::Duration timeout);

  // Starts a request and waits until it finishes; returns its reply, which is
  // none of TakeFinished. Others go on meanwhile.
  //
  //   errors  of Finished::reply.
  absl::StatusOr<ClientReply> Call(const Request& request,
                                   absl::Duration timeout);

  // Gives a request up; it does not finish.
  void Cancel(uint64_t ticket);

  // Does all that can be done without waiting.
  void Advance();

  // Takes what finished since the last call.
  std::vector<Finished> TakeFinished();

  // What to wait for, to be read again after each Start and Advance: -1, or a
  // descriptor and poll(2) events. It stands for all connections; the client
  // closes it itself.
  int fd() const { return descriptors_.fd(); }
  short events() const;

  // When Advance is to be called at the latest; nullopt while nothing waits.
  absl::optional<Clock::time_point> NextDeadline() const;

  // Requests that are not finished.
  size_t open() const { return requests_.size(); }

  const std::string& socket_path() const { return options_.socket_path; }

 private:
  struct Connection {
    UnixSocket socket;  // closed: it is over
    Session session;
    size_t slow = 0;  // requests that are not answered for long
    bool has_replied = false;
    bool awaits_room = false;  // to write
    // It was idle when it was last asked on, and nothing came since: it may
    // have ended before.
    bool may_be_over = false;

    bool is_open() const { return socket.fd() >= 0; }
    size_t room() const {
      return is_open() ? Session::kMostInFlight - session.in_flight() : 0;
    }
  };

  struct Pending {
    Request request;
    absl::Duration timeout;
    Clock::time_point deadline;
    Connection* connection = nullptr;  // that it is asked on; null: it waits
    uint16_t id = 0;                   // there
    Clock::time_point asked;           // there
    Clock::time_point not_before;      // while waiting
    Clock::duration pause = {};        // before it is asked again
    absl::Status trouble;              // why it was not answered so far
  };

  Pending& NewPending(uint64_t ticket);
  void Finish(uint64_t ticket, absl::StatusOr<ClientReply> reply);
  void FinishAll(const absl::Status& status);
  void FinishLate(Clock::time_point now);
  static void GiveUpOnSession(const Pending& pending);

  void Connect(Clock::time_point now);
  bool ConnectOne(Clock::time_point now);
  void OnNoConnection(int error_number, Clock::time_point now);
  void CountSlow(Clock::time_point now);
  void AskWaiting(Clock::time_point now);
  void Ask(Connection& connection, uint64_t ticket, Pending& pending,
           Clock::time_point now);
  void SendOctets(Connection& connection, Clock::time_point now);
  void AwaitRoom(Connection& connection, bool awaits) const;
  void ReceiveOctets(Connection& connection, Clock::time_point now);
  bool TakeIn(Connection& connection, absl::string_view octets, ssize_t count,
              Clock::time_point now);
  void AskAndSend(Clock::time_point now);
  absl::optional<absl::StatusOr<ClientReply>> TakeEnd(uint64_t ticket);
  void WaitFor(uint64_t ticket);
  void OnOctets(Connection& connection, absl::string_view octets,
                Clock::time_point now);
  void OnReply(Connection& connection, Session::Received received,
               Clock::time_point now);
  void OnError(Connection& connection, uint64_t ticket, const ErrorReply& error,
               Clock::time_point now);
  void OnConnectionError(Connection& connection, const ErrorReply& error,
                         Clock::time_point now);
  void OnWord(Connection& connection);

  void OnConnectionEnd(Connection& connection, absl::string_view why,
                       Clock::time_point now);
  // A connection is gone, or was not made: what was asked on it waits again,
  // and all that waits fails once there has been none for `patience`.
  void OnTrouble(const absl::Status& status, Clock::time_point now);
  // What answers is no good, and asking again would not help.
  void OnBrokenPeer(const absl::Status& status);

  void Drop(Connection& connection);
  void DropAll();
  void RemoveUnused();

  size_t CountWaiting(Clock::time_point now) const;
  size_t CountConnections() const;
  bool MayConnect() const;
  // Of all connections, and of those that are not slow.
  size_t Room() const;
  size_t QuickRoom() const;
  Connection* FindRoom();

  ClientOptions options_;
  DescriptorSet descriptors_;          // of all connections
  std::list<Connection> connections_;  // the oldest first
  uint64_t last_ticket_ = 0;
  using Requests = std::map<uint64_t, Pending>;
  Requests requests_;  // by ticket, the oldest first
  // Of one that has finished, for the next: the usual client takes no memory.
  Requests::node_type spare_;
  std::vector<Finished> finished_;

  // Since when there is no connection, until a reply comes.
  absl::optional<Clock::time_point> trouble_since_;
  Clock::time_point next_connect_;
  Clock::duration connect_pause_ = {};
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_CLIENT_EVENT_CLIENT_H_
