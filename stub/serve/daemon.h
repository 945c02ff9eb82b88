// `danebound serve`: one thread, one event loop; another thread writes the log.
//
//   listeners --> Peer --> Protocol --> VerdictSource --> FactsSource
//
//   SIGHUP            reads the settings again; connections stay
//   SIGTERM, SIGINT   takes no more requests, answers what is pending, ends
#ifndef DANEBOUND_STUB_SERVE_DAEMON_H_
#define DANEBOUND_STUB_SERVE_DAEMON_H_

#include <event2/listener.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "stub/serve/event_loop.h"
#include "stub/serve/facts/facts_source.h"
#include "stub/serve/json/json_protocol.h"
#include "stub/serve/json/watches.h"
#include "stub/serve/listening_socket.h"
#include "stub/serve/log/log_writer.h"
#include "stub/serve/log/metrics_protocol.h"
#include "stub/serve/operator/exception_watch.h"
#include "stub/serve/peer.h"
#include "stub/serve/resolver/resolver_watch.h"
#include "stub/serve/service_manager.h"
#include "stub/serve/settings.h"
#include "stub/serve/socketmap/socketmap_protocol.h"
#include "stub/serve/verdict_source.h"
#include "stub/system/free_with.h"

namespace danebound {

class Daemon {
 public:
  // Reads the settings anew.
  using ReadSettings = std::function<absl::StatusOr<ServeSettings>()>;

  struct Parts {
    std::unique_ptr<FactsSource> facts;  // who is asked, to begin with
    // Who is asked where module_socket has changed; empty: the same for ever.
    std::function<std::unique_ptr<FactsSource>(const ServeSettings&)> facts_for;
    ReadSettings read_settings;  // at SIGHUP; on error the old ones stay
    // How exceptions are tested, see ExceptionWatch::Watch; empty: not at all.
    std::function<std::vector<std::string>(const ServeSettings&)> check;
    WallClock clock = SystemClock();
  };

  //   base      outlives the daemon.
  //   settings  to begin with.
  Daemon(event_base* base, ServeSettings settings, Parts parts);
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;
  ~Daemon();

  // Listens where the settings say, and on the sockets that were inherited.
  //
  //   errors  InvalidArgument  there are none; and those of
  //           ListeningSocket::Listen.
  absl::Status Listen(const std::vector<InheritedSocket>& inherited);

  // Serves until it is told to stop by a signal.
  void Run();

 private:
  struct Listener {
    Daemon* daemon = nullptr;
    ServeProtocol protocol = ServeProtocol::kSocketmap;
    ListenAddress address;  // as in the settings; none for an inherited one
    bool inherited = false;
    std::string name;     // of its address or, inherited, of its descriptor
    bool paused = false;  // all its connections are taken
    std::unique_ptr<ListeningSocket> socket;
    std::unique_ptr<evconnlistener, FreeWith<evconnlistener_free>>
        events;  // goes first
  };
  static void OnAccept(evconnlistener* events, evutil_socket_t fd,
                       sockaddr* address, int size, void* listener);
  static void OnAcceptError(evconnlistener* events, void* listener);

  absl::Status OpenListener(const ListenAddress& address);
  void AddListener(Listener listener);
  void Accept(const Listener& listener, int fd, const sockaddr* address);
  // Says whether a listener may have no more connections: each keeps a reserve
  // that the others cannot use up.
  bool HasLoopbackRoom(const Listener& listener) const;
  bool IsFull(const Listener& listener) const;
  int64_t CountOf(const std::string& listener) const;
  static void Pause(Listener& listener);
  void ResumeListeners();
  void OnPeerEnd(Peer* peer);
  Protocol* ProtocolOf(ServeProtocol protocol);

  void Reload();
  void ReportNotes() const;
  void WatchExceptions();
  void TakeNewListeners(const std::vector<ListenAddress>& wanted);
  void Stop();
  void EndIfDrained();
  void KeepWatch();
  void Complain(absl::string_view event, absl::string_view error);

  event_base* base_;
  ReadSettings read_settings_;
  std::function<std::unique_ptr<FactsSource>(const ServeSettings&)> facts_for_;
  LogWriter log_;
  VerdictSource source_;
  std::function<std::vector<std::string>(const ServeSettings&)> check_;
  ExceptionWatch exceptions_;
  ResolverWatch resolver_;
  SocketmapProtocol socketmap_;
  Watches watches_;
  JsonProtocol json_;
  MetricsProtocol metrics_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  struct Connected {
    std::shared_ptr<Peer> peer;
    std::string listener;  // its name; it may be gone by a reload
  };
  std::map<Peer*, Connected> peers_;
  struct User {
    int64_t connections = 0;
    OctetsWaiting waiting = std::make_shared<size_t>(0);
  };
  std::map<std::string, User> users_;  // who have connections
  std::map<std::string, int64_t> count_by_listener_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point next_complaint_;
  Alarm resume_;
  Alarm watch_;
  Alarm give_up_;
  Alarm on_hup_;
  Alarm on_term_;
  Alarm on_int_;
};

}  // namespace danebound

#endif  // DANEBOUND_STUB_SERVE_DAEMON_H_
