// The service thread: one event loop over the listening socket, the clients'
// connections and what other threads bring in. It owns the desk; nothing in it
// blocks.
//
//   workers --Report--+
//   DNS clients --MX--+--> inbox --> desk <--> connections <--> clients
//   new workers ------+
#ifndef DANEBOUND_MODULE_SERVICE_H_
#define DANEBOUND_MODULE_SERVICE_H_

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "module/clock.h"
#include "module/connection.h"
#include "module/desk.h"
#include "module/job.h"
#include "module/listener.h"
#include "module/settings.h"
#include "module/wake.h"
#include "module/worker.h"

namespace danebound {

class Service {
 public:
  struct Options {
    Settings settings;
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
  //   errors  as the system said; the service is then down.
  absl::Status Start();

  // Tells the clients and joins the thread.
  void Stop();

  // Any thread.
  void OnWorker(Worker* worker);
  void OnReport(Report report);
  // More names than the thread can take at once are dropped.
  void OnMx(Name name);
  // What the verdict cache takes, octets.
  size_t memory() const { return memory_; }

 private:
  struct Inbox {
    std::vector<Worker*> workers;
    std::vector<Report> reports;
    std::vector<Name> mx_names;
  };

  void Run();
  void Loop();
  void WaitForEvents(std::vector<uint64_t>* ready);
  int WaitMilliseconds() const;
  void OnInbox();
  void OnTime();
  void Ring() const;
  Inbox TakeInbox();

  void OpenListener();
  void PauseListener(int64_t until_ms);
  void Accept();
  bool AcceptOne();
  // Why one more client of that user is too many; empty when it is not.
  std::string WhyRefused(uid_t user) const;

  void OnConnection(uint64_t id, uint32_t events);
  void TakeRequests(uint64_t id, Connection& connection);
  void Settle(uint64_t id);
  void Drop(uint64_t id);
  void DropLate();
  void OnReply(const Ticket& ticket, Reply reply);
  void Watch(uint64_t id, const Connection& connection);
  void SayGoodbye();
  std::vector<Counter> Gauges() const;

  struct Client {
    std::unique_ptr<Connection> connection;
    uint32_t events = 0;  // what epoll watches for
  };

  Options options_;
  Clock* clock_;
  Desk desk_;
  size_t most_connections_;
  int epoll_ = -1;
  int bell_ = -1;  // eventfd: the inbox is not empty
  std::thread thread_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<size_t> memory_{0};

  std::mutex mutex_;
  Inbox inbox_;

  // The service thread alone.
  int64_t now_ms_ = 0;
  absl::optional<Listener> listener_;
  std::string listener_trouble_;
  int64_t listen_again_ms_ = -1;  // open it, or watch it again, then
  int64_t swept_ms_ = 0;
  Wake wake_;
  absl::flat_hash_map<uint64_t, Client> clients_;
  std::vector<uint64_t> unfinished_;  // have requests in their input
  std::vector<uint64_t> touched_;     // have new replies
  uint64_t last_id_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace danebound

#endif  // DANEBOUND_MODULE_SERVICE_H_
