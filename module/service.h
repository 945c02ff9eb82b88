// The service thread: one event loop over the listening socket, the clients'
// connections and what other threads bring in. It owns the desk; nothing in it
// blocks.
//
//   workers --Report--+
//   DNS clients --MX--+--> inbox --> desk <--> connections <--> clients
//   new workers ------+
//
// Connections are served in turns. Each lies in one of three lists:
//
//   idle --event, reply--> fresh --a short turn--> idle
//     |                                       +--> busy, where more is to do
//     +--the same, of one that was busy just before--> busy
//                                         (one of them, a loop, has its turn)
//
// So a client that asks now and then waits for one turn of those that ask
// without end, not for one of each.
//
// A step that fails, for lack of memory or else, costs the client, the worker's
// word or the timer it was made for; the thread goes on.
#ifndef DANEBOUND_MODULE_SERVICE_H_
#define DANEBOUND_MODULE_SERVICE_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/connection.h"
#include "module/desk.h"
#include "module/job.h"
#include "module/wake.h"
#include "module/worker.h"
#include "stub/system/descriptor.h"
#include "stub/system/module_settings.h"
#include "stub/system/unix_listener.h"

struct epoll_event;

namespace danebound {

class Service {
 public:
  struct Options {
    ModuleSettings settings;
    Standing standing;
    size_t spare_descriptors = 0;  // that Unbound leaves; 0: not known
    std::vector<int> other_ports;  // TCP ports of Unbound that speak no DNS
    std::function<void(LogLevel, absl::string_view)> log;  // any thread
  };

  //   clock  outlives the service.
  Service(Options options, Clock* clock);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  // Starts the thread.
  //
  //   errors  as the system said; ResourceExhausted without a text for lack of
  //           memory. The service is then down.
  absl::Status Start() noexcept;

  // Tells the clients and joins the thread.
  void Stop();

  // Any thread. A worker is told to the desk until the desk has taken it
  // without an exception.
  void OnWorker(Worker* worker);
  void OnReport(Report report);
  // More names than the thread can take at once are dropped, and counted.
  void OnMx(Name name);
  // What the verdict cache takes, octets.
  size_t memory() const { return memory_; }

 private:
  // What is brought for the desk. The thread trades a full one for an empty
  // one: the room of both stays, so that bringing something rarely takes
  // memory.
  struct Inbox {
    std::vector<Report> reports;
    std::vector<Name> mx_names;
  };

  struct Client {
    Client(uint64_t client_id, Descriptor fd, uid_t user,
           const Connection::Limits& limits, Clock* clock, int64_t now_ms)
        : id(client_id),
          connection(std::move(fd), user, limits, clock, now_ms) {}

    uint64_t id;
    Connection connection;
    uint32_t events = 0;                // what epoll watches for
    int64_t busy_ms = -1;               // when it last took a whole turn
    std::list<Client>* list = nullptr;  // the one it lies in
  };
  using Clients = std::list<Client>;

  absl::Status StartThread();
  void Run() noexcept;
  void Loop();
  void ReadClock();
  void OnEvent(const epoll_event& event);
  int WaitMilliseconds() const;
  void OnInbox();
  void OnNewWorkers();
  Worker* NextWorker();
  void OnTime();
  void Ring() const;
  void Log(LogLevel level, absl::string_view text) noexcept;
  void OnTrouble(absl::string_view text) noexcept;
  template <typename Step>
  bool Succeeds(const Step& step) noexcept;

  void TendListener();
  void Listen();
  void WatchListener();
  void OnListenerTrouble(const std::string& text);
  void PauseListener(int64_t until_ms);
  void Accept();
  bool AcceptOne();
  void AddClient(Descriptor fd, uid_t user);
  // A frame that says why one more client of that user is too many; empty when
  // it is not.
  absl::string_view WhyRefused(uid_t user) const;

  void OnConnection(uint64_t id, uint32_t events);
  void OnReply(const Ticket& ticket, const DeskReply& reply) noexcept;
  void Want(Clients::iterator client);
  static void Move(Clients::iterator client, Clients* list);
  void ServeTurns();
  void ServeTurn(Clients::iterator client, int length);
  bool Watch(Client& client);
  void Drop(Clients::iterator client);
  void DropLate();
  void SayGoodbye() noexcept;
  std::vector<Counter> Gauges() const;

  Options options_;
  Clock* clock_;
  Desk desk_;
  size_t most_connections_;
  Descriptor epoll_;
  Descriptor bell_;  // eventfd: the inbox is not empty
  std::thread thread_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<size_t> memory_{0};
  std::atomic<uint64_t> mx_names_dropped_{0};
  // Frames made ahead: no memory is needed to send them.
  std::string too_many_;
  std::string too_many_of_user_;
  std::string farewell_;

  std::mutex mutex_;
  Inbox inbox_;
  std::vector<Worker*> workers_;  // all that were brought

  // The service thread alone. Both times are those of its last wake-up.
  int64_t now_ms_ = 0;    // since boot
  int64_t now_ = 0;       // seconds since the epoch
  bool is_rung_ = false;  // there may be more in the inbox
  Inbox taken_;
  size_t reports_told_ = 0;   // of taken_
  size_t mx_names_told_ = 0;  // of taken_
  size_t workers_told_ = 0;   // of workers_
  absl::optional<UnixListener> listener_;
  std::string listener_trouble_;
  bool is_listener_watched_ = false;
  int64_t tend_listener_ms_ = 0;
  int64_t swept_ms_ = 0;
  bool had_trouble_ = false;  // since the last wait for events
  int64_t trouble_said_ms_ = -1;
  Wake wake_;
  Clients idle_;
  Clients fresh_;
  Clients busy_;
  std::unordered_map<uint64_t, Clients::iterator> clients_;
  uint64_t last_id_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_SERVICE_H_
